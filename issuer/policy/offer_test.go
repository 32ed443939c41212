package policy_test

import (
	"slices"
	"strings"
	"testing"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

// staffed lets people log in.
func staffed(ti *v1alpha1.TokenIssuer) {
	ti.Spec.IdentityProviders = []v1alpha1.IdentityProvider{
		{Name: "staff", Users: &v1alpha1.UsersProvider{SecretRef: v1alpha1.SecretReference{Name: "users"}}},
	}
}

func TestAlgorithms(t *testing.T) {
	for _, tc := range []struct {
		name    string
		issuer  *v1alpha1.TokenIssuer
		access  string
		signing string
	}{
		{"nothing said", build.TokenIssuer("system/default"), "ES256", "ES256"},
		{"an empty list", build.TokenIssuer("system/default", build.Signs("1h")), "ES256", "ES256"},
		{"some", build.TokenIssuer("system/default", build.Signs("", "EdDSA", "ES256")), "EdDSA ES256", "EdDSA ES256"},
		{"people log in", build.TokenIssuer("system/default", staffed), "ES256", "ES256 RS256"},
		{"people log in, and RS256 comes first", build.TokenIssuer("system/default", staffed, build.Signs("", "RS256", "ES256")), "RS256 ES256", "RS256 ES256"},
	} {
		if got := policy.AccessTokenAlgorithms(&tc.issuer.Spec); !slices.Equal(got, strings.Fields(tc.access)) {
			t.Errorf("%s: access tokens are signed by %q, want %q", tc.name, got, tc.access)
		}
		if got := policy.SigningAlgorithms(&tc.issuer.Spec); !slices.Equal(got, strings.Fields(tc.signing)) {
			t.Errorf("%s: there are keys for %q, want %q", tc.name, got, tc.signing)
		}
	}
}

func TestOffered(t *testing.T) {
	codes := []string{"authorization_code"}
	signed := func(algorithm string) *registration.IDTokenRules {
		return &registration.IDTokenRules{Lifetime: 3600, Algorithm: algorithm}
	}
	for _, tc := range []struct {
		name   string
		issuer *v1alpha1.TokenIssuer
		client registration.Registration
		says   string // empty: all of it
	}{
		{"no people", build.TokenIssuer("system/default"), registration.Registration{GrantTypes: []string{"client_credentials"}}, ""},
		{"openid without a login", build.TokenIssuer("system/default"), registration.Registration{IDToken: signed("RS256")}, ""},
		{"people", build.TokenIssuer("system/default", staffed), registration.Registration{GrantTypes: codes}, ""},
		{"nobody to log in", build.TokenIssuer("system/default"), registration.Registration{GrantTypes: codes}, "identityProviders"},
		{"nobody to log in for a device", build.TokenIssuer("system/default"), registration.Registration{GrantTypes: []string{string(v1alpha1.DeviceCode)}}, "identityProviders"},
		{"RS256", build.TokenIssuer("system/default", staffed), registration.Registration{GrantTypes: codes, IDToken: signed("RS256")}, ""},
		{"a key that is listed", build.TokenIssuer("system/default", staffed), registration.Registration{GrantTypes: codes, IDToken: signed("ES256")}, ""},
		{"userinfo by a key that is listed", build.TokenIssuer("system/default", staffed), registration.Registration{GrantTypes: codes, UserInfoAlgorithm: "RS256"}, ""},
		{"no such key for userinfo", build.TokenIssuer("system/default", staffed), registration.Registration{GrantTypes: codes, UserInfoAlgorithm: "EdDSA"}, "userInfo.signingAlgorithm"},
		{"introspection by the only key", build.TokenIssuer("system/default"), registration.Registration{IntrospectionAlgorithm: "ES256"}, ""},
		{"no such key for introspection", build.TokenIssuer("system/default"), registration.Registration{IntrospectionAlgorithm: "RS256"}, "introspectionSigningAlgorithm"},
		{"no such key", build.TokenIssuer("system/default", staffed), registration.Registration{GrantTypes: codes, IDToken: signed("EdDSA")}, "EdDSA"},
	} {
		got := policy.Offered(&tc.issuer.Spec, &tc.client)
		switch {
		case tc.says == "" && got == nil:
		case tc.says == "" || got == nil || got.Reason != v1alpha1.ReasonNotOffered || !strings.Contains(got.Message, tc.says):
			t.Errorf("%s: %v, want a refusal that names %q", tc.name, got, tc.says)
		}
	}
}
