package forwardauth_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/issuer/issuertest"
)

// guards has a guard describe these resources, and tell them apart by X-Original-Url.
func guards(t *testing.T, ids ...string) func(*forwardauth.Config) {
	return func(c *forwardauth.Config) {
		c.URLHeader, c.ScopesSupported = "X-Original-Url", []string{"orders:read", "orders:write"}
		for _, id := range ids {
			resource, err := forwardauth.ParseResource(id)
			if err != nil {
				t.Fatal(err)
			}
			c.Resources = append(c.Resources, resource)
		}
	}
}

// TestMetadata holds PR-01: what a client reads before it has a token, by a script of whatever origin.
func TestMetadata(t *testing.T) {
	const at = "/.well-known/oauth-protected-resource"
	for _, tc := range []struct {
		method, path string
		status       int
		resource     string
	}{
		{"GET", at + "/orders", 200, "https://api.example/orders"},
		{"GET", at, 200, "https://api.example"},
		{"GET", at + "/mcp/", 200, "https://api.example/mcp/"},
		{"GET", at + "/mcp", 200, "https://api.example/mcp/"},
		{"HEAD", at + "/orders", 200, ""},
		{"OPTIONS", at + "/orders", 204, ""},
		{"POST", at + "/orders", 405, ""},
		{"GET", at + "/", 404, ""},
		{"GET", at + "/stock", 404, ""},
		{"GET", at + "/orders/", 404, ""},
		{"GET", at + "/%6frders", 404, ""},
		{"GET", at + "x", 404, ""},
	} {
		w := newWorld(t, guards(t, "https://api.example", "https://api.example/orders", "https://api.example/mcp/"))
		rw := httptest.NewRecorder()
		w.ServeHTTP(rw, httptest.NewRequest(tc.method, tc.path, nil))
		if origin := rw.Header().Get("Access-Control-Allow-Origin"); rw.Code != tc.status || origin != "*" || w.asked.Load() > 0 {
			t.Errorf("%s %s: status %d, want %d; for origin %q; the issuer was asked %d times", tc.method, tc.path, rw.Code, tc.status, origin, w.asked.Load())
		}
		if tc.resource == "" {
			continue
		}
		var got map[string]any
		if err := json.Unmarshal(rw.Body.Bytes(), &got); err != nil {
			t.Errorf("%s: %v", rw.Body, err)
		}
		want := map[string]any{
			"resource": tc.resource, "authorization_servers": []any{w.site.URL},
			"scopes_supported": []any{"orders:read", "orders:write"}, "bearer_methods_supported": []any{"header"},
			"dpop_bound_access_tokens_required": false, "tls_client_certificate_bound_access_tokens": false,
		}
		if diff := cmp.Diff(want, got); diff != "" || rw.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s: headers %v (-want +got):\n%s", tc.path, rw.Header(), diff)
		}
	}
}

// Without credentials nobody knows the issuer; they are on their way.
func TestMetadataWithoutCredentials(t *testing.T) {
	w := newWorld(t, guards(t, "https://api.example"))
	w.use("")
	rw := httptest.NewRecorder()
	w.ServeHTTP(rw, httptest.NewRequest(http.MethodGet, "/.well-known/oauth-protected-resource", nil))
	if rw.Code != http.StatusServiceUnavailable || rw.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("status %d, headers %v", rw.Code, rw.Header())
	}
}

// TestChallengeNamesTheMetadata holds PR-02: of the resource that the client asked for.
func TestChallengeNamesTheMetadata(t *testing.T) {
	const metadata = `, resource_metadata="https://api.example/.well-known/oauth-protected-resource`
	for _, tc := range []struct {
		name, path, authorization, asked, want string
		status                                 int
	}{
		{"no token", "/verify", "", "/orders/1", bare + metadata + `/orders"`, 401},
		{"no token for a scope", "/verify/scope/orders:write", "", "/orders", bare + `, scope="orders:write"` + metadata + `/orders"`, 401},
		{"a bad token", "/verify", "Bearer garbage", "/stock?x=/orders", invalidToken + metadata + `/stock"`, 401},
		{"a scope too few", "/verify/scope/orders:write", "Bearer TOKEN", "https://x/orders", lacks("orders:write") + metadata + `/orders"`, 403},
		{"of no resource", "/verify", "", "/other", bare, 401},
	} {
		w := newWorld(t, guards(t, "https://api.example/orders", "https://api.example/stock"),
			func(c *forwardauth.Config) { c.Audiences = []string{issuertest.Audience} })
		token := tc.authorization
		if token == "Bearer TOKEN" {
			token = "Bearer " + w.issuer.Token(t)
		}
		got := w.verify(tc.path, token, issuertest.Header("X-Original-Url", tc.asked))
		answered(t, tc.name, got, tc.status)
		if challenge := got.Header().Get("WWW-Authenticate"); challenge != tc.want {
			t.Errorf("%s: challenge %q, want %q", tc.name, challenge, tc.want)
		}
	}
}

// A resource that is described is guarded: tokens for it are good, and no others.
func TestResourcesAreAudiences(t *testing.T) {
	for id, want := range map[string]int{issuertest.Audience: http.StatusOK, "https://other.example": http.StatusUnauthorized} {
		w := newWorld(t, guards(t, id), func(c *forwardauth.Config) { c.URLHeader = "" })
		answered(t, id, w.verify("/verify", "Bearer "+w.issuer.Token(t)), want)
	}
}
