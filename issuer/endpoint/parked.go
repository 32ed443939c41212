package endpoint

import (
	"crypto/rand"
	"errors"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
)

// underWay is how long a login may take until its grant is there: at its pages, and then as a code or a device on its way.
const underWay = login.FlowLifetime + max(grant.CodeLifetime, grant.DeviceLifetime)

func (x *exchange) parking() grant.Parking {
	return grant.Parking{Marks: x.view.stores.Marks, Sealer: x.view.sealer}
}

// lighten makes session and lease of a login fit to travel: what is too long for that is parked, in one write for both, as
// long as the session may last, or until there is a grant. Most logins write nothing. It returns what the flow brings along;
// nil for nothing. Whoever crashes behind it leaves what nobody refers to, and what expires.
func (s *Server) lighten(x *exchange, session *login.Session, lease *login.Lease) (*login.Brought, error) {
	parked, until := grant.Parked{Subject: session.Subject}, x.began.Add(underWay)
	var brought *login.Brought
	if lease != nil {
		brought = &login.Brought{SessionID: session.ID, Lease: *lease}
	}
	name := rand.Text()
	if session.Claims != nil && !session.Fits() {
		parked.Claims, session.Claims, session.Parked = session.Claims, nil, name
		until = until.Add(x.view.bounds.Lifetime)
		s.noteUnfit(x, audit.UnfitClaims)
	}
	if lease != nil && !lease.FitsBeside(session.Claims) {
		parked.Lease, brought.Lease, brought.Parked = lease, login.Lease{}, name
		s.noteUnfit(x, audit.UnfitUpstreamToken)
	}
	if parked.Claims == nil && parked.Lease == nil {
		return brought, nil
	}
	return brought, s.park(x, name, parked, until)
}

// park keeps what does not fit. The error is an *oauth.Error.
func (s *Server) park(x *exchange, name string, parked grant.Parked, until time.Time) error {
	evicted, err := x.parking().Put(x.r.Context(), name, parked, until, x.began)
	if err != nil {
		return grant.StoreFailed(err)
	}
	s.Metrics.Evicted(audit.EvictedParked, evicted)
	return nil
}

// noteUnfit tells the metrics, and the log of the login, what fits neither cookie nor code.
func (s *Server) noteUnfit(x *exchange, what audit.Unfit) {
	s.Metrics.Unfit(what)
	x.said.Parked = append(x.said.Parked, string(what))
}

// keepable leaves out a lease that nobody has a use for, and one that is too long to be kept at all: such a person is not asked
// after again, which the log tells.
func (s *Server) keepable(x *exchange, to *visit, lease *login.Lease) *login.Lease {
	if lease == nil || !to.refreshes {
		return nil
	}
	if len(lease.Token) <= login.MaxRefreshToken {
		return lease
	}
	s.Metrics.Unfit(audit.UnfitDropped)
	s.Log.WarnContext(x.r.Context(), "Leaving out a refresh token of an identity provider: it is too long to be kept",
		"provider", x.said.Provider, "size", len(lease.Token), "limit", login.MaxRefreshToken)
	return nil
}

// complete tells whether the claims of a session that are parked are still there. Without them nobody can be told who this is,
// so its person is to log in again. It asks the store, and only for a session whose claims are there: whoever calls it has
// counted what its person asks for. The error is an *oauth.Error.
func (s *Server) complete(x *exchange, session *login.Session) (bool, error) {
	if session.Parked == "" {
		return true, nil
	}
	_, err := x.parking().Get(x.r.Context(), session.Parked, session.Subject)
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, grant.ErrLost):
		s.Log.InfoContext(x.r.Context(), "A session has lost what was parked for it", "subject", session.Subject, "sessionID", session.ID)
		x.setCookie(login.ForgetSession(x.view.sealer))
		return false, nil
	default:
		return false, grant.StoreFailed(err)
	}
}

// issue makes the value of a code, and tells the metrics where a part of it was parked.
func (s *Server) issue(x *exchange, code *grant.Code) (string, error) {
	issued, err := code.Issue(x.r.Context(), x.parking(), x.began)
	if err != nil {
		return "", err
	}
	if issued.Parked {
		s.noteUnfit(x, audit.UnfitCode)
		s.Metrics.Evicted(audit.EvictedParked, issued.Evicted)
	}
	return issued.Value, nil
}

// releasable are the claims of a session that its grant can release: a code carries no others.
func (a *authorization) releasable(session *login.Session, asked grant.Asked) map[string]any {
	if session.Claims == nil {
		return nil
	}
	named := append(append([]string{}, asked.IDToken...), asked.UserInfo...)
	release := login.Release{Rules: a.client.Registration().Scopes, Granted: a.allowed.Scopes, Named: named}
	return release.Of(login.Identity{Claims: session.Claims})
}
