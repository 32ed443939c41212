package grant_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
)

func TestAuthorize(t *testing.T) {
	client := policy.NewClient(issuertest.Client())
	guard := policy.NewClient(issuertest.Guard())
	for _, tc := range []struct {
		name   string
		client *policy.Client
		req    oauth.TokenRequest
		want   oauth.Code
	}{
		{"client_credentials", client, oauth.TokenRequest{GrantType: "client_credentials"}, ""},
		{"TK-03 unknown", client, oauth.TokenRequest{GrantType: "magic"}, oauth.UnsupportedGrantType},
		{"TK-03 password", client, oauth.TokenRequest{GrantType: "password"}, oauth.UnsupportedGrantType},
		{"TK-03 implicit", client, oauth.TokenRequest{GrantType: "implicit"}, oauth.UnsupportedGrantType},
		{"TK-03 case matters", client, oauth.TokenRequest{GrantType: "Client_Credentials"}, oauth.UnsupportedGrantType},
		{"TK-04 not allowed", guard, oauth.TokenRequest{GrantType: "client_credentials"}, oauth.UnauthorizedClient},
		{"TK-13 scope", client, oauth.TokenRequest{GrantType: "client_credentials", Scopes: oauth.Scopes{"admin"}}, oauth.InvalidScope},
		{"resource", client, oauth.TokenRequest{GrantType: "client_credentials", Resources: []string{"https://x.example"}}, oauth.InvalidTarget},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := grant.Authorize(t.Context(), tc.client, &tc.req); oauth.CodeOf(err) != tc.want {
				t.Errorf("%v, want code %q", err, tc.want)
			}
		})
	}
}

// TK-12: a client speaks for itself.
func TestClientCredentials(t *testing.T) {
	got, err := grant.Authorize(t.Context(), policy.NewClient(issuertest.Client()), &oauth.TokenRequest{GrantType: grant.ClientCredentials})
	if err != nil {
		t.Fatal(err)
	}
	want := grant.Granted{
		Subject: issuertest.ClientID,
		Grant: policy.Grant{
			Scopes: oauth.Scopes{"orders:read"}, Audience: []string{issuertest.Audience}, Lifetime: 10 * time.Minute,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("granted (-want +got):\n%s", diff)
	}
}

func TestTypes(t *testing.T) {
	if got := grant.Types(); !slices.Equal(got, []string{"client_credentials"}) {
		t.Errorf("Types() = %q", got)
	}
}
