package endpoint_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
)

// IN-03: all that RFC 7662 section 2.2 knows of such a token.
func TestIntrospection(t *testing.T) {
	for _, algorithm := range []string{keys.ES256, keys.RS256, keys.EdDSA} {
		t.Run("IN-03, IN-06 "+algorithm, func(t *testing.T) {
			server := issuertest.New(t, issuertest.Signing(algorithm))
			token := server.Token(t)
			w := server.Introspect(token)
			answer := issuertest.JSON(t, w)
			_, claims := claimsOf(t, server, token)
			if diff := cmp.Diff(map[string]any{
				"active": true, "scope": "orders:read", "client_id": issuertest.ClientID, "token_type": "Bearer",
				"exp": claims["exp"], "iat": claims["iat"], "sub": issuertest.ClientID, "aud": issuertest.Audience,
				"iss": issuertest.URL, "jti": claims["jti"],
			}, answer); diff != "" || w.Code != http.StatusOK {
				t.Errorf("status %d, answer (-want +got):\n%s", w.Code, diff)
			}
			if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("X-02, X-03: headers %v", w.Header())
			}
		})
	}
}

// A token for several resources is active for each that the caller guards, and names them all.
func TestIntrospectionOfSeveralAudiences(t *testing.T) {
	server := issuertest.New(t)
	answer := issuertest.JSON(t, server.Introspect(server.Token(t, "resource", "https://stock.example", "resource", issuertest.Audience)))
	if diff := cmp.Diff([]any{"https://stock.example", issuertest.Audience}, answer["aud"]); diff != "" {
		t.Errorf("aud (-want +got):\n%s", diff)
	}
}

// TestInactive holds a row for each reason that a token is not active. The caller learns none of them.
func TestInactive(t *testing.T) {
	for _, tc := range []struct {
		name   string
		token  func(*testing.T, *issuertest.Server) string
		change issuertest.Request
	}{
		{"IN-02 garbage", func(*testing.T, *issuertest.Server) string { return "garbage" }, nil},
		{"IN-02 another issuer", func(t *testing.T, server *issuertest.Server) string {
			other := issuertest.New(t, issuertest.AtURL("https://other.example"))
			other.UseRing(t, server.Ring)
			return other.Token(t)
		}, nil},
		{"IN-02 another key", func(t *testing.T, _ *issuertest.Server) string { return issuertest.New(t).Token(t) }, nil},
		{"IN-02 expired", func(t *testing.T, server *issuertest.Server) string {
			token := server.Token(t)
			server.Clock.Step(10*time.Minute + 2*keys.Skew)
			return token
		}, nil},
		{"IN-02 altered", func(t *testing.T, server *issuertest.Server) string {
			token := server.Token(t)
			head, rest, _ := strings.Cut(token, ".")
			return head + "." + strings.Replace(rest, "a", "b", 1)
		}, nil},
		{"KY-05 key removed", func(t *testing.T, server *issuertest.Server) string {
			token := server.Token(t)
			server.UseRing(t, issuertest.NewRing(t, 2, keys.ES256))
			return token
		}, nil},
		{"client gone", func(t *testing.T, server *issuertest.Server) string {
			token := server.Token(t)
			server.Unregister(issuertest.ClientID)
			return token
		}, nil},
		{"IN-04 another resource", func(t *testing.T, server *issuertest.Server) string {
			return server.Token(t, "resource", "https://stock.example")
		}, nil},
		{"IN-02 the caller guards nothing", func(t *testing.T, server *issuertest.Server) string { return server.Token(t) },
			issuertest.Basic(issuertest.ClientID, issuertest.ClientSecret)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := issuertest.New(t)
			token := tc.token(t, server)
			changes := []issuertest.Request{}
			if tc.change != nil {
				changes = append(changes, tc.change)
			}
			w := server.Introspect(token, changes...)
			if w.Code != http.StatusOK || w.Body.String() != `{"active":false}` {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("X-02: headers %v", w.Header())
			}
		})
	}
}

// A key that no longer signs still verifies, until it leaves the ring (KY-03).
func TestIntrospectionAfterRotation(t *testing.T) {
	server := issuertest.New(t)
	token := server.Token(t)
	ring := issuertest.NewRing(t, 2, keys.RS256)
	old := server.Ring.Keys[0]
	old.SignUntil, old.LastExpiry = issuertest.Start, issuertest.Start.Add(time.Hour)
	ring.Keys = append(ring.Keys, old)
	server.UseRing(t, ring)
	if answer := issuertest.JSON(t, server.Introspect(token)); answer["active"] != true {
		t.Errorf("%v", answer)
	}
	if header, _ := claimsOf(t, server, server.Token(t)); header.Algorithm != keys.RS256 {
		t.Errorf("signed by %s, want the active key", header.Algorithm)
	}
}

func TestIntrospectionRefusals(t *testing.T) {
	for _, tc := range []struct {
		name   string
		pairs  []string
		change issuertest.Request
		status int
		code   oauth.Code
	}{
		{"IN-01 anonymous", []string{"token", "x"}, issuertest.Anonymous, 401, oauth.InvalidClient},
		{"IN-01 wrong secret", []string{"token", "x"}, issuertest.Basic(issuertest.GuardID, "wrong"), 401, oauth.InvalidClient},
		{"IN-01 the token alone", []string{"token", "x"}, issuertest.Header("Authorization", "Bearer x"), 401, oauth.InvalidClient},
		{"no token", nil, nil, 400, oauth.InvalidRequest},
		{"X-06 empty token", []string{"token", ""}, nil, 400, oauth.InvalidRequest},
		{"X-07 two tokens", []string{"token", "x", "token", "y"}, nil, 400, oauth.InvalidRequest},
		{"X-08 GET", []string{"token", "x"}, func(r *http.Request) { r.Method = http.MethodGet }, 405, oauth.InvalidRequest},
		{"X-09 token in the query", []string{"token", "x"}, func(r *http.Request) { r.URL.RawQuery = "token=x" }, 400, oauth.InvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			changes := []issuertest.Request{issuertest.Basic(issuertest.GuardID, issuertest.GuardSecret)}
			if tc.change != nil {
				changes = append(changes, tc.change)
			}
			w := issuertest.New(t).PostForm("/introspect", issuertest.Form(tc.pairs...), changes...)
			answer := issuertest.JSON(t, w)
			if w.Code != tc.status || answer["error"] != string(tc.code) {
				t.Errorf("status %d: %v, want %d %s", w.Code, answer, tc.status, tc.code)
			}
			checkRefusal(t, w, answer)
		})
	}
}

// IN-10: a search for tokens is slowed down, and active tokens are answered all the while.
func TestIntrospectionThrottle(t *testing.T) {
	server := issuertest.New(t)
	token := server.Token(t)
	statuses := map[int]int{}
	for range 1100 {
		w := server.Introspect("garbage")
		statuses[w.Code]++
		if w.Code == http.StatusTooManyRequests {
			checkRefusal(t, w, issuertest.JSON(t, w))
		}
	}
	if diff := cmp.Diff(map[int]int{200: 1000, 429: 100}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if answer := issuertest.JSON(t, server.Introspect(token)); answer["active"] != true {
		t.Errorf("%v", answer)
	}
}

func BenchmarkIntrospection(b *testing.B) {
	server := issuertest.New(b)
	token := server.Token(b)
	b.ReportAllocs()
	for b.Loop() {
		if w := server.Introspect(token); w.Code != http.StatusOK {
			b.Fatalf("status %d: %s", w.Code, w.Body)
		}
	}
}
