package endpoint_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
)

const introspectionJWT = "application/token-introspection+jwt"

// useTwoKeys gives the server a ring of ES256, which signs access tokens, and RS256.
func useTwoKeys(t *testing.T, server *issuertest.Server) {
	t.Helper()
	ring := issuertest.NewRing(t, 2, keys.ES256)
	ring.Keys = append(ring.Keys, issuertest.NewRing(t, 2, keys.RS256).Keys...)
	server.UseRing(t, ring)
}

// OI-17: a client that is registered for it gets what everybody else gets, signed, and for it alone.
func TestSignedUserinfo(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	useTwoKeys(t, server)
	web := issuertest.Web()
	web.UserInfoAlgorithm = keys.RS256
	server.Register(web)
	tokens := redeem(t, server, logIn(t, server.NewBrowser(t), request("scope", "openid email orders:read")).Get("code"))
	bearer := issuertest.Header("Authorization", "Bearer "+tokens["access_token"].(string))
	_, id := claimsOf(t, server, tokens["id_token"].(string))
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		w := server.Get("/userinfo", bearer, func(r *http.Request) { r.Method = method })
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/jwt" || w.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: status %d, headers %v: %s", method, w.Code, w.Header(), w.Body)
		}
		header, claims := claimsOf(t, server, w.Body.String())
		if header.Algorithm != keys.RS256 || header.ExtraHeaders["typ"] != "JWT" {
			t.Errorf("%s: header %+v", method, header)
		}
		want := map[string]any{"iss": issuertest.URL, "aud": issuertest.WebID, "sub": id["sub"], "email": "alice@example.org", "email_verified": true}
		if diff := cmp.Diff(want, claims); diff != "" {
			t.Errorf("%s: claims (-want +got):\n%s", method, diff)
		}
		// It is no token of any kind.
		if again := server.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+w.Body.String())); again.Code != http.StatusUnauthorized {
			t.Errorf("%s: taken for an access token: status %d", method, again.Code)
		}
		if answer := server.NewBrowser(t).Visit(request("id_token_hint", w.Body.String())).Answer(t); answer.Get("error") != "invalid_request" {
			t.Errorf("%s: taken for an ID token: %v", method, answer)
		}
	}
}

// IN-07, IN-08: what is told of a token, one level down, for whoever asks for it signed.
func TestSignedIntrospection(t *testing.T) {
	for _, tc := range []struct{ name, registered, want string }{
		{"that of access tokens", "", keys.ES256},
		{"the registered one", keys.RS256, keys.RS256},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := issuertest.New(t)
			useTwoKeys(t, server)
			guard := issuertest.Guard()
			guard.IntrospectionAlgorithm = tc.registered
			server.Register(guard)
			for token, plain := range map[string]map[string]any{server.Token(t): nil, "garbage": {"active": false}} {
				if plain == nil {
					plain = issuertest.JSON(t, server.Introspect(token))
				}
				w := server.Introspect(token, issuertest.Header("Accept", introspectionJWT))
				if w.Code != http.StatusOK || w.Header().Get("Content-Type") != introspectionJWT || w.Header().Get("Cache-Control") != "no-store" {
					t.Fatalf("status %d, headers %v: %s", w.Code, w.Header(), w.Body)
				}
				header, claims := claimsOf(t, server, w.Body.String())
				if header.Algorithm != tc.want || header.ExtraHeaders["typ"] != "token-introspection+jwt" {
					t.Errorf("header %+v", header)
				}
				want := map[string]any{
					"iss": issuertest.URL, "aud": issuertest.GuardID, "iat": float64(issuertest.Start.Unix()), "token_introspection": plain,
				}
				if diff := cmp.Diff(want, claims); diff != "" {
					t.Errorf("claims (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// IN-01, IN-07, IN-08: nobody gets a signed answer without asking, nor any answer without authenticating.
func TestUnsignedIntrospection(t *testing.T) {
	server := issuertest.New(t)
	for name, accept := range map[string]string{
		"anything": "*/*", "JSON": "application/json", "JSON rather": "application/json, " + introspectionJWT + ";q=0.5", "another JWT": "application/jwt",
	} {
		w := server.Introspect(server.Token(t), issuertest.Header("Accept", accept))
		if w.Header().Get("Content-Type") != "application/json" || issuertest.JSON(t, w)["active"] != true {
			t.Errorf("%s: status %d, headers %v: %s", name, w.Code, w.Header(), w.Body)
		}
	}
	w := server.Introspect(server.Token(t), issuertest.Header("Accept", introspectionJWT), issuertest.Anonymous)
	if w.Code != http.StatusUnauthorized || w.Header().Get("Content-Type") != "application/json" {
		t.Errorf("anonymous: status %d, headers %v: %s", w.Code, w.Header(), w.Body)
	}
}

// IN-09: a signed answer is no access token, no ID token and no client assertion.
func TestSignedIntrospectionIsNoToken(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	guard := issuertest.Guard()
	guard.Guards = append(guard.Guards, issuertest.GuardID) // the aud of the answer
	server.Register(guard)
	answer := server.Introspect(server.Token(t), issuertest.Header("Accept", introspectionJWT)).Body.String()
	server.Clock.Step(time.Second)
	if w := server.Introspect(answer); w.Body.String() != `{"active":false}` {
		t.Errorf("introspected: %s", w.Body)
	}
	if w := server.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+answer)); w.Code != http.StatusUnauthorized {
		t.Errorf("userinfo: status %d: %s", w.Code, w.Body)
	}
	if got := server.NewBrowser(t).Visit(request("id_token_hint", answer)).Answer(t); got.Get("error") != "invalid_request" {
		t.Errorf("id_token_hint: %v", got)
	}
	w := server.PostForm("/token", issuertest.Form("grant_type", "client_credentials", "client_assertion", answer,
		"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), issuertest.Anonymous)
	if w.Code != http.StatusUnauthorized && w.Code != http.StatusBadRequest {
		t.Errorf("client assertion: status %d: %s", w.Code, w.Body)
	}
}
