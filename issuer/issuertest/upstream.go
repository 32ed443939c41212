package issuertest

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/registration"
)

const (
	// Elsewhere is the identity provider that Upstream adds.
	Elsewhere = "elsewhere"
	// UpstreamRedirect is where it sends its answers.
	UpstreamRedirect = URL + "/login/callback/" + Elsewhere

	// upstreamSecret is the Secret that holds the client secret there.
	upstreamSecret = "elsewhere-client"
)

// Upstream adds an identity provider that is elsewhere, of which this issuer is the client WebID.
func Upstream(at *httptest.Server, changes ...func(*registration.OIDCProvider)) Option {
	return func(s *setup) {
		oidc := registration.OIDCProvider{
			Issuer: at.URL, ClientID: WebID, ClientSecret: upstreamSecret, Scopes: []string{"openid", "profile", "email", "groups"},
		}
		for _, change := range changes {
			change(&oidc)
		}
		s.issuer.IdentityProviders = append(s.issuer.IdentityProviders, registration.IdentityProvider{
			Name: Elsewhere, DisplayName: "Elsewhere", OIDC: &oidc,
		})
		With(func(c *issuer.Config) { c.Upstream = at.Client().Transport })(s)
	}
}

// UseUpstreamSecret gives the issuer its client secret at Elsewhere.
func (s *Server) UseUpstreamSecret(value string) { s.Registry.UseUpstreamSecret(upstreamSecret, value) }

// NewUpstream is an issuer with People, on a server of its own, whose client Web is an issuer made with Upstream.
func NewUpstream(tb testing.TB, options ...Option) (*Server, *httptest.Server) {
	tb.Helper()
	var handler atomic.Pointer[http.Handler]
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(w, r) }))
	tb.Cleanup(site.Close)
	server := New(tb, append([]Option{People(), AtURL(site.URL)}, options...)...)
	handler.Store(&server.Handler)
	web := Web()
	web.RedirectURIs = []string{UpstreamRedirect}
	server.Register(web)
	return server, site
}
