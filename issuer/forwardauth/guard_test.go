package forwardauth_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
)

const (
	bare         = `Bearer realm="tokenwright"`
	invalidToken = bare + `, error="invalid_token", error_description="the access token is malformed, expired, revoked or not for this"`
)

// lacks is the challenge for a token without all of these scopes.
func lacks(scopes string) string {
	return fmt.Sprintf(`%s, error="insufficient_scope", error_description="the access token lacks scope %s", scope="%s"`, bare, scopes, scopes)
}

// TestVerify is the specification: requests and their answers. TOKEN has the scope orders:read, BOTH also orders:write.
func TestVerify(t *testing.T) {
	for _, tc := range []struct {
		name, path, authorization string
		status                    int
		challenge                 string
	}{
		{"a good token", "/verify", "Bearer TOKEN", 200, ""},
		{"the scheme in any case", "/verify", "bEARER TOKEN", 200, ""},
		{"a scope", "/verify/scope/orders:read", "Bearer TOKEN", 200, ""},
		{"both scopes", "/verify/scope/orders:write+orders:read", "Bearer BOTH", 200, ""},
		{"a scope too few", "/verify/scope/orders:read+orders:write", "Bearer TOKEN", 403, lacks("orders:read orders:write")},
		{"no token", "/verify", "", 401, bare},
		{"another scheme", "/verify", "Basic c2hvcDpzZWNyZXQ=", 401, bare},
		{"nothing behind the scheme", "/verify", "Bearer", 401, invalidToken},
		{"garbage", "/verify", "Bearer garbage", 401, invalidToken},
		{"two tokens in one header", "/verify", "Bearer TOKEN,Bearer TOKEN", 401, invalidToken},
		{"a token with something behind it", "/verify", "Bearer TOKEN x", 401, invalidToken},
		{"an altered token", "/verify", "Bearer TOKENx", 401, invalidToken},
		{"100 KB", "/verify", "Bearer " + strings.Repeat("a", 100<<10), 401, invalidToken},
		{"no token for a scope", "/verify/scope/orders:read", "", 401, bare},
		{"a scope in the query", "/verify?scope=orders:write", "Bearer TOKEN", 500, ""},
		{"a query that is empty", "/verify?", "Bearer TOKEN", 500, ""},
		{"a token in the query", "/verify?access_token=TOKEN", "", 500, ""},
		{"another spelling", "/verify/Scope/orders:write", "Bearer TOKEN", 500, ""},
		{"something behind a scope", "/verify/scope/orders:read/orders/1", "Bearer TOKEN", 500, ""},
		{"dots before", "/x/../verify", "Bearer TOKEN", 500, ""},
		{"no scope", "/verify/scope/", "Bearer TOKEN", 500, ""},
		{"another path", "/", "Bearer TOKEN", 500, ""},
		{"what operations answer", "/healthz", "", 500, ""},
		{"what operations answer, too", "/metrics", "", 500, ""},
		{"what is not configured", "/.well-known/oauth-protected-resource", "", 500, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			tokens := strings.NewReplacer("TOKEN", w.issuer.Token(t), "BOTH", w.issuer.Token(t, "scope", "orders:read orders:write"))
			got := w.verify(tokens.Replace(tc.path), tokens.Replace(tc.authorization))
			answered(t, tc.name, got, tc.status)
			if challenge := got.Header().Get("WWW-Authenticate"); challenge != tc.challenge {
				t.Errorf("challenge %q, want %q", challenge, tc.challenge)
			}
		})
	}
}

// TestIntroduction is what the application behind the proxy learns, whatever the client would have it believe.
func TestIntroduction(t *testing.T) {
	w := newWorld(t)
	got := w.verify("/verify", "Bearer "+w.issuer.Token(t), issuertest.Header("X-Auth-Subject", "root"), issuertest.Header("X-Auth-Other", "x"))
	want := http.Header{
		"Cache-Control": {"no-store"}, "Content-Length": {"0"},
		"X-Auth-Subject": {issuertest.ClientID}, "X-Auth-Client-Id": {issuertest.ClientID}, "X-Auth-Scope": {"orders:read"},
		"X-Auth-Expires": {fmt.Sprint(issuertest.Start.Add(10 * time.Minute).Unix())},
	}
	if diff := cmp.Diff(want, got.Header()); diff != "" || got.Code != http.StatusOK {
		t.Errorf("status %d, headers (-want +got):\n%s", got.Code, diff)
	}
}

