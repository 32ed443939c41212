package people

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/test/stack/live"
)

// The user of the samples.
const (
	username = "alice"
	password = "correct horse battery staple"
)

// house is an installation with two replicas of the issuer.
type house struct{ *live.Installation }

// app is an application that people log in to.
type app struct {
	oauth2.Config

	house    *house
	verifier *oidc.IDTokenVerifier
	provider *oidc.Provider

	// What a benchmark seals codes with, in place of the issuer.
	once   *sync.Once
	uid    string
	sealer *seal.Sealer
}

func newHouse(t testing.TB) *house {
	t.Helper()
	in := live.Start(t, stack.Options{Samples: true, TLS: true, KubernetesAuthentication: kubectlRecipe(t)})
	if err := in.StartReplica(t.Context()); err != nil {
		t.Fatal(err)
	}
	return &house{in}
}

// ctx makes x/oauth2 and go-oidc trust the issuer's certificate.
func (h *house) ctx(t testing.TB) context.Context {
	return context.WithValue(t.Context(), oauth2.HTTPClient, h.HTTP)
}

// app knows what stands in the Secret of a client of the samples, one of team-shop.
func (h *house) app(t testing.TB, name, redirect string, scopes ...string) *app {
	t.Helper()
	return h.appIn(t, "team-shop", name, redirect, scopes...)
}

func (h *house) appIn(t testing.TB, namespace, name, redirect string, scopes ...string) *app {
	t.Helper()
	oc := &v1alpha1.OAuthClient{}
	oc.Namespace, oc.Name = namespace, name
	credentials := h.Credentials(t, live.AwaitReady(t, h.Installation, oc))
	provider := h.Provider(t, credentials.Issuer)
	return &app{
		house: h, provider: provider, once: new(sync.Once),
		verifier: provider.VerifierContext(h.ctx(t), &oidc.Config{ClientID: credentials.ClientID}),
		Config: oauth2.Config{
			ClientID: credentials.ClientID, ClientSecret: credentials.ClientSecret, Endpoint: provider.Endpoint(),
			RedirectURL: redirect, Scopes: scopes,
		},
	}
}

func (h *house) shop(t *testing.T) *app {
	return h.app(t, "shop", "https://shop.example/callback", "openid", "profile", "email", "orders:read")
}

func (h *house) cli(t testing.TB) *app {
	return h.app(t, "orders-cli", "http://127.0.0.1:7777/callback", "openid", "orders:read")
}

// at is the same application, which asks another replica for tokens.
func (a *app) at(base string) *app {
	other := *a
	other.Endpoint.TokenURL = strings.Replace(a.Endpoint.TokenURL, a.house.IssuerURL, base, 1)
	return &other
}

// attempt is one login that is under way.
type attempt struct{ code, verifier, nonce string }

// logIn brings a person through login and consent.
func (a *app) logIn(t *testing.T) attempt {
	t.Helper()
	browser := issuertest.NewBrowser(t, a.house.IssuerURL, a.house.HTTP.Transport)
	tried := attempt{verifier: oauth2.GenerateVerifier(), nonce: oauth2.GenerateVerifier()}
	state := oauth2.GenerateVerifier()
	address := a.AuthCodeURL(state, oauth2.S256ChallengeOption(tried.verifier), oidc.Nonce(tried.nonce))
	page := browser.Visit(strings.TrimPrefix(address, a.house.IssuerURL))
	page = browser.Submit(page, "username", username, "password", password)
	if page.Left == nil {
		page = browser.Submit(page, "decision", "allow")
	}
	answer := page.Answer(t)
	if answer.Get("state") != state || answer.Get("iss") != a.house.IssuerURL || answer.Get("code") == "" {
		t.Fatalf("the answer: %v", answer)
	}
	tried.code = answer.Get("code")
	a.house.Remember("code of "+a.ClientID, tried.code)
	a.house.Remember("verifier of "+a.ClientID, tried.verifier)
	return tried
}

// tokens redeems the code of an attempt.
func (a *app) tokens(t *testing.T, tried attempt) *oauth2.Token {
	t.Helper()
	token, err := a.Exchange(a.house.ctx(t), tried.code, oauth2.VerifierOption(tried.verifier))
	if err != nil {
		t.Fatal(err)
	}
	a.remember(token)
	return token
}

func (a *app) remember(token *oauth2.Token) {
	a.house.Remember("access token of "+a.ClientID, token.AccessToken)
	a.house.Remember("refresh token of "+a.ClientID, token.RefreshToken)
	if id, ok := token.Extra("id_token").(string); ok {
		a.house.Remember("ID token of "+a.ClientID, id)
	}
}

// refresh asks for the next tokens, as often as it is called.
func (a *app) refresh(t testing.TB, refreshToken string) (*oauth2.Token, error) {
	t.Helper()
	token, err := a.TokenSource(a.house.ctx(t), &oauth2.Token{RefreshToken: refreshToken}).Token()
	if err == nil {
		a.remember(token)
	}
	return token, err
}

// grantOf is the name of the TokenGrant that an access token came of.
func grantOf(t *testing.T, token *oauth2.Token) string {
	t.Helper()
	var claims struct {
		ID string `json:"jti"`
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(token.AccessToken, ".")[1])
	if err != nil || json.Unmarshal(payload, &claims) != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	name, _, _ := strings.Cut(claims.ID, ".")
	return name
}

// userinfo asks a replica about the person of an access token.
func (h *house) userinfo(ctx context.Context, base, accessToken string) (live.Answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/userinfo", nil)
	if err != nil {
		return live.Answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+accessToken)
	return h.Send(request)
}

// refused tells whether x/oauth2 was answered with an error code of OAuth.
func refused(err error) (*oauth2.RetrieveError, bool) {
	refusal, ok := err.(*oauth2.RetrieveError) //nolint:errorlint // x/oauth2 returns it as it is
	return refusal, ok
}
