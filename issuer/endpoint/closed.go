package endpoint

import (
	"net/http"
	"net/url"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
)

// reopening is when to try again where nobody can log in at present.
const reopening = 30 * time.Second

// closed answers with the page that says so, if nobody can log in by the provider that was chosen at present. Nothing is logged: that is done
// once, when it begins.
func (s *Server) closed(x *exchange, form url.Values, provider *registration.IdentityProvider) (answered bool, err error) {
	if provider == nil {
		return false, nil // renderLogin sees to the choice
	}
	health := s.health(x.view, provider)
	if health.Usable() || provider.OIDC != nil && s.reopened(x, provider) {
		return false, nil
	}
	if form.Has(login.FieldUsername) {
		s.Metrics.Password(audit.PasswordUnchecked)
	}
	return true, s.renderClosed(x, form.Get(login.FieldFlow), provider)
}

// reopened asks a provider elsewhere that seemed to be away. One that is asked too often, by all who come, is spared.
func (s *Server) reopened(x *exchange, provider *registration.IdentityProvider) bool {
	upstream, err := s.upstreams.find(x.view, provider)
	if err != nil {
		return false
	}
	upstream.Probe(x.r.Context())
	health := upstream.Health()
	if health.Usable() {
		s.providers.wake()
	}
	return health.Usable()
}

// renderClosed says that nobody can log in at present: by a provider, or by any where none is chosen.
func (s *Server) renderClosed(x *exchange, flow string, provider *registration.IdentityProvider) error {
	view := login.ClosedPage{Action: x.view.path + loginPath, Flow: flow}
	if provider != nil {
		view.Provider = login.ProviderView{Name: provider.Name, DisplayName: provider.DisplayName}
		view.Others = len(x.view.config.IdentityProviders) > 1
	}
	s.counts.login.Refused(string(oauth.TemporarilyUnavailable))
	x.w.Header().Set("Retry-After", seconds(reopening))
	page, err := x.view.pages.Closed(view)
	return x.show(http.StatusServiceUnavailable, page, err)
}

// choices are the providers to choose from, and whether anybody can log in by one of them at present.
func (s *Server) choices(x *exchange) (views []login.ProviderView, some bool) {
	for i := range x.view.config.IdentityProviders {
		p := &x.view.config.IdentityProviders[i]
		health := s.health(x.view, p)
		views = append(views, login.ProviderView{Name: p.Name, DisplayName: p.DisplayName, Closed: !health.Usable()})
		some = some || health.Usable()
	}
	return views, some
}