// What the issuer does not tell is told to be empty, so that a header of the client's never takes its place.
func TestEmptyIntroduction(t *testing.T) {
	w := newWorld(t)
	token := w.issuer.Token(t)
	w.replace(w.introspects(http.StatusOK, `{"active":true}`))
	got := w.verify("/verify", "Bearer "+token)
	answered(t, "active and no more", got, http.StatusOK)
	for _, name := range []string{"X-Auth-Subject", "X-Auth-Client-Id", "X-Auth-Scope", "X-Auth-Expires"} {
		if diff := cmp.Diff([]string{""}, got.Header().Values(name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Every method of the original request is as good as another, and no body is read.
func TestMethods(t *testing.T) {
	w := newWorld(t)
	token := w.issuer.Token(t)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"} {
		r := httptest.NewRequest(method, "/verify", strings.NewReader("access_token="+token))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		rw := httptest.NewRecorder()
		w.ServeHTTP(rw, r)
		answered(t, method+" with a token in the body", rw, http.StatusUnauthorized)
		answered(t, method, w.verify("/verify", "Bearer "+token, func(r *http.Request) { r.Method = method }), http.StatusOK)
	}
}

func TestTwoAuthorizationHeaders(t *testing.T) {
	w := newWorld(t)
	token := "Bearer " + w.issuer.Token(t)
	for _, second := range []string{token, "Bearer garbage", "Basic c2hvcDpzZWNyZXQ="} {
		got := w.verify("/verify", token, func(r *http.Request) { r.Header.Add("Authorization", second) })
		answered(t, "a second header "+second, got, http.StatusUnauthorized)
	}
	if asked := w.asked.Load(); asked > 0 {
		t.Errorf("the issuer was asked %d times", asked)
	}
}

// TestNoLongerGood has a row for each way in which a good token ends, and for tokens that were for somebody else.
func TestNoLongerGood(t *testing.T) {
	for _, tc := range []struct {
		name  string
		token func(*testing.T, *issuertest.Server) string
	}{
		{"expired", func(t *testing.T, server *issuertest.Server) string {
			token := server.Token(t)
			server.Clock.Step(10*time.Minute + 2*keys.Skew)
			return token
		}},
		{"its client is gone", func(t *testing.T, server *issuertest.Server) string {
			token := server.Token(t)
			server.Unregister(issuertest.ClientID)
			return token
		}},
		{"of another issuer", func(t *testing.T, _ *issuertest.Server) string { return issuertest.New(t).Token(t) }},
		{"for another resource", func(t *testing.T, server *issuertest.Server) string {
			return server.Token(t, "resource", "https://stock.example")
		}},
	} {
		w := newWorld(t)
		got := w.verify("/verify", "Bearer "+tc.token(t, w.issuer))
		answered(t, tc.name, got, http.StatusUnauthorized)
		if challenge := got.Header().Get("WWW-Authenticate"); challenge != invalidToken {
			t.Errorf("%s: challenge %q", tc.name, challenge)
		}
	}
}

func TestAudiences(t *testing.T) {
	const stock = "https://stock.example"
	for _, tc := range []struct {
		name      string
		audiences []string
		want      int
	}{
		{"whatever the client guards", nil, 200},
		{"its first", []string{issuertest.Audience}, 200},
		{"one of several", []string{"https://x.example", stock}, 200},
		{"none", []string{"https://x.example", issuertest.Audience + "/"}, 401},
	} {
		w := newWorld(t, func(c *forwardauth.Config) { c.Audiences = tc.audiences })
		token := w.issuer.Token(t, "resource", issuertest.Audience, "resource", stock)
		answered(t, tc.name, w.verify("/verify", "Bearer "+token), tc.want)
	}
}

// One introspection a request, and the metadata but once.
func TestConstantWork(t *testing.T) {
	w := newWorld(t)
	token := w.issuer.Token(t)
	for range 10 {
		answered(t, "a good token", w.verify("/verify", "Bearer "+token), http.StatusOK)
		answered(t, "garbage", w.verify("/verify", "Bearer garbage"), http.StatusUnauthorized)
	}
	if got := w.asked.Load(); got != 21 {
		t.Errorf("the issuer was asked %d times, want once for its metadata and 20 times for tokens", got)
	}
	for line, want := range map[string]int{
		`tokenwright_forward_auth_answers_total{code="200"}`:                10,
		`tokenwright_forward_auth_answers_total{code="401"}`:                10,
		`tokenwright_forward_auth_introspections_total{outcome="active"}`:   10,
		`tokenwright_forward_auth_introspections_total{outcome="inactive"}`: 10,
		`tokenwright_forward_auth_cache_hits_total`:                         0,
	} {
		if got := w.counted(t, line); got != want {
			t.Errorf("%s %d, want %d", line, got, want)
		}
	}
}

// A cached answer spares the issuer, is no answer to other requirements, and notices a revocation that much later.
func TestCache(t *testing.T) {
	w := newWorld(t, func(c *forwardauth.Config) { c.Cache = time.Minute })
	token := "Bearer " + w.issuer.Token(t)
	for range 3 {
		answered(t, "remembered", w.verify("/verify", token), http.StatusOK)
	}
	answered(t, "another scope", w.verify("/verify/scope/orders:write", token), http.StatusForbidden)
	answered(t, "garbage", w.verify("/verify", "Bearer garbage"), http.StatusUnauthorized)
	answered(t, "garbage again", w.verify("/verify", "Bearer garbage"), http.StatusUnauthorized)
	if got, hits := w.asked.Load(), w.counted(t, "tokenwright_forward_auth_cache_hits_total"); got != 4 || hits != 3 {
		t.Errorf("the issuer was asked %d times, %d hits; want 4 and 3", got, hits)
	}
	w.issuer.Unregister(issuertest.ClientID)
	answered(t, "ended", w.verify("/verify", token), http.StatusOK)
	w.issuer.Clock.Step(time.Minute)
	answered(t, "ended a minute ago", w.verify("/verify", token), http.StatusUnauthorized)
}

// Neither tokens nor secrets get into the log, not at debug either; a refusal is a line there.
func TestLogKeepsSecrets(t *testing.T) {
	w := newWorld(t)
	token := w.issuer.Token(t)
	for _, authorization := range []string{"Bearer " + token, "Bearer " + token + "x", "Bearer garbage!", "Basic c2hvcDpzZWNyZXQ=", ""} {
		w.verify("/verify/scope/orders:write", authorization)
	}
	w.use("wrong-secret")
	w.verify("/verify", "Bearer "+token)
	w.site.Close()
	w.verify("/verify", "Bearer "+token)
	text := w.log.String()
	for _, secret := range []string{token, "garbage", "c2hvcDpzZWNyZXQ", "wrong-secret", issuertest.GuardSecret} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q:\n%s", secret, text)
		}
	}
	if lines := strings.Count(text, `"level":"DEBUG"`); lines != 7 {
		t.Errorf("%d lines at debug, want one for each of 7 refusals:\n%s", lines, text)
	}
}
