package oauth_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"tokenwright.dev/issuer/oauth"
)

const hush = "tw_cs_hush"

// TestCredentials holds the rows of client authentication that a request alone decides: CA-01 to CA-05, CA-08, CA-09.
func TestCredentials(t *testing.T) {
	const assertion = "&client_assertion=x.y.z&client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	for _, tc := range []struct {
		name, authorization, body string
		want                      oauth.Credentials
	}{
		{"basic", basic("a:" + hush), "", oauth.Credentials{ClientID: "a", Secret: hush, Method: oauth.MethodBasic}},
		{"basic and the same client_id", basic("a:" + hush), "&client_id=a", oauth.Credentials{ClientID: "a", Secret: hush, Method: oauth.MethodBasic}},
		{"basic and empty parameters", basic("a:" + hush), "&client_id=&client_secret=&client_assertion=", oauth.Credentials{ClientID: "a", Secret: hush, Method: oauth.MethodBasic}},
		{"CA-07 basic with an empty secret", basic("a:"), "", oauth.Credentials{ClientID: "a", Method: oauth.MethodBasic}},
		{"CA-07 basic with an empty secret, and the same client_id", basic("a:"), "&client_id=a", oauth.Credentials{ClientID: "a", Method: oauth.MethodBasic}},
		{"post", "", "&client_id=a&client_secret=" + hush, oauth.Credentials{ClientID: "a", Secret: hush, Method: oauth.MethodPost}},
		{"none", "", "&client_id=a", oauth.Credentials{ClientID: "a", Method: oauth.MethodNone}},
		{"none, with an empty secret", "", "&client_id=a&client_secret=", oauth.Credentials{ClientID: "a", Method: oauth.MethodNone}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := oauth.ParseTokenRequest(post("grant_type=client_credentials"+tc.body, tc.authorization))
			if err != nil || got.ClientID != tc.want.ClientID || got.Secret != tc.want.Secret || got.Method != tc.want.Method {
				t.Errorf("%v, %v; want %v", got, err, tc.want)
			}
		})
	}
	for _, tc := range []struct {
		name, authorization, body string
		want                      oauth.Code
		challenge                 bool
	}{
		{"nothing", "", "", oauth.InvalidClient, false},
		{"empty client_id", "", "&client_id=", oauth.InvalidClient, false},
		{"unknown scheme", "Digest username=a", "", oauth.InvalidClient, true},
		{"bearer token", "Bearer abc", "&client_id=a", oauth.InvalidClient, true},
		{"empty header", "", "", oauth.InvalidClient, false},
		{"malformed basic", "Basic !", "", oauth.InvalidClient, true},
		{"secret without client_id", "", "&client_secret=x", oauth.InvalidRequest, false},
		{"basic and post", basic("a:b"), "&client_secret=b", oauth.InvalidRequest, false},
		{"malformed basic and post", "Basic !", "&client_secret=b", oauth.InvalidRequest, false},
		{"basic and assertion", basic("a:b"), assertion, oauth.InvalidRequest, false},
		{"basic with an empty secret and post", basic("a:"), "&client_secret=b", oauth.InvalidRequest, false},
		{"basic with an empty secret and assertion", basic("a:"), assertion, oauth.InvalidRequest, false},
		{"basic with an empty secret and another client_id", basic("a:"), "&client_id=c", oauth.InvalidRequest, false},
		{"assertion and secret", "", "&client_id=a&client_secret=b" + assertion, oauth.InvalidRequest, false},
		{"basic and another client_id", basic("a:b"), "&client_id=c", oauth.InvalidRequest, false},
		{"basic and client_id in another case", basic("a:b"), "&client_id=A", oauth.InvalidRequest, false},
		{"assertion", "", assertion, oauth.InvalidClient, false},
		{"assertion type alone", "", "&client_id=a&client_assertion_type=x", oauth.InvalidClient, false},
		{"secret twice", "", "&client_id=a&client_secret=b&client_secret=b", oauth.InvalidRequest, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := oauth.ParseTokenRequest(post("grant_type=client_credentials"+tc.body, tc.authorization))
			if got := oauth.From(err); got.Code != tc.want || got.Challenge != tc.challenge {
				t.Errorf("%v, challenge %v; want %s, %v", err, got.Challenge, tc.want, tc.challenge)
			}
		})
	}
}

