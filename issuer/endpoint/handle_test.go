package endpoint_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/throttle"
)

// MD-10, X-08: what is not there says nothing, and what is there says how to ask.
func TestMethods(t *testing.T) {
	server := issuertest.New(t)
	for _, tc := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"POST", "/", 405, "GET, HEAD, OPTIONS"},
		{"GET", "//", 404, ""},
		{"GET", "/nothing", 404, ""},
		{"OPTIONS", "/nothing", 404, ""},
		{"GET", "//jwks", 404, ""},
		{"GET", "/jwks/", 404, ""},
		{"GET", "/x/../jwks", 404, ""},
		{"GET", "/.well-known/", 404, ""},
		{"OPTIONS", "/token", 204, "POST, OPTIONS"},
		{"HEAD", "/token", 405, "POST, OPTIONS"},
		{"DELETE", "/introspect", 405, "POST, OPTIONS"},
		{"POST", "/jwks", 405, "GET, HEAD, OPTIONS"},
		{"OPTIONS", "/jwks", 204, "GET, HEAD, OPTIONS"},
		{"TRACE", "/.well-known/openid-configuration", 405, "GET, HEAD, OPTIONS"},
		{"POST", "/healthz", 405, "GET, HEAD, OPTIONS"},
	} {
		w := server.Do(httptest.NewRequest(tc.method, tc.path, nil))
		if w.Code != tc.status || w.Header().Get("Allow") != tc.allow {
			t.Errorf("%s %s: status %d, Allow %q, want %d, %q", tc.method, tc.path, w.Code, w.Header().Get("Allow"), tc.status, tc.allow)
		}
		if tc.status == http.StatusNotFound && (w.Body.Len() > 0 || len(w.Header()) > 0) {
			t.Errorf("%s %s tells something: %v %s", tc.method, tc.path, w.Header(), w.Body)
		}
	}
}

func TestHealth(t *testing.T) {
	server := issuertest.New(t, issuertest.Bare())
	expect := func(step, path string, status int, body string) {
		t.Helper()
		if w := server.Get(path); w.Code != status || strings.TrimSpace(w.Body.String()) != body {
			t.Errorf("%s: %s: status %d: %s, want %d: %s", step, path, w.Code, w.Body, status, body)
		}
	}
	expect("start", "/healthz", 200, "ok")
	expect("start", "/readyz", 503, "waiting for the API server")
	server.Readiness.Synced()
	expect("synced", "/readyz", 503, "waiting for the issuer's configuration")
	if w := server.Get("/jwks"); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("key set before there is one: status %d", w.Code)
	}
	server.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, Algorithms: []string{keys.ES256}})
	expect("configured", "/readyz", 503, "waiting for the issuer's signing keys")
	server.UseRing(t, issuertest.NewRing(t, 1, keys.ES256))
	expect("complete", "/readyz", 200, "ok")
	if w := server.Get("/jwks"); w.Header().Get("Connection") != "" {
		t.Errorf("Connection: %s, before anybody drains", w.Header().Get("Connection"))
	}
	server.Readiness.Drain()
	expect("draining", "/readyz", 503, "draining")
	expect("draining", "/healthz", 200, "ok")
	if w := server.Get("/jwks"); w.Code != http.StatusOK || w.Header().Get("Connection") != "close" {
		t.Errorf("while draining: status %d, Connection: %q; want the answer, and then the end", w.Code, w.Header().Get("Connection"))
	}
}

// What was known before a start stands in for what the API server has not told, until it may not any more.
func TestStandIn(t *testing.T) {
	server := issuertest.New(t, issuertest.Bare())
	server.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, Algorithms: []string{keys.ES256}})
	server.UseRing(t, issuertest.NewRing(t, 1, keys.ES256))
	server.Readiness.Await(2)
	for _, step := range []struct {
		name string
		do   func()
		want int
	}{
		{"at the start", func() {}, 503},
		{"from a snapshot", func() { server.Readiness.StandIn(true) }, 200},
		{"one part has come", server.Readiness.Synced, 200},
		{"too old", func() { server.Readiness.StandIn(false) }, 503},
		{"the other part has come", server.Readiness.Synced, 200},
	} {
		step.do()
		if w := server.Get("/readyz"); w.Code != step.want {
			t.Errorf("%s: status %d: %s, want %d", step.name, w.Code, w.Body, step.want)
		}
	}
}

