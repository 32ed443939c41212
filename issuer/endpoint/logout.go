package endpoint

import (
	"log/slog"
	"net/http"
	"slices"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/token"
)

const logoutPath = "/logout"

// leaving is a logout request that is understood.
type leaving struct {
	client *policy.Client // who asks; nil where nobody says so
	hint   *token.Claims  // of the id_token_hint; nil without one that can be believed
	target string         // where the browser goes afterwards; empty where it stays
}

// serveLogout ends a login session by its person's wish, whether a client sent them (OpenID Connect RP-Initiated Logout
// section 2) or they come from a page of ours. A client that cannot show an ID token of theirs may be any site that likes
// people to be logged out, so then they are asked.
func (s *Server) serveLogout(x *exchange) error {
	req, err := oauth.ReadLogout(x.r)
	if err != nil {
		return err
	}
	if req.FormToken == "" && x.foreignForm() {
		return x.repeat(logoutPath, req.Encode())
	}
	asked, err := s.understandLogout(x, req)
	if err != nil {
		return err
	}
	session := s.former(x)
	if err := s.endHinted(x, asked.hint, session); err != nil {
		return err
	}
	if session == nil {
		return s.leaveAgain(x, asked)
	}
	if req.FormToken == "" && !asked.means(session) {
		return s.renderLogout(x, req, asked, session)
	}
	if err := checkLogout(x, req, session); err != nil {
		return err
	}
	return s.endAndLeave(x, asked, session)
}

func (s *Server) endAndLeave(x *exchange, asked *leaving, session *login.Session) error {
	if err := s.endSession(x, session); err != nil {
		return err
	}
	return asked.leave(x)
}

// understandLogout finds out who asks and where the browser is to go. The error is for a page: as long as client and URI are
// not known to belong together, nothing is redirected (RP-Initiated Logout section 3).
func (s *Server) understandLogout(x *exchange, req *oauth.LogoutRequest) (*leaving, error) {
	asked, clientID := &leaving{}, req.ClientID
	if req.IDTokenHint != "" {
		hint, err := x.verifier().Verify(req.IDTokenHint, token.IDTokenHint, nil, x.began)
		if err != nil {
			return asked, nil //nolint:nilerr // its key may be gone by now, so people may still log out; nothing else is believed
		}
		if clientID != "" && !slices.Contains(hint.Audience, clientID) {
			return nil, oauth.InvalidRequest.Refusef("client_id is not the client that the ID token was issued to")
		}
		asked.hint, clientID = hint, hint.Audience[0]
	}
	asked.client, _ = s.Registry.Snapshot().Client(clientID)
	if asked.client != nil {
		x.said.ClientID = asked.client.ID()
	}
	return asked, asked.aim(req)
}

// means tells whether the hint is of the person whose session that is, which need not be the one in which it was issued.
func (l *leaving) means(session *login.Session) bool {
	return l.hint != nil && l.hint.Subject == session.Subject
}

// aim finds where the browser goes after the logout: to a URI that is registered for the client, byte for byte.
func (l *leaving) aim(req *oauth.LogoutRequest) error {
	uri := req.PostLogoutRedirectURI
	switch {
	case uri == "":
		return nil
	case l.client == nil:
		return oauth.InvalidRequest.Refusef("post_logout_redirect_uri needs an id_token_hint, or the client_id of a registered application")
	case !slices.Contains(l.client.Registration().PostLogoutRedirectURIs, uri):
		return oauth.InvalidRequest.Refusef("the application that sent you here asks to go on at an address that is not registered for it")
	}
	var err error
	l.target, err = oauth.AppendResponse(uri, []oauth.Param{{Name: "state", Value: req.State}})
	return err
}

// leave answers when the session is over, or when there was none.
func (l *leaving) leave(x *exchange) error {
	x.setCookie(login.ForgetSession(x.view.sealer))
	if l.target != "" {
		return x.redirect(l.target)
	}
	page, err := x.view.pages.SignedOut(login.SignedOutPage{})
	return x.show(http.StatusOK, page, err)
}

// checkLogout holds a form of ours to the session that it was made for. A link has no form: what it shows is a hint.
func checkLogout(x *exchange, req *oauth.LogoutRequest, session *login.Session) error {
	if req.FormToken == "" {
		return nil
	}
	if err := crossOrigin.Check(x.r); err != nil {
		return oauth.InvalidRequest.Because(err, "the form was sent by another site")
	}
	if err := login.CheckForm(x.view.sealer, req.FormToken, session.ID, login.PurposeLogout, x.began); err != nil {
		return oauth.InvalidRequest.Because(err, "the page was open for too long: load it again")
	}
	return nil
}

