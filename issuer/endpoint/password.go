package endpoint

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
)

// logIn checks username and password, as often as the budgets allow. What costs no hash takes nothing from any of them.
func (s *Server) logIn(x *exchange, provider *registration.IdentityProvider, username, password string) (login.Identity, error) {
	try := login.Attempt{Provider: provider.Name, Username: username, Source: s.Proxies.Source(x.r)}
	x.said.SourceIP, x.said.Provider = try.Source, provider.Name
	users, ok := s.Registry.Snapshot().Users(provider.Name)
	if !ok {
		return login.Identity{}, errNoUsers
	}
	if login.Hopeless(username, password) {
		return login.Identity{}, login.ErrCredentials
	}
	known := login.OpenFamiliar(x.view.sealer, x.r.Cookies())
	try.Familiar = known.Knows(users, username, x.began)
	if err := s.attempts.Spend(try, x.began); err != nil {
		return login.Identity{}, err
	}
	identity, err := users.Authenticate(x.r.Context(), s.gate, username, password)
	switch {
	case err == nil:
		s.attempts.Succeeded(try, x.began)
		s.Metrics.Password(audit.PasswordRight)
		s.recognize(x, known.With(users, username, x.began))
	case !errors.Is(err, login.ErrCredentials):
		s.attempts.Unchecked(try, x.began)
	}
	return identity, err
}

var errNoUsers = errors.New("the identity provider's users cannot be read")

// recognize makes the browser familiar with whoever logged in there. Where that fails they may have to wait some day, as
// anybody else.
func (s *Server) recognize(x *exchange, familiar login.Familiar) {
	cookie, err := familiar.Cookie(x.view.sealer, x.began)
	if err != nil {
		s.Log.WarnContext(x.r.Context(), "Failed to seal who was logged in", "error", err)
		return
	}
	x.setCookie(cookie)
}

// askAgain says on the page what went wrong, and nothing about whether there is such a user. It is logged here, since for
// the person nothing has failed yet.
func (s *Server) askAgain(x *exchange, to *visit, form url.Values, provider *registration.IdentityProvider, err error) error {
	username := form.Get(login.FieldUsername)
	s.nameAccount(x, provider, username)
	x.said.Error, x.said.Cause = string(oauth.AccessDenied), err
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.LoginRefused, &x.said)
	s.counts.login.Refused(string(oauth.AccessDenied))
	view, status, outcome := refusedLogin(err)
	s.Metrics.Password(outcome)
	if view.Wait > 0 {
		s.counts.login.Throttled()
		x.w.Header().Set("Retry-After", seconds(view.Wait))
	}
	view.Username = username
	return s.renderLogin(x, to.client, form.Get(login.FieldFlow), provider, status, view)
}

// nameAccount says in the log whose account was tried, so that an attack on one is seen. Who may read the log learns
// nothing of a name that is nobody's, which may be a password.
func (s *Server) nameAccount(x *exchange, provider *registration.IdentityProvider, username string) {
	if users, ok := s.Registry.Snapshot().Users(provider.Name); ok {
		if identity, ok := users.Named(username); ok {
			x.said.Account, x.said.Subject = identity.Username, identity.Subject
			return
		}
	}
	x.said.AccountHash, _ = login.TagUsername(x.view.sealer, username, x.began) // without a key there is none
}

// refusedLogin is what people see, and what is counted, of a login that failed with err.
func refusedLogin(err error) (login.LoginPage, int, audit.PasswordOutcome) {
	slow, wait := errors.AsType[*login.WaitError](err)
	switch {
	case wait && slow.Account:
		return login.LoginPage{Wait: slow.Wait, Account: true}, http.StatusTooManyRequests, audit.PasswordAccountThrottled
	case wait:
		return login.LoginPage{Wait: slow.Wait}, http.StatusTooManyRequests, audit.PasswordThrottled
	case errors.Is(err, login.ErrCredentials):
		return login.LoginPage{WrongPassword: true}, http.StatusForbidden, audit.PasswordWrong
	case errors.Is(err, login.ErrBusy):
		return login.LoginPage{Busy: true}, http.StatusServiceUnavailable, audit.PasswordBusy
	default:
		return login.LoginPage{Away: true}, http.StatusServiceUnavailable, audit.PasswordUnchecked
	}
}
