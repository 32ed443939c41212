package forwardauth_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/issuer/issuertest"
)

const script = "https://app.example" // an origin

// preflighted makes a request a preflight, but for its method.
func preflighted(r *http.Request) {
	r.Header.Del("Authorization")
	r.Header.Set("Origin", script)
	r.Header.Set("Access-Control-Request-Method", http.MethodPost)
}

// TestPreflights: only what a browser sends as a preflight passes without a token, only where that is configured, and
// by nothing in the path. It comes from nobody.
func TestPreflights(t *testing.T) {
	const asked = "Access-Control-Request-Method"
	change := func(name string, values ...string) issuertest.Request {
		return func(r *http.Request) { r.Header[name] = values }
	}
	method := func(method string) issuertest.Request { return func(r *http.Request) { r.Method = method } }
	for _, tc := range []struct {
		name    string
		changes []issuertest.Request
		want    int
	}{
		{"a preflight", nil, 200},
		{"of another site, which the API may well allow", []issuertest.Request{change("Origin", "https://other.example")}, 200},
		{"with headers to come", []issuertest.Request{change("Access-Control-Request-Headers", "authorization")}, 200},
		{"GET", []issuertest.Request{method("GET")}, 401},
		{"options", []issuertest.Request{method("options")}, 401},
		{"no origin", []issuertest.Request{change("Origin")}, 401},
		{"an empty origin", []issuertest.Request{change("Origin", "")}, 401},
		{"two origins", []issuertest.Request{change("Origin", script, script)}, 401},
		{"OPTIONS of a program", []issuertest.Request{change(asked)}, 401},
		{"two methods", []issuertest.Request{change(asked, "GET", "PUT")}, 401},
		{"no method that is one", []issuertest.Request{change(asked, "GET, PUT")}, 401},
		{"credentials", []issuertest.Request{change("Authorization", "Basic c2hvcDpzZWNyZXQ=")}, 401},
		{"a bad token", []issuertest.Request{change("Authorization", "Bearer garbage")}, 401},
	} {
		w := newWorld(t, envoyAsks)
		changes := slices.Concat([]issuertest.Request{method("OPTIONS"), preflighted}, tc.changes)
		got := w.verify("/verify/scope/orders:write//orders", "", changes...)
		answered(t, tc.name, got, tc.want)
		if _, introduced := got.Header()["X-Auth-Subject"]; introduced != (tc.want == 200) {
			t.Errorf("%s: X-Auth-Subject is there: %v", tc.name, introduced)
		}
		if passed := w.counted(t, "tokenwright_forward_auth_preflights_total"); (passed == 1) != (tc.want == 200) {
			t.Errorf("%s: %d preflights passed", tc.name, passed)
		}
		without := newWorld(t, envoyAsks, func(c *forwardauth.Config) { c.PassPreflights = false })
		answered(t, tc.name+", not allowed", without.verify("/verify//orders", "", changes...), http.StatusUnauthorized)
	}
}

// TestRefusalsAreReadable: a script of an origin that is configured can read what the guard itself answers, no other
// can, and no cache gives one's answer to another.
func TestRefusalsAreReadable(t *testing.T) {
	allowed := func(c *forwardauth.Config) { c.Origins = []string{"https://other.example", script} }
	for _, tc := range []struct {
		name, path, authorization string
		origin                    []string
		status                    int
		want                      http.Header
	}{
		{"no token", "/verify", "", []string{script}, 401, readable},
		{"a bad token", "/verify", "Bearer garbage", []string{script}, 401, readable},
		{"a scope too few", "/verify/scope/orders:write", "Bearer TOKEN", []string{script}, 403, readable},
		{"a fault", "/", "", []string{script}, 500, readable},
		{"no script", "/verify", "", nil, 401, http.Header{"Vary": {"Origin"}}},
		{"a script of another origin", "/verify", "", []string{"https://app.example.evil.example"}, 401, http.Header{"Vary": {"Origin"}}},
		{"of another scheme", "/verify", "", []string{"http://app.example"}, 401, http.Header{"Vary": {"Origin"}}},
		{"of none", "/verify", "", []string{"null"}, 401, http.Header{"Vary": {"Origin"}}},
		{"of two", "/verify", "", []string{script, script}, 401, http.Header{"Vary": {"Origin"}}},
		{"what passes is the API's to say", "/verify", "Bearer TOKEN", []string{script}, 200, http.Header{}},
	} {
		w := newWorld(t, allowed)
		token := tc.authorization
		if token == "Bearer TOKEN" {
			token = "Bearer " + w.issuer.Token(t)
		}
		got := w.verify(tc.path, token, func(r *http.Request) { r.Header["Origin"] = tc.origin })
		answered(t, tc.name, got, tc.status)
		if diff := cmp.Diff(tc.want, corsOf(got.Header())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
	got := newWorld(t).verify("/verify", "", issuertest.Header("Origin", script))
	if diff := cmp.Diff(http.Header{}, corsOf(got.Header())); diff != "" {
		t.Errorf("where no origin is configured (-want +got):\n%s", diff)
	}
}

var readable = http.Header{
	"Vary": {"Origin"}, "Access-Control-Allow-Origin": {script},
	"Access-Control-Expose-Headers": {"WWW-Authenticate, Retry-After"},
}

func corsOf(h http.Header) http.Header {
	found := http.Header{}
	for _, name := range []string{
		"Vary", "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Access-Control-Allow-Credentials",
	} {
		if values := h[name]; values != nil {
			found[name] = values
		}
	}
	return found
}

func TestParseOrigin(t *testing.T) {
	for text, good := range map[string]bool{
		"https://app.example": true, "http://localhost:3000": true, "https://app.example:8443": true, "https://[::1]:8443": true,
		"": false, "*": false, "null": false, "app.example": false, "https://": false, "https://app.example/": false,
		"https://App.example": false, "https://app.example:443": false, "http://app.example:80": false, "https://app.example:": false,
		"https://app.example/x": false, "https://app.example?x": false, "https://app.example#": false, "https://u@app.example": false,
		"ftp://app.example": false, "https://app.example\r\nx: y": false,
	} {
		if got, err := forwardauth.ParseOrigin(text); (err == nil) != good || good && got != text {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