// renderLogout asks. The request comes back with the answer, and is understood anew.
func (s *Server) renderLogout(x *exchange, req *oauth.LogoutRequest, asked *leaving, session *login.Session) error {
	sealed, err := login.SealForm(x.view.sealer, session.ID, login.PurposeLogout, x.began)
	if err != nil {
		return oauth.Unavailable(unavailable, err)
	}
	view := login.LogoutPage{Action: x.view.path + logoutPath, Token: sealed}
	if session.Alive(x.began, x.view.bounds) {
		view.Username = session.Username
	}
	if asked.client != nil {
		view.Client = clientView(asked.client.Registration()).Shown()
	}
	for _, param := range req.Params() {
		view.Fields = append(view.Fields, login.FormField{Name: param.Name, Value: param.Value})
	}
	page, err := x.view.pages.Logout(view)
	return x.show(http.StatusOK, page, err)
}

// endHinted ends the session in which an ID token was issued, with or without a cookie of it, unless it is present, which is
// seen to by itself: whoever has somebody's ID token may log them out by it.
func (s *Server) endHinted(x *exchange, hint *token.Claims, present *login.Session) error {
	if hint == nil || hint.SessionID == "" || present != nil && present.ID == hint.SessionID {
		return nil
	}
	over := x.view.stores.Revocations.Revoked(store.Issued{SessionID: hint.SessionID, At: time.Unix(hint.AuthTime, 0)})
	if over { // what an attempt that failed has left is closed all the same
		return s.closeGrants(x, hint.SessionID)
	}
	return s.endSession(x, &login.Session{ID: hint.SessionID, Subject: hint.Subject})
}

// leaveAgain is for a browser without a session that counts. One that has been logged out may come again because not all was
// closed at the first time.
func (s *Server) leaveAgain(x *exchange, asked *leaving) error {
	session := login.FormerSession(x.view.sealer, x.r.Cookies(), x.view.bounds, x.began)
	if session != nil && x.view.stores.Revocations.Revoked(store.Issued{SessionID: session.ID, At: session.Started}) {
		if err := s.closeGrants(x, session.ID); err != nil {
			return err
		}
	}
	return asked.leave(x)
}

// endSession ends a session by the wish of its person. Clients hear of it while the person goes on.
func (s *Server) endSession(x *exchange, session *login.Session) error {
	if err := s.closeSession(x, session); err != nil {
		return err
	}
	if session.Parked != "" {
		x.parking().Drop(x.r.Context(), session.Parked)
	}
	s.Metrics.SessionEnded(audit.EndedByLogout)
	x.said.Subject, x.said.SessionID = session.Subject, session.ID
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.LoggedOut, &x.said)
	return nil
}

// closeSession ends a session, whoever wants that. It is revoked first: whatever fails after that, no copy of the cookie is
// worth anything, and no grant of the session can be used but those that were given to last (OpenID Connect Back-Channel
// Logout section 2.7).
func (s *Server) closeSession(x *exchange, session *login.Session) error {
	if err := s.spendSession(x, session.Subject); err != nil {
		return err
	}
	err := x.view.stores.Revocations.Revoke(x.r.Context(), store.Revocation{
		SessionID: session.ID, IssuedBefore: afterAll(x.began, session.Started),
		Expires: x.began.Add(s.longestGrant(x)),
	})
	if err != nil {
		return grant.StoreFailed(err)
	}
	return s.closeGrants(x, session.ID)
}

// closeGrants ends what was granted in a session, and tells the clients.
func (s *Server) closeGrants(x *exchange, sessionID string) error {
	grants, err := x.view.stores.Index.OfSession(x.r.Context(), sessionID)
	if err != nil {
		return grant.StoreFailed(err)
	}
	c := ending{Server: s, view: x.view, stores: x.view.stores, fate: func(by *store.Grant) fate {
		if by.Offline {
			return released
		}
		return ended
	}}
	if err := c.run(x.r.Context(), grants); err != nil {
		return grant.StoreFailed(err)
	}
	return nil
}

// longestGrant is how long a session's revocation must be remembered: as long as its cookie lives. Its grants end one by
// one, and those that this replica has not heard of yet within the life of a code.
func (s *Server) longestGrant(x *exchange) time.Duration { return x.view.bounds.Lifetime + time.Minute }
