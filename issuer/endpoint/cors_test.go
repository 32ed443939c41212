package endpoint_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"tokenwright.dev/issuer/issuertest"
)

// scripts of any origin may ask where no cookie counts, and never at the authorization endpoint or a page.
func TestCrossOrigin(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	for path, want := range map[string]string{
		"/token": "*", "/revoke": "*", "/userinfo": "*", "/jwks": "*", "/.well-known/openid-configuration": "*",
		"/.well-known/oauth-authorization-server": "*",
		"/authorize": "", "/login": "", "/consent": "", "/account": "", "/logout": "", "/introspect": "", "/metrics": "",
	} {
		for _, method := range []string{http.MethodOptions, http.MethodGet, http.MethodPost} {
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Access-Control-Request-Method", http.MethodPost)
			header := server.Do(r, issuertest.Header("Origin", "https://app.example")).Header()
			if got := header.Get("Access-Control-Allow-Origin"); got != want {
				t.Errorf("%s %s: Access-Control-Allow-Origin %q, want %q", method, path, got, want)
			}
			if got := header.Get("Access-Control-Allow-Headers"); (got != "") != (want != "" && method == http.MethodOptions) {
				t.Errorf("%s %s: Access-Control-Allow-Headers %q", method, path, got)
			}
			if got := header.Get("Access-Control-Allow-Credentials"); got != "" {
				t.Errorf("%s %s: Access-Control-Allow-Credentials %q", method, path, got)
			}
		}
	}
	if got := server.Get("/jwks").Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("without an origin: %q", got)
	}
}
