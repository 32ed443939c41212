package endpoint

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

// upstreamPath begins the path that an identity provider elsewhere sends its answers to; its name ends it. Each has a
// path of its own, so that the answer of one is not taken for that of another (RFC 9700 section 4.4.2).
const upstreamPath = "/login/callback/"

// upstreamRoutes are where the identity providers elsewhere send browsers back to.
func (s *Server) upstreamRoutes(v *view) {
	for i := range v.config.IdentityProviders {
		provider := &v.config.IdentityProviders[i]
		if provider.OIDC == nil {
			continue
		}
		answers := upstreamAnswers{s, provider}
		v.routes[v.path+upstreamPath+provider.Name] = page(answers.serve, s.counts.login, audit.LoginRefused, http.MethodGet)
	}
}

// upstreamAnswers takes the answers of one identity provider elsewhere.
type upstreamAnswers struct {
	*Server

	provider *registration.IdentityProvider
}

// sendUpstream sends the browser to log in elsewhere. Whoever is logged in here already comes because that is not
// enough, or to be somebody else: then a session that they have there is not, either.
func (s *Server) sendUpstream(x *exchange, to *visit, flow string, provider *registration.IdentityProvider) error {
	x.said.Provider = provider.Name
	upstream, err := s.upstreams.find(x.view, provider)
	if err != nil {
		return refuseUpstream(err)
	}
	ask := to.ask
	if ask.Prompt == "" && s.session(x) != nil {
		ask.Prompt = promptLogin
	}
	address, err := upstream.Begin(x.r.Context(), x.view.sealer, *to.flow, ask)
	if errors.Is(err, login.ErrUpstreamAway) {
		s.providers.wake() // it says so once, in the log and in the report
		return s.renderClosed(x, flow, provider)
	}
	if err != nil {
		return refuseUpstream(err)
	}
	return x.redirect(address)
}

// Values of the prompt parameter (OpenID Connect Core section 3.1.2.1).
const (
	promptLogin  = "login"
	promptSelect = "select_account"
)

// promptOf is what the client's prompt means for whoever is asked in its place.
func promptOf(prompt oauth.Prompt) string {
	switch {
	case prompt.SelectAccount:
		return promptSelect
	case prompt.Login:
		return promptLogin
	default:
		return ""
	}
}

// serve takes an answer, and goes on as after any login.
func (u upstreamAnswers) serve(x *exchange) error {
	x.said.Provider = u.provider.Name
	answer, err := readForm(x)
	if err != nil {
		return err
	}
	ticket, err := login.OpenTicket(x.view.sealer, answer.Get("state"), u.provider.Name, x.r.Cookies(), x.began)
	if err != nil {
		return oauth.InvalidRequest.Because(err, flowAdvice(err))
	}
	to, err := u.visitOf(x, &ticket.Flow)
	if err != nil {
		return err
	}
	identity, lease, err := u.redeem(x, &ticket, answer)
	if err != nil {
		return refuseUpstream(err)
	}
	u.noteOmitted(x, audit.OmittedAtLogin, &audit.Entry{
		ClientID: x.said.ClientID, Subject: identity.Subject, Provider: identity.Provider, Claims: identity.Omitted,
	})
	return u.enter(x, to, identity, u.keepable(x, to, lease))
}

// lease is what a login elsewhere brought to ask after the person by, for a client that refreshes, or the name under which it
// is parked.
func (a *authorization) lease(flow *login.Flow, session *login.Session) (lease *login.Lease, parked string) {
	if a.client.Registration().RefreshToken == nil || flow == nil || flow.Upstream == nil || flow.Upstream.SessionID != session.ID {
		return nil, ""
	}
	if flow.Upstream.Parked != "" {
		return nil, flow.Upstream.Parked
	}
	return &flow.Upstream.Lease, ""
}

