package forwardauth_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/issuer/issuertest"
)

// The headers in which our samples have nginx and Traefik tell what they were asked for.
var (
	nginxTells = func(c *forwardauth.Config) {
		c.MethodHeader, c.URLHeader, c.PassPreflights = "X-Original-Method", "X-Original-Url", true
	}
	traefikTells = func(c *forwardauth.Config) {
		c.MethodHeader, c.URLHeader, c.PassPreflights = "X-Forwarded-Method", "X-Forwarded-Uri", true
	}
	envoyAsks = func(c *forwardauth.Config) { c.Tail, c.PassPreflights = forwardauth.EnvoyTail, true }
)

// TestProxies sends what each proxy sends on behalf of a client that asks for /orders/1?scope=x, as their documents
// say: with a token, without one, and as a preflight.
func TestProxies(t *testing.T) {
	for _, tc := range []struct {
		name, path string
		tells      func(*forwardauth.Config)
		// headers are sent beside the client's Authorization and Origin; METHOD stands for its method, which is that of
		// the question itself where no header holds it.
		headers map[string]string
	}{
		{"nginx auth_request", "/verify/scope/orders:read", nginxTells, map[string]string{
			"Host": "forward-auth", "X-Original-Method": "METHOD", "X-Original-URL": "/orders/1?scope=x",
		}},
		{"Traefik ForwardAuth", "/verify/scope/orders:read", traefikTells, map[string]string{
			"X-Forwarded-Method": "METHOD", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example",
			"X-Forwarded-Uri": "/orders/1?scope=x", "X-Forwarded-For": "192.0.2.1",
		}},
		{"Envoy ext_authz", "/verify/scope/orders:read//orders/1?scope=x", envoyAsks, map[string]string{
			"X-Envoy-Internal": "true", "X-Envoy-Expected-Rq-Timeout-Ms": "500", "X-Forwarded-For": "192.0.2.1", "X-Request-Id": "1",
		}},
		{"Envoy ext_authz without a scope", "/verify//orders/1?scope=x", envoyAsks, nil},
		{"Envoy ext_authz with path_override", "/verify/scope/orders:read", func(*forwardauth.Config) {}, nil},
	} {
		w := newWorld(t, tc.tells)
		ask := func(method, token string, changes ...issuertest.Request) int {
			return w.verify(tc.path, token, append(changes, func(r *http.Request) {
				r.Method = http.MethodGet
				for name, value := range tc.headers {
					r.Header.Set(name, strings.ReplaceAll(value, "METHOD", method))
				}
				if !strings.HasPrefix(tc.name, "nginx") && !strings.HasPrefix(tc.name, "Traefik") {
					r.Method = method
				}
			})...).Code
		}
		token := "Bearer " + w.issuer.Token(t)
		preflights := http.StatusOK
		if strings.HasSuffix(tc.name, "path_override") { // where no flag lets them pass
			preflights = http.StatusUnauthorized
		}
		for _, ways := range []struct {
			name string
			got  int
			want int
		}{
			{"with a token", ask(http.MethodDelete, token), http.StatusOK},
			{"without a token", ask(http.MethodDelete, ""), http.StatusUnauthorized},
			{"a preflight", ask(http.MethodOptions, "", preflighted), preflights},
			{"what looks like a preflight", ask(http.MethodDelete, "", preflighted), http.StatusUnauthorized},
		} {
			if ways.got != ways.want {
				t.Errorf("%s, %s: status %d, want %d", tc.name, ways.name, ways.got, ways.want)
			}
		}
	}
}

// TestMisconfiguredProxy has a row for each way in which a proxy leaves to its client what it should say itself: no
// request passes, whatever token it brings, and the log says why, once in ten seconds.
func TestMisconfiguredProxy(t *testing.T) {
	const method, address = "X-Original-Method", "X-Original-Url"
	for _, tc := range []struct {
		name, path string
		headers    http.Header
		want       string
	}{
		{"another path", "/", http.Header{method: {"GET"}, address: {"/"}}, "neither /verify nor below it"},
		{"a misspelt requirement", "/verify/Scope/orders:write", http.Header{method: {"GET"}, address: {"/"}}, "does not begin with /scope/"},
		{"Envoy without the flag", "/verify//orders/1", http.Header{method: {"GET"}, address: {"/"}}, "does not begin with /scope/"},
		{"no method", "/verify", http.Header{address: {"/"}}, "X-Original-Method is missing"},
		{"an empty method", "/verify", http.Header{method: {""}, address: {"/"}}, "X-Original-Method is missing"},
		{"two methods", "/verify", http.Header{method: {"GET", "OPTIONS"}, address: {"/"}}, "X-Original-Method is there twice"},
		{"the same method twice", "/verify", http.Header{method: {"GET", "GET"}, address: {"/"}}, "X-Original-Method is there twice"},
		{"two methods in one", "/verify", http.Header{method: {"GET, OPTIONS"}, address: {"/"}}, "X-Original-Method holds no method"},
		{"no URL", "/verify", http.Header{method: {"GET"}}, "X-Original-Url is missing"},
		{"two URLs", "/verify", http.Header{method: {"GET"}, address: {"/", "/"}}, "X-Original-Url is there twice"},
		{"no URL that is one", "/verify", http.Header{method: {"GET"}, address: {"orders"}}, "X-Original-Url holds no URL"},
	} {
		w := newWorld(t, nginxTells)
		ask := func() { // with a good token, and as a preflight
			for _, with := range []issuertest.Request{func(*http.Request) {}, preflighted} {
				told := func(r *http.Request) { maps.Copy(r.Header, tc.headers) }
				got := w.verify(tc.path, "Bearer "+w.issuer.Token(t), with, told)
				answered(t, tc.name, got, http.StatusInternalServerError)
			}
		}
		ask()
		complaints := func() int { return strings.Count(w.log.String(), `"level":"ERROR"`) }
		if complaints() != 1 || !strings.Contains(w.log.String(), tc.want) {
			t.Errorf("%s: %d complaints, want one of %q:\n%s", tc.name, complaints(), tc.want, w.log)
		}
		w.issuer.Clock.Step(10e9)
		ask()
		if complaints() != 2 {
			t.Errorf("%s: %d complaints after ten seconds, want 2", tc.name, complaints())
		}
	}
}
