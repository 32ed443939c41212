package tokenissuer

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

// elsewhere adds an identity provider that is another issuer.
func elsewhere(change func(*v1alpha1.OIDCProvider)) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) {
		oidc := &v1alpha1.OIDCProvider{IssuerURL: "https://id.example", ClientID: "tokenwright"}
		change(oidc)
		ti.Spec.IdentityProviders = append(ti.Spec.IdentityProviders, v1alpha1.IdentityProvider{Name: "corp", DisplayName: "Corp", OIDC: oidc})
	}
}

func withSecret(o *v1alpha1.OIDCProvider) {
	o.ClientSecretRef = &v1alpha1.SecretReference{Name: "corp-client"}
}

func withClaim(name, expression string) func(*v1alpha1.OIDCProvider) {
	return func(o *v1alpha1.OIDCProvider) {
		o.Claims = []v1alpha1.ClaimMapping{{Name: name, Expression: expression}}
	}
}

// TestUpstreamProviders is the table of what identity providers elsewhere lack.
func TestUpstreamProviders(t *testing.T) {
	marked := func(issuer string) map[string]seen {
		return map[string]seen{"corp-client": {labels: map[string]string{v1alpha1.IssuerLabel: issuer}}}
	}
	for _, tc := range []struct {
		name   string
		change func(*v1alpha1.OIDCProvider)
		found  map[string]seen
		reason string
		says   string
	}{
		{"public client", func(*v1alpha1.OIDCProvider) {}, nil, v1alpha1.ReasonProvidersReady, ""},
		{"marked as ours", withSecret, marked("default"), v1alpha1.ReasonProvidersReady, ""},
		{"not there", withSecret, nil, v1alpha1.ReasonUpstreamSecretMissing,
			"kubectl -n system create secret generic corp-client --type=oauth.tokenwright.dev/upstream --from-file=client-secret"},
		{"another issuer's", withSecret, marked("other"), v1alpha1.ReasonUpstreamSecretMissing, "label secret corp-client oauth.tokenwright.dev/issuer=default"},
		{"claims", withClaim("department", "claims.?department"), nil, v1alpha1.ReasonProvidersReady, ""},
		{"no CEL", withClaim("department", "claims."), nil, v1alpha1.ReasonClaimsNotAccepted, "identity provider corp: claims: the expression of department: column"},
		{"unknown name", withClaim("department", "user.department"), nil, v1alpha1.ReasonClaimsNotAccepted, "undeclared reference to 'user'"},
		{"sub", withClaim("sub", "claims.email"), nil, v1alpha1.ReasonClaimsNotAccepted, "sub is said by the issuer alone"},
	} {
		got := providersReady(judge(build.TokenIssuer("system/default", elsewhere(tc.change)), tc.found, math.MaxInt64, nil))
		if got == nil || got.Reason != tc.reason || !strings.Contains(got.Message, tc.says) || (got.Status == metav1.ConditionTrue) != (tc.reason == v1alpha1.ReasonProvidersReady) {
			t.Errorf("%s: %v, want %q saying %q", tc.name, got, tc.reason, tc.says)
		}
	}
}

// TestUpstreamConfiguration carries spec over to what the issuer reads.
func TestUpstreamConfiguration(t *testing.T) {
	for _, tc := range []struct {
		name   string
		change func(*v1alpha1.OIDCProvider)
		want   registration.OIDCProvider
	}{
		{"least", func(*v1alpha1.OIDCProvider) {}, registration.OIDCProvider{
			Issuer: "https://id.example", ClientID: "tokenwright", Scopes: []string{"openid", "profile", "email"},
		}},
		{"most", func(o *v1alpha1.OIDCProvider) {
			withSecret(o)
			withClaim("groups", "claims.roles")(o)
			o.Scopes = []v1alpha1.Scope{"offline_access", "openid"}
		}, registration.OIDCProvider{
			Issuer: "https://id.example", ClientID: "tokenwright", ClientSecret: "corp-client", Scopes: []string{"openid", "offline_access"},
			Claims: []registration.ClaimMapping{{Name: "groups", Expression: "claims.roles"}},
		}},
	} {
		got := configuration(build.TokenIssuer("system/default", elsewhere(tc.change))).IdentityProviders
		want := []registration.IdentityProvider{{Name: "corp", DisplayName: "Corp", OIDC: &tc.want}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}
