package stack

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/stack/live"
)

// tokensAreAsEffective gets a token for each client that may have one, as an application would that knows its Secret
// alone, and compares what the token says with what the client's status promises.
func tokensAreAsEffective(t *testing.T, in *live.Installation) {
	var clients v1alpha1.OAuthClientList
	if err := in.Client.List(t.Context(), &clients); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for i := range clients.Items {
		oc := &clients.Items[i]
		if effective := oc.Status.Effective; effective == nil || !slices.Contains(effective.GrantTypes.Values, "client_credentials") {
			continue
		}
		asked++
		t.Run(oc.Namespace+"/"+oc.Name, func(t *testing.T) { tokenIsAsEffective(t, in, oc) })
	}
	if asked < 4 {
		t.Errorf("%d clients may have tokens, want the four of the samples at least", asked)
	}
}

func tokenIsAsEffective(t *testing.T, in *live.Installation, oc *v1alpha1.OAuthClient) {
	credentials := in.Credentials(t, oc)
	provider := in.Provider(t, credentials.Issuer)
	config := credentials.Config()
	if config.TokenURL = provider.Endpoint().TokenURL; config.TokenURL != credentials.TokenURL {
		t.Errorf("the metadata says token_endpoint %q, the Secret token-uri %q", config.TokenURL, credentials.TokenURL)
	}
	began := time.Now()
	token := in.Token(t, config)
	t.Logf("token after %v", time.Since(began).Round(10*time.Microsecond))
	got := in.Verify(t, in.Verifier(t, provider), token.AccessToken)
	effective := oc.Status.Effective
	lifetime := int64(effective.AccessToken.Lifetime.Value.Std().Seconds())
	want := live.Claims{
		Issuer: in.IssuerURL, Subject: oc.Status.ClientID, ClientID: oc.Status.ClientID,
		Audience: effective.Audiences.Values[0], Scope: strings.Join(effective.DefaultScopes.Values, " "),
		IssuedAt: got.IssuedAt, Expires: got.IssuedAt + lifetime, ID: got.ID,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-status +token):\n%s", diff)
	}
	if now := time.Now().Unix(); got.IssuedAt > now || got.IssuedAt < now-60 || len(got.ID) < 22 {
		t.Errorf("iat %d at %d, jti %q: want the present and 128 bits", got.IssuedAt, now, got.ID)
	}
	if token.TokenType != "Bearer" || token.Extra("scope") != want.Scope || token.Extra("expires_in") != float64(lifetime) || token.RefreshToken != "" {
		t.Errorf("response: type %q, scope %q, expires_in %v, refresh token of %d bytes; want Bearer, %q, %d, none",
			token.TokenType, token.Extra("scope"), token.Extra("expires_in"), len(token.RefreshToken), want.Scope, lifetime)
	}
	if typ := header(t, token.AccessToken).Type; typ != "at+jwt" {
		t.Errorf("typ %q, want at+jwt (RFC 9068 section 2.1)", typ)
	}
}

// joseHeader is what of a token's header people look at.
type joseHeader struct {
	Type  string `json:"typ"`
	KeyID string `json:"kid"`
}

func header(t *testing.T, jwt string) joseHeader {
	t.Helper()
	first, _, _ := strings.Cut(jwt, ".")
	text, err := base64.RawURLEncoding.DecodeString(first)
	if err != nil {
		t.Fatal(err)
	}
	var h joseHeader
	if err := json.Unmarshal(text, &h); err != nil {
		t.Fatal(err)
	}
	return h
}

// authenticationIsFoundOut leaves it to the library whether the credentials go into the header or into the body.
func authenticationIsFoundOut(t *testing.T, in *live.Installation) {
	_, credentials := ready(t, in, "team-orders", "orders")
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		config := credentials.Config()
		config.AuthStyle = style
		in.Token(t, config)
	}
}

// beyondIsRefused asks for what the client orders does not have.
func beyondIsRefused(t *testing.T, in *live.Installation) {
	_, credentials := ready(t, in, "team-orders", "orders")
	for _, tc := range []struct {
		name       string
		scopes     []string
		parameters url.Values
		secret     string
		status     int
		code       string
	}{
		{"a scope beyond the client", []string{"orders:read", "orders:admin"}, nil, "", http.StatusBadRequest, "invalid_scope"},
		{"a resource beyond the client", nil, url.Values{"resource": {"https://billing.example"}}, "", http.StatusBadRequest, "invalid_target"},
		{"a grant that is not served", nil, url.Values{"grant_type": {"password"}}, "", http.StatusBadRequest, "unsupported_grant_type"},
		{"a wrong secret", nil, nil, "tw_cs_wrong", http.StatusUnauthorized, "invalid_client"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			config := credentials.Config(tc.scopes...)
			config.EndpointParams = tc.parameters
			if tc.secret != "" {
				config.ClientSecret = tc.secret
			}
			token, err := config.Token(in.Context(t.Context()))
			refusal, ok := errors.AsType[*oauth2.RetrieveError](err)
			if !ok || token != nil {
				t.Fatalf("error %v, want a refusal and no token", err)
			}
			if refusal.Response.StatusCode != tc.status || refusal.ErrorCode != tc.code {
				t.Errorf("%d %s, want %d %s", refusal.Response.StatusCode, refusal.ErrorCode, tc.status, tc.code)
			}
		})
	}
	token := in.Token(t, credentials.Config("orders:write", "orders:read"))
	if got := token.Extra("scope"); got != "orders:write orders:read" && got != "orders:read orders:write" {
		t.Errorf("scope %q, want the two that were asked for", got)
	}
}

// tightenedPolicy changes one number in one policy. No client changes, and nothing restarts.
func tightenedPolicy(t *testing.T, in *live.Installation) {
	_, credentials := ready(t, in, "team-orders", "legacy")
	baseline := &v1alpha1.TokenPolicy{}
	baseline.Namespace, baseline.Name = "tokenwright-system", "baseline"
	before := *get(t, in, baseline).Spec.AccessToken
	for _, step := range []struct {
		rules v1alpha1.AccessTokenRules
		want  int64
	}{{v1alpha1.AccessTokenRules{DefaultLifetime: "1m", MaxLifetime: "1m"}, 60}, {before, 1800}} {
		change := client.MergeFrom(baseline.DeepCopy())
		baseline.Spec.AccessToken = &step.rules
		if err := in.Client.Patch(t.Context(), baseline, change); err != nil {
			t.Fatal(err)
		}
		took := in.Until(t, live.Patience, "a token of another lifetime", askToken(in, credentials), func(a live.Answer) bool {
			return a.Token().ExpiresIn == step.want
		})
		t.Logf("maxLifetime %s: the first token of %d s came after %v", step.rules.MaxLifetime, step.want, took.Round(time.Millisecond))
		live.Await(t, in, oauthClient("team-orders", "legacy"), "to say what is in force", func(oc *v1alpha1.OAuthClient) bool {
			return int64(oc.Status.Effective.AccessToken.Lifetime.Value.Std().Seconds()) == step.want
		})
	}
}

// askToken is for Installation.Until.
func askToken(in *live.Installation, credentials live.Credentials) func(context.Context) (live.Answer, error) {
	return func(ctx context.Context) (live.Answer, error) { return in.AskToken(ctx, credentials) }
}
