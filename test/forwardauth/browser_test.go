package forwardauth

import (
	"encoding/json"
	"net/http"
	"testing"

	"tokenwright.dev/issuer/issuertest"
)

const (
	app      = "https://app.example" // an origin that is configured
	metadata = "/.well-known/oauth-protected-resource"
)

// TestPreflightsReachTheAPI has a browser ask by way of nginx what a script may send: the application answers, and the
// guard lets pass nothing else that has no token.
func TestPreflightsReachTheAPI(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		name, method string
		header       http.Header
		want         int
	}{
		{"a preflight", "OPTIONS", http.Header{"Origin": {app}, "Access-Control-Request-Method": {"PUT"}}, 200},
		{"OPTIONS alone", "OPTIONS", http.Header{}, 401},
		{"OPTIONS of a script", "OPTIONS", http.Header{"Origin": {app}}, 401},
		{"GET that says that it is OPTIONS", "GET", http.Header{
			"Origin": {app}, "Access-Control-Request-Method": {"PUT"}, "X-Original-Method": {"OPTIONS"}, "X-HTTP-Method-Override": {"OPTIONS"},
		}, 401},
		{"DELETE that says so twice", "DELETE", http.Header{
			"Origin": {app}, "Access-Control-Request-Method": {"PUT"}, "X-Original-Method": {"OPTIONS", "OPTIONS"}, "X_Original_Method": {"OPTIONS"},
		}, 401},
		{"a preflight that says that it is GET", "OPTIONS", http.Header{
			"Origin": {app}, "Access-Control-Request-Method": {"PUT"}, "X-Original-Method": {"GET"},
		}, 200},
		{"a preflight that introduces itself", "OPTIONS", http.Header{
			"Origin": {app}, "Access-Control-Request-Method": {"PUT"}, "X-Auth-Subject": {"root"}, "X-Auth-Scope": {"root"},
		}, 200},
	} {
		for _, path := range []string{"/orders/1", "/admin/"} {
			got := w.ask(t, tc.method, path, func(r *http.Request) { r.Header = tc.header.Clone() })
			seen := w.arrived()
			if got.StatusCode != tc.want || (seen != nil) != (tc.want == http.StatusOK) {
				t.Errorf("%s for %s: status %d, the application saw it: %v", tc.name, path, got.StatusCode, seen != nil)
			}
			if seen.Get("X-Auth-Subject") != "" || seen.Get("X-Auth-Scope") != "" {
				t.Errorf("%s for %s: the application got %q and %q", tc.name, path, seen["X-Auth-Subject"], seen["X-Auth-Scope"])
			}
		}
	}
}

// TestScriptsReadRefusals: what a browser needs, to show a refusal to the script, is there once; and not at all where
// the application answers, which says it itself.
func TestScriptsReadRefusals(t *testing.T) {
	w := newWorld(t)
	token := "Bearer " + w.issuer.Token(t)
	for _, tc := range []struct {
		name, path, authorization, origin string
		away                              bool
		status                            int
		allowed                           string
	}{
		{"no token", "/orders/1", "", app, false, 401, app},
		{"a scope too few", "/admin/", token, app, false, 403, app},
		{"an outage", "/orders/1", token, app, true, 500, app},
		{"another origin", "/orders/1", "", "https://other.example", false, 401, ""},
		{"no script", "/orders/1", "", "", false, 401, ""},
		{"what passes", "/orders/1", token, app, false, 200, ""},
	} {
		w.away.Store(tc.away)
		got := w.ask(t, "GET", tc.path, issuertest.Header("Authorization", tc.authorization), func(r *http.Request) {
			if tc.origin != "" {
				r.Header.Set("Origin", tc.origin)
			}
		})
		exposed, vary := got.Header.Get("Access-Control-Expose-Headers") != "", len(got.Header["Vary"]) == 1
		if allowed := got.Header.Get("Access-Control-Allow-Origin"); got.StatusCode != tc.status || allowed != tc.allowed ||
			exposed != (tc.allowed != "") || vary != (tc.status != http.StatusOK) || len(got.Header["Access-Control-Allow-Origin"]) > 1 {
			t.Errorf("%s: status %d, headers %v; want %d, for origin %q", tc.name, got.StatusCode, got.Header, tc.status, tc.allowed)
		}
		w.away.Store(false)
		w.issuer.Clock.Step(2e9)
	}
}

// TestClientsFindOut follows RFC 9728 from a refusal by way of nginx to the issuer (section 5).
func TestClientsFindOut(t *testing.T) {
	w := newWorld(t)
	refused := w.ask(t, "GET", "/admin/")
	const want = `Bearer realm="tokenwright", scope="orders:read orders:write", resource_metadata="https://orders.example` + metadata + `"`
	if got := refused.Header.Get("WWW-Authenticate"); refused.StatusCode != http.StatusUnauthorized || got != want {
		t.Errorf("status %d, challenge %q, want %q", refused.StatusCode, got, want)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.nginx+metadata+"?x", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://whoever.example")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var found struct {
		Resource string   `json:"resource"`
		Servers  []string `json:"authorization_servers"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&found); err != nil || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("status %d, headers %v: %v", answer.StatusCode, answer.Header, err)
	}
	if found.Resource != issuertest.Audience || len(found.Servers) != 1 || found.Servers[0] != w.issuerURL {
		t.Errorf("found %+v, want %s of %s", found, issuertest.Audience, w.issuerURL)
	}
	for _, path := range []string{metadata + "/x", metadata + "/", "/verify", "/.well-known/x"} {
		if got := w.ask(t, "GET", path); got.StatusCode != http.StatusUnauthorized || w.arrived() != nil {
			t.Errorf("%s: status %d", path, got.StatusCode)
		}
	}
}
