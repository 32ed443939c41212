package endpoint

import (
	"log/slog"
	"net/http"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
)

const loginPath = "/login"

// serveLogin shows the login page, and takes what is typed there. It begins a session, and goes back to where the request
// was: the decision about it is made anew, now that there is a session.
func (s *Server) serveLogin(x *exchange) error {
	form, err := readForm(x)
	if err != nil {
		return err
	}
	visit, err := s.visit(x, form.Get(login.FieldFlow))
	if err != nil {
		return err
	}
	provider := x.view.provider(form.Get(login.FieldProvider))
	if answered, err := s.closed(x, form, provider); answered {
		return err
	}
	if provider != nil && provider.OIDC != nil {
		return s.sendUpstream(x, visit, form.Get(login.FieldFlow), provider)
	}
	if x.r.Method != http.MethodPost || provider == nil || !form.Has(login.FieldUsername) {
		view := login.LoginPage{Username: visit.hint, Again: s.session(x) != nil}
		return s.renderLogin(x, visit.client, form.Get(login.FieldFlow), provider, http.StatusOK, view)
	}
	identity, err := s.logIn(x, provider, form.Get(login.FieldUsername), form.Get(login.FieldPassword))
	if err != nil {
		return s.askAgain(x, visit, form, provider, err)
	}
	return s.enter(x, visit, identity, nil)
}

// enter begins the session of whoever has logged in, or goes on with theirs, and then with what the login was for. A lease is
// for the grant that this ends in, and travels with the flow until then.
func (s *Server) enter(x *exchange, to *visit, identity login.Identity, lease *login.Lease) error {
	made := s.succeed(x, identity, to.flow.ID)
	session := &made.next
	brought, err := s.lighten(x, session, lease)
	if err != nil {
		return err
	}
	cookie, err := session.Cookie(x.view.sealer, x.began)
	if err != nil {
		return oauth.Unavailable(unavailable, err)
	}
	to.flow.Upstream = brought
	sealed, err := login.SealFlow(x.view.sealer, *to.flow, x.began)
	if err != nil {
		return oauth.Unavailable(unavailable, err)
	}
	if err := s.settle(x, &made); err != nil {
		return err
	}
	x.setCookie(cookie)
	x.said.Subject, x.said.Provider, x.said.SessionID = session.Subject, session.Provider, session.ID
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.LoggedIn, &x.said)
	s.providers.loggedIn(session.Provider, x.began)
	return x.redirect(x.view.path + to.next + "?flow=" + sealed)
}

// provider finds an identity provider by name; the only one if there is only one, and nil where a choice is to be made.
func (v *view) provider(name string) *registration.IdentityProvider {
	providers := v.config.IdentityProviders
	if len(providers) == 1 {
		return &providers[0]
	}
	for i := range providers {
		if providers[i].Name == name {
			return &providers[i]
		}
	}
	return nil
}
