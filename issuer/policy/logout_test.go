package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

// TestCompileAnswers compiles a client that wants all that there is around a logout, and signed answers; then it may not
// have what that needs.
func TestCompileAnswers(t *testing.T) {
	const left, heard = "https://web.example/left", "https://web.example/heard"
	client := build.OAuthClient("apps/web", build.Scopes(policy.OpenID, "orders:read"), build.Guards("urn:a"), func(oc *v1alpha1.OAuthClient) {
		oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.ClientCredentials, v1alpha1.AuthorizationCode}
		oc.Spec.PostLogoutRedirectURIs = []v1alpha1.RedirectURI{left}
		oc.Spec.BackchannelLogout = &v1alpha1.BackchannelLogout{URI: heard}
		oc.Spec.UserInfo = &v1alpha1.UserInfoWishes{SigningAlgorithm: v1alpha1.RS256}
		oc.Spec.ResourceServer.IntrospectionSigningAlgorithm = v1alpha1.EdDSA
	})
	guards := build.AllowGuards("urn:a")
	for _, tc := range []struct {
		name   string
		policy *v1alpha1.TokenPolicy
		want   registration.Registration // its answers alone
	}{
		{"all", build.TokenPolicy("system/a", guards), registration.Registration{
			PostLogoutRedirectURIs: []string{left}, BackchannelLogoutURI: heard, UserInfoAlgorithm: "RS256", IntrospectionAlgorithm: "EdDSA",
		}},
		{"nobody logs in", build.TokenPolicy("system/a", guards, build.AllowGrantTypes("client_credentials")),
			registration.Registration{UserInfoAlgorithm: "RS256", IntrospectionAlgorithm: "EdDSA"}},
		{"no OpenID Connect", build.TokenPolicy("system/a", guards, build.AllowScopes("orders:*")),
			registration.Registration{PostLogoutRedirectURIs: []string{left}, IntrospectionAlgorithm: "EdDSA"}},
		{"guards nothing", build.TokenPolicy("system/a"), registration.Registration{
			PostLogoutRedirectURIs: []string{left}, BackchannelLogoutURI: heard, UserInfoAlgorithm: "RS256",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := compile(client, tc.policy).Registration
			got := registration.Registration{
				PostLogoutRedirectURIs: r.PostLogoutRedirectURIs, BackchannelLogoutURI: r.BackchannelLogoutURI,
				UserInfoAlgorithm: r.UserInfoAlgorithm, IntrospectionAlgorithm: r.IntrospectionAlgorithm,
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
