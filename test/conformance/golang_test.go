package conformance

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// gopher is a client that is built on x/oauth2 and go-oidc.
type gopher struct {
	oauth2.Config

	ctx      context.Context //nolint:containedctx // both libraries take their HTTP client from one
	provider *oidc.Provider
	person   *person
}

// gopher configures a client from what the issuer says of itself.
func (j *judged) gopher(t *testing.T, name string) *gopher {
	t.Helper()
	ctx := oidc.ClientContext(t.Context(), j.client)
	provider, err := oidc.NewProvider(ctx, j.url)
	if err != nil {
		t.Fatal(err)
	}
	return &gopher{ctx: ctx, provider: provider, person: j.person(), Config: oauth2.Config{
		ClientID: clients[name].ID, ClientSecret: clients[name].Secret, Endpoint: provider.Endpoint(), RedirectURL: j.callback,
		Scopes: []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess, "orders:read"},
	}}
}

// Clients that the issuer serves differently, each with x/oauth2 finding out by itself how to authenticate, and told how.
func TestGo(t *testing.T) {
	j := judge(t, "/tenant")
	for _, tc := range []struct {
		name, client string
		style        oauth2.AuthStyle
		algorithm    string // of the ID token
		rotates      bool   // a former refresh token is good for nothing
	}{
		{"RS256", "web", oauth2.AuthStyleAutoDetect, "RS256", false},
		{"client_secret_basic", "web", oauth2.AuthStyleInHeader, "RS256", false},
		{"client_secret_post", "web", oauth2.AuthStyleInParams, "RS256", false},
		{"ES256", "modern", oauth2.AuthStyleAutoDetect, "ES256", false},
		{"opaque access token", "opaque", oauth2.AuthStyleAutoDetect, "RS256", false},
		{"public client", "app", oauth2.AuthStyleAutoDetect, "RS256", true},
		{"public client, told", "app", oauth2.AuthStyleInParams, "RS256", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			g := j.gopher(t, tc.client)
			g.Endpoint.AuthStyle = tc.style
			token := g.login(t, tc.algorithm)
			g.userinfo(t, token)
			g.refresh(t, token, tc.rotates)
		})
	}
}

// ask sends the person to the issuer, and returns what they bring back.
func (g *gopher) ask(t *testing.T, options ...oauth2.AuthCodeOption) url.Values {
	t.Helper()
	const state = "the state of the client"
	arrived, err := g.person.visit(g.ctx, g.AuthCodeURL(state, options...))
	if err != nil {
		t.Fatal(err)
	}
	answer := arrived.params()
	if answer.Get("state") != state || answer.Get("iss") == "" {
		t.Errorf("AZ-15, AZ-16: %v", answer)
	}
	return answer
}

// login is the code flow: PKCE, nonce, and an ID token that fits the access token.
func (g *gopher) login(t *testing.T, algorithm string, options ...oauth2.AuthCodeOption) *oauth2.Token {
	t.Helper()
	verifier, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	answer := g.ask(t, append(options, oauth2.S256ChallengeOption(verifier), oidc.Nonce(nonce))...)
	token, err := g.Exchange(g.ctx, answer.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("code %q of %v: %v", answer.Get("code"), answer, err)
	}
	g.verify(t, token, algorithm) // and by no other algorithm
	if id := g.verify(t, token); id.Nonce != nonce {
		t.Errorf("OI-03: nonce %q, want %q", id.Nonce, nonce)
	}
	return token
}

// verify reads the ID token. Without algorithms, those of the metadata are good.
func (g *gopher) verify(t *testing.T, token *oauth2.Token, algorithms ...string) *oidc.IDToken {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	id, err := g.provider.Verifier(&oidc.Config{ClientID: g.ClientID, SupportedSigningAlgs: algorithms}).Verify(g.ctx, raw)
	if err != nil {
		t.Fatalf("OI-02: ID token by %q: %v", algorithms, err)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		t.Errorf("OI-06: %v", err)
	}
	return id
}

func (g *gopher) userinfo(t *testing.T, token *oauth2.Token) {
	t.Helper()
	info, err := g.provider.UserInfo(g.ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		t.Fatal(err)
	}
	if id := g.verify(t, token); info.Subject != id.Subject || info.Email != "alice@example.org" || !info.EmailVerified {
		t.Errorf("OI-17: userinfo %+v for %s", info, id.Subject)
	}
}

