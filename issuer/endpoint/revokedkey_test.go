package endpoint_test

import (
	"net/http"
	"strings"
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

// revoke takes all keys of ring out, as the operator does, and puts another in their place.
func revoke(t *testing.T, ring keys.Ring) keys.Ring {
	t.Helper()
	next := issuertest.NewRing(t, ring.Revision+1, ring.Keys[0].JWK.Algorithm)
	for _, k := range ring.Keys {
		next.Revoked = append(next.Revoked, keys.Revoked{KID: k.JWK.KeyID, Algorithm: k.JWK.Algorithm, RevokedAt: issuertest.Start})
	}
	return next
}

// KY-05: with the ring that revokes a signing key, nothing that it signed counts any more at any endpoint, the key set does
// not show it, and the log says why. What is sealed goes on, and the next token is by the next key.
func TestTokensOfARevokedKey(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	tokens := redeem(t, server, logIn(t, server.NewBrowser(t), request()).Get("code"))
	access, leaked := tokens["access_token"].(string), server.Ring.Keys[0].JWK.KeyID
	bearer := issuertest.Header("Authorization", "Bearer "+access)
	if w := server.Get("/userinfo", bearer); w.Code != http.StatusOK {
		t.Fatalf("before: %d", w.Code)
	}
	server.UseRing(t, revoke(t, server.Ring))
	if w := server.Introspect(access); w.Code != http.StatusOK || w.Body.String() != `{"active":false}` {
		t.Errorf("introspection: %d %s", w.Code, w.Body)
	}
	if w := server.Get("/userinfo", bearer); w.Code != http.StatusUnauthorized || !strings.Contains(w.Header().Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("userinfo: %d %v", w.Code, w.Header())
	}
	if w := server.Get("/jwks"); strings.Contains(w.Body.String(), leaked) {
		t.Errorf("the key set still shows the key: %s", w.Body)
	}
	if log := server.Log.String(); !strings.Contains(log, "the key was revoked") {
		t.Errorf("nobody can tell why:\n%s", log)
	}
	refreshed := issuertest.JSON(t, server.PostForm("/token",
		issuertest.Form("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string)),
		issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
	if w := server.Introspect(refreshed["access_token"].(string)); !strings.Contains(w.Body.String(), `"active":true`) {
		t.Errorf("a token by the next key: %s", w.Body)
	}
}

// What is sealed under a revoked key ends at once: refresh tokens, opaque access tokens, codes and sessions.
func TestWhatARevokedKeySealed(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	opaque := issuertest.Web()
	opaque.AccessTokenFormat = registration.FormatOpaque
	server.Register(opaque)
	sealing := issuertest.NewRing(t, 2, keys.XC20P)
	if err := server.Registry.UseSealing(sealing); err != nil {
		t.Fatal(err)
	}
	browser := server.NewBrowser(t)
	tokens := redeem(t, server, logIn(t, browser, request()).Get("code"))
	code := browser.Visit(request()).Answer(t).Get("code")
	if code == "" {
		t.Fatal("no session to lose")
	}
	if err := server.Registry.UseSealing(revoke(t, sealing)); err != nil {
		t.Fatal(err)
	}
	if w := server.Introspect(tokens["access_token"].(string)); w.Body.String() != `{"active":false}` {
		t.Errorf("an opaque access token: %s", w.Body)
	}
	refreshed := issuertest.JSON(t, server.PostForm("/token",
		issuertest.Form("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string)),
		issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
	if refreshed["error"] != "invalid_grant" {
		t.Errorf("a refresh token: %v", refreshed)
	}
	if redeemed := redeem(t, server, code); redeemed["error"] != "invalid_grant" {
		t.Errorf("a code: %v", redeemed)
	}
	if page := browser.Visit(request()); !strings.HasPrefix(page.URL.Path, "/login") {
		t.Errorf("a session: at %v", page.URL)
	}
	if log := server.Log.String(); strings.Count(log, "sealed under a key that was revoked") < 3 {
		t.Errorf("nobody can tell why:\n%s", log)
	}
}