// redeem asks the identity provider who it was. A flow gets few attempts, and so does an address: each costs the
// provider a request.
func (u upstreamAnswers) redeem(x *exchange, ticket *login.Ticket, answer url.Values) (login.Identity, *login.Lease, error) {
	upstream, err := u.upstreams.find(x.view, u.provider)
	if err != nil {
		return login.Identity{}, nil, err
	}
	source := u.Proxies.Source(x.r)
	x.said.SourceIP = source
	try := login.Attempt{Provider: u.provider.Name, Username: ticket.Flow.ID, Source: source, Familiar: true} // no account is guessed at
	if err := u.attempts.Spend(try, x.began); err != nil {
		return login.Identity{}, nil, err
	}
	identity, refreshToken, err := upstream.Finish(x.r.Context(), ticket, answer)
	if err != nil {
		return login.Identity{}, nil, err
	}
	u.attempts.Succeeded(try, x.began)
	if refreshToken == "" {
		return identity, nil, nil
	}
	return identity, &login.Lease{Issuer: u.provider.OIDC.Issuer, Token: refreshToken}, nil
}

// refuseUpstream says to a person what came of their login elsewhere: login.Trouble has a page for each.
func refuseUpstream(err error) error {
	slow, wait := errors.AsType[*login.WaitError](err)
	switch {
	case wait:
		return withStatus(http.StatusTooManyRequests, oauth.Unavailable(slow.Wait, err))
	case errors.Is(err, login.ErrUpstreamAway):
		return oauth.Unavailable(unavailable, err)
	case errors.Is(err, login.ErrUpstreamRefused):
		return oauth.AccessDenied.Because(err, "the identity provider did not log you in")
	case errors.Is(err, login.ErrUpstreamAnswer):
		return oauth.InvalidRequest.Because(err, "the answer of the identity provider is not valid")
	case errors.Is(err, login.ErrFlowSize):
		return oauth.InvalidRequest.Because(err, "the request is too long")
	default:
		return oauth.ServerError.Hide(err)
	}
}

// noteGone closes the login session of somebody whom their identity provider knows no longer: what else was granted in it
// rests on the same login, and has nothing to ask by.
func (s *Server) noteGone(x *exchange, err error) {
	gone, ok := errors.AsType[*grant.GoneError](err)
	if !ok {
		return
	}
	by := &gone.Grant
	x.refusal = audit.PersonGone
	x.said.GrantID, x.said.Subject, x.said.SessionID, x.said.Provider = by.ID, by.Subject, by.SessionID, by.Provider
	if err := s.closeGone(x, by); err != nil {
		s.Log.ErrorContext(x.r.Context(), "Failed to end a login session", "error", err)
	}
}

// closeGone closes the session of a grant that has ended already, whose client is to hear as all others.
func (s *Server) closeGone(x *exchange, by *store.Grant) error {
	others, err := x.view.stores.Index.OfSession(x.r.Context(), by.SessionID)
	if err != nil {
		return grant.StoreFailed(err)
	}
	session := &login.Session{ID: by.SessionID, Provider: by.Provider, Subject: by.Subject, Username: by.Username}
	if err := s.closeSession(x, session); err != nil {
		return err
	}
	client := s.listener(by)
	if client == nil || slices.ContainsFunc(others, func(g store.Grant) bool { return g.Client.UID == by.Client.UID }) {
		return nil
	}
	s.announce(x.r.Context(), x.view, client, by)
	return nil
}

// elsewhere asks after people for their grants.
type elsewhere struct {
	upstreams *upstreams
	view      *view
}

// Renew asks the identity provider whether it still knows a person.
func (e elsewhere) Renew(ctx context.Context, provider, subject string, lease login.Lease) (login.Renewal, error) {
	rules := e.view.provider(provider)
	if rules == nil || rules.Name != provider || rules.OIDC == nil {
		return login.Renewal{}, login.ErrGone
	}
	upstream, err := e.upstreams.find(e.view, rules)
	if err != nil {
		return login.Renewal{Lease: lease}, err
	}
	return upstream.Renew(ctx, subject, lease)
}