// refresh uses the token when it has expired, twice, as a client does that runs for long. Then somebody comes with the
// first refresh token: for them, and if it was to change also for everybody else, that is the end (RFC 9700 section 4.14.2).
func (g *gopher) refresh(t *testing.T, first *oauth2.Token, rotates bool) {
	t.Helper()
	last := first
	for range 2 {
		next, err := g.renew(last)
		if err != nil {
			t.Fatal(err)
		}
		if next.AccessToken == last.AccessToken {
			t.Error("the access token did not change")
		}
		g.userinfo(t, next)
		last = next
	}
	_, err := g.renew(first)
	if !rotates {
		if err != nil {
			t.Errorf("the first refresh token: %v", err)
		}
		return
	}
	wantCode(t, "RT-05: the first refresh token", err, "invalid_grant")
	_, err = g.renew(last)
	wantCode(t, "RT-05: the last refresh token", err, "invalid_grant")
}

// renew lets the access token expire.
func (g *gopher) renew(token *oauth2.Token) (*oauth2.Token, error) {
	expired := *token
	expired.Expiry = time.Now().Add(-time.Minute)
	return g.TokenSource(g.ctx, &expired).Token()
}

// AZ-20: form_post brings the same answer in a form.
func TestGoFormPost(t *testing.T) {
	g := judge(t, "").gopher(t, "web")
	g.login(t, "RS256", oauth2.SetAuthURLParam("response_mode", "form_post"))
}

// A person who says no, and one who may not be asked: the client learns why (RFC 6749 section 4.1.2.1).
func TestGoRefusals(t *testing.T) {
	j := judge(t, "")
	challenge := oauth2.S256ChallengeOption(oauth2.GenerateVerifier())
	for _, tc := range []struct{ prompt, decision, want string }{
		{"login", "deny", "access_denied"},
		{"none", "allow", "login_required"},
	} {
		g := j.gopher(t, "web")
		g.person.decision = tc.decision
		if answer := g.ask(t, challenge, oauth2.SetAuthURLParam("prompt", tc.prompt)); answer.Get("error") != tc.want {
			t.Errorf("prompt=%s, %s: %v, want %s", tc.prompt, tc.decision, answer, tc.want)
		}
	}
}

// AZ-19, PK-05: a code is good once, and with its own verifier only.
func TestGoCodeOnce(t *testing.T) {
	g := judge(t, "").gopher(t, "web")
	verifier := oauth2.GenerateVerifier()
	code := g.ask(t, oauth2.S256ChallengeOption(verifier)).Get("code")
	token, err := g.Exchange(g.ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Exchange(g.ctx, code, oauth2.VerifierOption(verifier))
	wantCode(t, "the code once more", err, "invalid_grant")
	_, err = g.renew(token)
	wantCode(t, "what the code had bought", err, "invalid_grant")

	code = g.ask(t, oauth2.S256ChallengeOption(verifier)).Get("code")
	_, err = g.Exchange(g.ctx, code, oauth2.VerifierOption(oauth2.GenerateVerifier()))
	wantCode(t, "another verifier", err, "invalid_grant")
}

// RFC 8628: the client asks as often as it is told to, so this takes five seconds.
func TestGoDevice(t *testing.T) {
	t.Parallel()
	g := judge(t, "/tenant").gopher(t, "tv")
	waits, err := g.DeviceAuth(g.ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.person.visit(g.ctx, waits.VerificationURIComplete); err != nil {
		t.Fatal(err)
	}
	token, err := g.DeviceAccessToken(g.ctx, waits)
	if err != nil {
		t.Fatal(err)
	}
	g.userinfo(t, token)
	g.refresh(t, token, true)
}

func TestGoClientCredentials(t *testing.T) {
	j := judge(t, "")
	g := j.gopher(t, "robot")
	config := clientcredentials.Config{
		ClientID: g.ClientID, ClientSecret: g.ClientSecret, TokenURL: g.Endpoint.TokenURL, Scopes: []string{"orders:read"},
	}
	token, err := config.Token(g.ctx)
	if err != nil {
		t.Fatal(err)
	}
	// A resource server may verify JWTs by go-oidc, too: it looks at issuer, audience and expiry.
	if _, err := g.provider.Verifier(&oidc.Config{ClientID: audience}).Verify(g.ctx, token.AccessToken); err != nil {
		t.Error(err)
	}
	config.ClientSecret = "wrong"
	_, err = config.Token(g.ctx)
	wantCode(t, "a wrong secret", err, "invalid_client")
}

func wantCode(t *testing.T, what string, err error, code string) {
	t.Helper()
	if failed, ok := errors.AsType[*oauth2.RetrieveError](err); !ok || failed.ErrorCode != code {
		t.Errorf("%s: %v, want %s", what, err, code)
	}
}
