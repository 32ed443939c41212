package e2e

import (
	"context"
	"net/http"
	"os"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/test/stack/live"
)

// browserVariable holds the path of a browser.
const browserVariable = "BROWSER_PATH"

// The person of testdata/issuer.yaml.
const (
	username = "alice"
	password = "correct horse battery staple"
)

// login is what an application has of somebody who has logged in.
type login struct{ refreshToken string }

// logsIn tells of a person in front of chromium, twice: one logs out again, of the other the application goes on to have a
// refresh token.
func logsIn(t *testing.T, c *cluster) {
	path := os.Getenv(browserVariable)
	if path == "" {
		t.Skip("without a browser nobody logs in: test/browser/chromium.sh finds one, or installs one, for " + browserVariable)
	}
	live.AwaitReady(t, c.Installation, oauthClient("cli"))
	c.quiet(t, func() {
		a := c.app(t)
		window := openBrowser(t, path, a.gate)
		first := a.logIn(t, window)
		a.asks(t, first)
		window.logOut(t, a.issuer+"/logout?client_id="+a.ClientID)
		if _, err := a.TokenSource(a.ctx(t), &oauth2.Token{RefreshToken: first.RefreshToken}).Token(); err == nil {
			t.Error("there is a token after the logout")
		}
		c.held = &login{refreshToken: a.logIn(t, window).RefreshToken}
	})
}

// app is an application on this machine that people log in to.
type app struct {
	oauth2.Config

	issuer   string
	gate     *gate
	http     *http.Client
	provider *oidc.Provider
}

// app reaches the issuer by a port of this machine. An application is of course told of the issuer by name.
func (c *cluster) app(t *testing.T) *app {
	t.Helper()
	pods := c.settled(t, system, labelled("default"), 2)
	a := &app{issuer: "https://" + host("default"), gate: newGate(t, c.forward(t, &pods[0], 8443), host("default"), c.served(t))}
	a.http = c.through(a.gate.issuer)
	provider, err := oidc.NewProvider(a.ctx(t), a.issuer)
	if err != nil {
		t.Fatal(err)
	}
	a.provider = provider
	a.Config = oauth2.Config{
		ClientID: apps + ".cli", Endpoint: provider.Endpoint(), RedirectURL: a.gate.callback,
		Scopes: []string{"openid", "profile", "orders:read"},
	}
	return a
}

// served is the certificate in the issuer's Secret.
func (c *cluster) served(t *testing.T) []byte {
	t.Helper()
	secret := tlsSecret("default", nil)
	if err := c.Client.Get(t.Context(), client.ObjectKeyFromObject(secret), secret); err != nil {
		t.Fatal(err)
	}
	return secret.Data[corev1.TLSCertKey]
}

func (a *app) ctx(t *testing.T) context.Context {
	return context.WithValue(t.Context(), oauth2.HTTPClient, a.http)
}

// logIn sends a person to the issuer, and redeems the code that comes back (RFC 6749 section 4.1, RFC 7636).
func (a *app) logIn(t *testing.T, window *window) *oauth2.Token {
	t.Helper()
	verifier, state, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	window.logIn(t, a.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce)))
	answer := a.gate.answer(t)
	if answer.Get("state") != state || answer.Get("iss") != a.issuer {
		t.Fatalf("answer %v", answer)
	}
	token, err := a.Exchange(a.ctx(t), answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := a.provider.VerifierContext(a.ctx(t), &oidc.Config{ClientID: a.ClientID}).Verify(a.ctx(t), raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != nonce {
		t.Error("the ID token is of another login")
	}
	return token
}

// asks uses what the application has: it refreshes the tokens, and asks who the person is.
func (a *app) asks(t *testing.T, token *oauth2.Token) {
	t.Helper()
	next, err := a.TokenSource(a.ctx(t), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		t.Fatalf("refresh: %v", err)
	}
	token.RefreshToken = next.RefreshToken
	info, err := a.provider.UserInfo(a.ctx(t), oauth2.StaticTokenSource(next))
	if err != nil {
		t.Fatalf("userinfo: %v", err)
	}
	var claims struct {
		Username string `json:"preferred_username"`
	}
	if err := info.Claims(&claims); err != nil || claims.Username != username {
		t.Errorf("userinfo is about %q: %v", claims.Username, err)
	}
}

// refreshes uses the refresh token that was sealed a while ago.
func (l *login) refreshes(t *testing.T, c *cluster) {
	t.Helper()
	c.app(t).asks(t, &oauth2.Token{RefreshToken: l.refreshToken})
}