func TestTwoAuthorizationHeaders(t *testing.T) {
	r := post("grant_type=client_credentials", basic("a:b"))
	r.Header.Add("Authorization", basic("a:b"))
	if _, err := oauth.ParseTokenRequest(r); oauth.CodeOf(err) != oauth.InvalidRequest {
		t.Errorf("%v, want invalid_request", err)
	}
}

// TestRefuse holds X-20: what a client is told does not depend on why it failed.
func TestRefuse(t *testing.T) {
	for method, challenge := range map[oauth.Method]bool{oauth.MethodBasic: true, oauth.MethodPost: false, oauth.MethodNone: false} {
		err := oauth.Credentials{ClientID: "a", Secret: hush, Method: method}.Refuse()
		got := oauth.From(err)
		if got.Code != oauth.InvalidClient || got.Status() != http.StatusUnauthorized || got.Challenge != challenge {
			t.Errorf("%s: %v, status %d, challenge %v", method, err, got.Status(), got.Challenge)
		}
		if got.Description != "client authentication failed" {
			t.Errorf("%s: %q tells why", method, got.Description)
		}
	}
}

// TestSecretsStayHidden prints, logs and encodes everything that holds a secret, in every way.
func TestSecretsStayHidden(t *testing.T) {
	credentials := oauth.Credentials{ClientID: "a", Secret: hush, Method: oauth.MethodPost}
	for _, value := range []any{
		credentials,
		&credentials,
		[]oauth.Credentials{credentials},
		map[string]oauth.Credentials{"a": credentials},
		oauth.TokenRequest{Credentials: credentials, GrantType: "client_credentials"},
		&oauth.TokenRequest{Credentials: credentials, GrantType: "client_credentials"},
		oauth.IntrospectionRequest{Credentials: credentials, Token: hush},
		&oauth.IntrospectionRequest{Credentials: credentials, Token: hush},
		oauth.TokenRequest{Credentials: credentials, Code: hush, RedirectURI: hush, CodeVerifier: hush, RefreshToken: hush},
		&oauth.TokenRequest{Credentials: credentials, Code: hush, RedirectURI: hush, CodeVerifier: hush, RefreshToken: hush},
		oauth.RevocationRequest{Credentials: credentials, Token: hush},
		&oauth.RevocationRequest{Credentials: credentials, Token: hush},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%08.3f"} {
			if text := fmt.Sprintf(verb, value); leaks(text) {
				t.Errorf("%s of %T shows the secret: %s", verb, value, text)
			}
		}
		var log bytes.Buffer
		for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
			slog.New(handler).Info("Test", "value", value)
		}
		encoded, err := json.Marshal(value)
		if text := log.String() + string(encoded); err != nil || leaks(text) {
			t.Errorf("logging or encoding %T shows the secret: %s %v", value, text, err)
		}
	}
}

func leaks(text string) bool {
	return strings.Contains(text, hush) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", hush))
}

func TestCredentialsText(t *testing.T) {
	for _, tc := range []struct {
		credentials oauth.Credentials
		want        string
	}{
		{oauth.Credentials{ClientID: "shop.web", Secret: hush, Method: oauth.MethodBasic}, `"shop.web" by client_secret_basic`},
		{oauth.Credentials{ClientID: "a\nb", Method: oauth.MethodNone}, `"a\nb" by none`},
	} {
		if got := fmt.Sprint(tc.credentials); got != tc.want {
			t.Errorf("%s, want %s", got, tc.want)
		}
	}
}
