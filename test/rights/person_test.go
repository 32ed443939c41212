package rights

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// The user of the samples.
const (
	username = "alice"
	password = "correct horse battery staple"
)

// person uses the command line of the samples, a public client whose refresh tokens rotate.
type person struct {
	*live.Installation

	browser *issuertest.Browser
	app     oauth2.Config
}

func newPerson(t *testing.T, in *live.Installation) *person {
	t.Helper()
	oc := live.AwaitReady(t, in, build.OAuthClient("team-shop/orders-cli"))
	endpoint := in.Provider(t, in.IssuerURL).Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInParams
	return &person{
		Installation: in, browser: issuertest.NewBrowser(t, in.IssuerURL, in.HTTP.Transport),
		app: oauth2.Config{
			ClientID: oc.Status.ClientID, Endpoint: endpoint,
			RedirectURL: "http://127.0.0.1:7777/callback", Scopes: []string{"openid", "orders:read"},
		},
	}
}

// logIn brings the person through login and consent, to tokens.
func (p *person) logIn(t *testing.T) *oauth2.Token {
	t.Helper()
	verifier := oauth2.GenerateVerifier()
	address := p.app.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier))
	page := p.browser.Visit(strings.TrimPrefix(address, p.IssuerURL))
	page = p.browser.Submit(page, "username", username, "password", password)
	if page.Left == nil {
		page = p.browser.Submit(page, "decision", "allow")
	}
	token, err := p.app.Exchange(p.Context(t.Context()), page.Answer(t).Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// refresh uses a refresh token, which must be as good as the caller says.
func (p *person) refresh(t *testing.T, token string, good bool) {
	t.Helper()
	_, err := p.app.TokenSource(p.Context(t.Context()), &oauth2.Token{RefreshToken: token}).Token()
	if (err == nil) != good {
		t.Fatalf("refresh: %v, want it to work: %v", err, good)
	}
}

// connect gets tokens for a device by way of the browser.
func (p *person) connect(t *testing.T) {
	t.Helper()
	var codes oauth2.DeviceAuthResponse
	answer := p.post(t, "/device_authorization", "scope", "openid")
	if err := json.Unmarshal(answer.Body, &codes); err != nil {
		t.Fatal(err)
	}
	page := p.browser.Submit(p.browser.Visit("/device"), "user_code", codes.UserCode)
	if page = p.browser.Submit(page, "decision", "allow"); page.Status != http.StatusOK {
		t.Fatalf("to connect a device: status %d:\n%s", page.Status, page.Body)
	}
	p.post(t, "/token", "grant_type", grant.DeviceCode, "device_code", codes.DeviceCode)
}

// revoke ends one token (RFC 7009).
func (p *person) revoke(t *testing.T, token string) {
	t.Helper()
	p.post(t, "/revoke", "token", token)
}

// revokeTwice revokes an access token, and once more after another issuer's revocation has taken the place of the first: as
// when another replica was faster, the issuer finds the name taken by what its watch has not told, and looks.
func (p *person) revokeTwice(t *testing.T, token string) {
	t.Helper()
	p.revoke(t, token)
	var list v1alpha1.TokenRevocationList
	if err := p.Client.List(t.Context(), &list, client.HasLabels{v1alpha1.IssuerLabel}); err != nil || len(list.Items) != 1 {
		t.Fatalf("%d TokenRevocations (%v), want that of the access token", len(list.Items), err)
	}
	own := &list.Items[0]
	other := &v1alpha1.TokenRevocation{Spec: own.Spec}
	other.Namespace, other.Name, other.Spec.IssuerName = own.Namespace, own.Name, "another"
	remove(t, p.Installation, own)
	create(t, p.Installation, other)
	p.Until(t, live.Patience, "the access token to be good again", func(ctx context.Context) (live.Answer, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.IssuerURL+"/userinfo", nil)
		if err != nil {
			return live.Answer{}, err
		}
		request.Header.Set("Authorization", "Bearer "+token)
		return p.Send(request)
	}, func(answer live.Answer) bool { return answer.Status == http.StatusOK })
	p.revoke(t, token)
}

// logOut ends the session of the browser.
func (p *person) logOut(t *testing.T, token *oauth2.Token) {
	t.Helper()
	id, _ := token.Extra("id_token").(string)
	if page := p.browser.Visit("/logout?" + url.Values{"id_token_hint": {id}}.Encode()); page.Status != http.StatusOK {
		t.Fatalf("logout: status %d:\n%s", page.Status, page.Body)
	}
}

// post sends a form of the public client, which must be answered well.
func (p *person) post(t *testing.T, path string, pairs ...string) live.Answer {
	t.Helper()
	form := issuertest.Form(append(pairs, "client_id", p.app.ClientID)...)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.IssuerURL+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := p.Send(request)
	if err != nil || answer.Status != http.StatusOK {
		t.Fatalf("%s: %s (%v)", path, answer.Says(), err)
	}
	return answer
}
