package endpoint_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
)

// MD-02, MD-07: the same document wherever a reader may look for it, and nowhere else.
func TestMetadataPaths(t *testing.T) {
	for _, tc := range []struct {
		issuer string
		found  []string
		absent []string
	}{
		{
			"https://issuer.example",
			[]string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"},
			[]string{"/t1/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/t1"},
		},
		{
			"https://issuer.example/t1",
			[]string{"/.well-known/oauth-authorization-server/t1", "/t1/.well-known/openid-configuration", "/.well-known/openid-configuration/t1"},
			[]string{"/.well-known/oauth-authorization-server", "/.well-known/openid-configuration", "/token", "/jwks", "/introspect"},
		},
	} {
		server := issuertest.New(t, issuertest.AtURL(tc.issuer))
		for _, path := range tc.found {
			w := server.Get(path)
			want := map[string]any{
				"issuer":                                tc.issuer,
				"token_endpoint":                        tc.issuer + "/token",
				"jwks_uri":                              tc.issuer + "/jwks",
				"introspection_endpoint":                tc.issuer + "/introspect",
				"response_types_supported":              []any{},
				"grant_types_supported":                 []any{"client_credentials"},
				"token_endpoint_auth_methods_supported": []any{"client_secret_basic", "client_secret_post"},
				"introspection_endpoint_auth_methods_supported": []any{"client_secret_basic", "client_secret_post"},
				"introspection_signing_alg_values_supported":    []any{"ES256"},
			}
			if diff := cmp.Diff(want, issuertest.JSON(t, w)); diff != "" {
				t.Errorf("MD-01, MD-08, MD-09: %s of %s (-want +got):\n%s", path, tc.issuer, diff)
			}
			if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("MD-03: %s: status %d, headers %v", path, w.Code, w.Header())
			}
		}
		for _, path := range tc.absent {
			if w := server.Get(path); w.Code != http.StatusNotFound {
				t.Errorf("%s of %s: status %d", path, tc.issuer, w.Code)
			}
		}
	}
}

// what a request or a proxy says of the host changes nothing.
func TestMetadataIgnoresTheRequest(t *testing.T) {
	server := issuertest.New(t)
	plain := server.Get("/.well-known/openid-configuration").Body.String()
	spoofed := server.Get("/.well-known/openid-configuration",
		func(r *http.Request) { r.Host = "evil.example" },
		issuertest.Header("X-Forwarded-Host", "evil.example"), issuertest.Header("X-Forwarded-Proto", "http"),
		issuertest.Header("Forwarded", "host=evil.example")).Body.String()
	if diff := cmp.Diff(plain, spoofed); diff != "" {
		t.Errorf("metadata (-plain +spoofed):\n%s", diff)
	}
}

// MD-05: every grant type, method and endpoint that is advertised works, and every other one fails.
func TestMetadataIsTrue(t *testing.T) {
	server := issuertest.New(t, issuertest.AtURL("https://issuer.example/t1"))
	document := issuertest.JSON(t, server.Get("/.well-known/oauth-authorization-server/t1"))
	tokenPath := strings.TrimPrefix(document["token_endpoint"].(string), "https://issuer.example")
	introspectPath := strings.TrimPrefix(document["introspection_endpoint"].(string), "https://issuer.example")
	for _, grantType := range []string{
		"client_credentials", "authorization_code", "refresh_token", "password", "implicit",
		"urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange",
		"urn:ietf:params:oauth:grant-type:jwt-bearer",
	} {
		w := server.PostForm(tokenPath, issuertest.Form("grant_type", grantType))
		if works, said := w.Code == http.StatusOK, lists(document["grant_types_supported"], grantType); works != said {
			t.Errorf("grant type %s: works %v, advertised %v: %s", grantType, works, said, w.Body)
		}
	}
	secret := []string{"client_id", issuertest.GuardID, "client_secret", issuertest.GuardSecret}
	assertion := []string{"client_assertion", "e30.e30.e30", "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
	for method, caller := range map[string]struct {
		pairs  []string
		change issuertest.Request
	}{
		"client_secret_basic": {nil, issuertest.Basic(issuertest.GuardID, issuertest.GuardSecret)},
		"client_secret_post":  {secret, issuertest.Anonymous},
		"none":                {secret[:2], issuertest.Anonymous},
		"private_key_jwt":     {assertion, issuertest.Anonymous},
		"tls_client_auth":     {secret[:2], issuertest.Anonymous},
	} {
		form := issuertest.Form(append([]string{"token", "x"}, caller.pairs...)...)
		w := server.PostForm(introspectPath, form, caller.change)
		if works, said := w.Code == http.StatusOK, lists(document["introspection_endpoint_auth_methods_supported"], method); works != said {
			t.Errorf("introspection by %s: works %v, advertised %v: %s", method, works, said, w.Body)
		}
	}
	for name, path := range map[string]string{
		"authorization_endpoint": "/t1/authorize", "userinfo_endpoint": "/t1/userinfo", "revocation_endpoint": "/t1/revoke",
		"device_authorization_endpoint": "/t1/device", "pushed_authorization_request_endpoint": "/t1/par",
		"registration_endpoint": "/t1/register", "end_session_endpoint": "/t1/logout",
		"token_endpoint": "/t1/token", "jwks_uri": "/t1/jwks", "introspection_endpoint": "/t1/introspect",
	} {
		if there, said := server.Get(path).Code != http.StatusNotFound, document[name] != nil; there != said {
			t.Errorf("%s: there %v, advertised %v", name, there, said)
		}
	}
}

func lists(member any, value string) bool {
	values, _ := member.([]any)
	return slices.Contains(values, any(value))
}

// A changed configuration is served at once, and its former paths are gone.
func TestMetadataFollowsTheConfiguration(t *testing.T) {
	server := issuertest.New(t)
	server.Get("/.well-known/openid-configuration")
	other := issuertest.New(t, issuertest.AtURL("https://moved.example/here"))
	server.Registry.Configure(*other.Registry.Snapshot().Config())
	if w := server.Get("/here/.well-known/openid-configuration"); issuertest.JSON(t, w)["issuer"] != "https://moved.example/here" {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if w := server.Get("/token"); w.Code != http.StatusNotFound {
		t.Errorf("the former token endpoint: status %d", w.Code)
	}
}