func TestSeparateOperations(t *testing.T) {
	server := issuertest.New(t, issuertest.With(func(c *issuer.Config) { c.SeparateOperations = true }))
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		if w := server.Get(path); w.Code != http.StatusNotFound {
			t.Errorf("%s on the public listener: status %d", path, w.Code)
		}
		w := httptest.NewRecorder()
		server.Operations.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	server.Operations.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/jwks", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("the key set among the operations: status %d", w.Code)
	}
}

func TestMetrics(t *testing.T) {
	server := issuertest.New(t)
	server.Token(t)
	server.PostForm("/token", issuertest.ClientCredentials, issuertest.Basic("nobody", "x"))
	server.Get("/nothing")
	exposition := server.Get("/metrics").Body.String()
	for _, line := range []string{
		`tokenwright_issuer_requests_total{code="200",endpoint="token"} 1`,
		`tokenwright_issuer_requests_total{code="401",endpoint="token"} 1`,
		`tokenwright_issuer_requests_total{code="404",endpoint="unknown"} 1`,
		`tokenwright_issuer_refusals_total{endpoint="token",error="invalid_client"} 1`,
		`tokenwright_issuer_tokens_issued_total{grant_type="client_credentials"} 1`,
		`tokenwright_issuer_registrations 2`,
	} {
		if !strings.Contains(exposition, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	for _, secret := range []string{issuertest.ClientID, "nobody"} {
		if strings.Contains(exposition, secret) {
			t.Errorf("X-17: %q in the metrics", secret)
		}
	}
}

// lines decodes the log.
func lines(t *testing.T, log string) []map[string]any {
	t.Helper()
	var all []map[string]any
	for scanner := bufio.NewScanner(strings.NewReader(log)); scanner.Scan(); {
		var line map[string]any
		if err := json.Unmarshal(scanner.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, scanner.Text())
		}
		delete(line, "time")
		all = append(all, line)
	}
	return all
}

func TestAudit(t *testing.T) {
	server := issuertest.New(t)
	token := server.Token(t)
	_, claims := claimsOf(t, server, token)
	server.PostForm("/token", issuertest.Form("grant_type", "client_credentials", "scope", "admin"))
	server.PostForm("/token", issuertest.ClientCredentials, issuertest.Basic("nobody", "x"))
	server.Introspect(token)
	server.Introspect("garbage")
	server.PostForm("/introspect", issuertest.Form("token", token), issuertest.Basic(issuertest.GuardID, "x"))
	server.Get("/token")
	const source = "192.0.2.1"
	if diff := cmp.Diff([]map[string]any{
		{"level": "INFO", "msg": "token.issued", "clientID": issuertest.ClientID, "grantType": "client_credentials", "scope": "orders:read", "audience": issuertest.Audience, "tokenID": claims["jti"], "keyID": server.Ring.Keys[0].JWK.KeyID, "expiresIn": 600.0, "sourceIP": source},
		{"level": "INFO", "msg": "token.refused", "clientID": issuertest.ClientID, "grantType": "client_credentials", "error": "invalid_scope", "description": "not granted to this client: admin", "sourceIP": source},
		{"level": "INFO", "msg": "token.refused", "registration": registration.SecretName(issuertest.Name, "nobody"), "grantType": "client_credentials", "error": "invalid_client", "description": "client authentication failed", "sourceIP": source},
		{"level": "INFO", "msg": "introspection.answered", "clientID": issuertest.GuardID, "active": "true", "tokenID": claims["jti"], "sourceIP": source},
		{"level": "INFO", "msg": "introspection.answered", "clientID": issuertest.GuardID, "active": "false", "cause": "token refused: malformed", "sourceIP": source},
		{"level": "INFO", "msg": "introspection.refused", "clientID": issuertest.GuardID, "error": "invalid_client", "description": "client authentication failed", "sourceIP": source},
	}, lines(t, server.Log.String())); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func TestAuditOfThrottling(t *testing.T) {
	server := issuertest.New(t, issuertest.With(func(c *issuer.Config) {
		c.Proxies = throttle.Proxies{netip.MustParsePrefix("192.0.2.0/24")}
	}))
	for range 21 {
		server.PostForm("/token", issuertest.ClientCredentials, issuertest.Basic("nobody", "x"), issuertest.Header("X-Forwarded-For", "198.51.100.7"))
	}
	all := lines(t, server.Log.String())
	last := all[len(all)-1]
	if last["msg"] != "client.throttled" || last["sourceIP"] != "198.51.100.7" {
		t.Errorf("%v", last)
	}
}

// whatever is sent, however wrong, no secret and no token reaches the log, not even from a panic.
func TestNoSecretsInLogs(t *testing.T) {
	server := issuertest.New(t, issuertest.With(func(c *issuer.Config) { c.Reader = panicking{} }))
	const canary = "tw_cs_canary-canary-canary-canary-canary-canary-c"
	token := server.Token(t)
	tampered := token[:len(token)-4] + "AAAA"
	pairs := func(name, value string) []string {
		return []string{"grant_type", "client_credentials", "token", "x", name, value}
	}
	for _, path := range []string{"/token", "/introspect"} {
		for _, name := range []string{
			"client_secret", "client_id", "client_assertion", "token", "code", "password", "refresh_token", "assertion",
			"subject_token", "actor_token", "code_verifier", "device_code", "token_type_hint", "unknown", canary,
		} {
			for _, value := range []string{canary, token, tampered} {
				server.PostForm(path, issuertest.Form(pairs(name, value)...))
				server.PostForm(path, issuertest.Form(pairs(name, value)...), issuertest.Anonymous)
				server.PostForm(path, issuertest.Form(append(pairs(name, value), "client_id", "x")...), issuertest.Anonymous)
				server.PostForm(path+"?"+issuertest.Form(name, value).Encode(), issuertest.Form(pairs("x", "y")...))
			}
		}
		for _, value := range []string{canary, token} {
			server.PostForm(path, issuertest.Form(pairs("x", "y")...), issuertest.Basic(value, value))
			server.PostForm(path, issuertest.Form(pairs("x", "y")...), issuertest.Basic(issuertest.ClientID, value))
			server.PostForm(path, issuertest.Form(pairs("x", "y")...), issuertest.Basic(value, issuertest.ClientID))
			server.PostForm(path, issuertest.Form(pairs("x", "y")...), issuertest.Header("Authorization", "Bearer "+value))
			server.PostForm(path, issuertest.Form(pairs("x", "y")...), issuertest.Header("Authorization", value))
		}
	}
	for i := range 5 {
		server.Introspect(tampered[:len(tampered)-i])
		server.Introspect(token)
	}
	log := server.Log.String()
	for name, secret := range map[string]string{
		"the canary": "canary", "the client's secret": issuertest.ClientSecret, "the guard's secret": issuertest.GuardSecret,
		"a token's signature": token[strings.LastIndex(token, ".")+1:][:40], "a token's claims": strings.Split(token, ".")[1],
		"the value of a panic": "in-a-panic",
	} {
		if at := strings.Index(log, secret); at >= 0 {
			t.Errorf("%s is in the log: %s", name, log[max(0, at-300):min(len(log), at+100)])
		}
	}
	if !strings.Contains(log, "Panicking while serving a request") {
		t.Error("no panic was logged, so this proves less than it says")
	}
}

// Requests go on while everything changes.
func TestRequestsDuringChanges(t *testing.T) {
	server := issuertest.New(t)
	rings := []keys.Ring{server.Ring, server.Ring}
	rings[1].Keys = append(issuertest.NewRing(t, 2, keys.EdDSA).Keys, rings[0].Keys...)
	var requests, changes sync.WaitGroup
	done := make(chan struct{})
	changes.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				server.UseRing(t, rings[i%2])
				server.Register(issuertest.Client())
				server.Register(issuertest.NewRegistration(fmt.Sprint("other-", i%50), "x"))
				server.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, Algorithms: []string{keys.ES256}})
			}
		}
	})
	for range 4 {
		requests.Go(func() {
			for range 200 {
				w := server.PostForm("/token", issuertest.ClientCredentials)
				if w.Code != http.StatusOK {
					t.Errorf("token: status %d: %s", w.Code, w.Body)
					return
				}
				answer := issuertest.JSON(t, w)
				if w := server.Introspect(answer["access_token"].(string)); !strings.HasPrefix(w.Body.String(), `{"active":true,`) {
					t.Errorf("introspection: status %d: %s", w.Code, w.Body)
				}
				if w := server.Get("/jwks"); w.Code != http.StatusOK {
					t.Errorf("key set: status %d", w.Code)
				}
			}
		})
	}
	requests.Wait()
	close(done)
	changes.Wait()
}
