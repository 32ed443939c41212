package policy_test

import (
	"fmt"
	"strings"
	"testing"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
)

// TestScopesTaken: a client that has lost by policy what a request would get is told so, and gets no token without scope in its
// place. One that lists nothing goes on as ever.
func TestScopesTaken(t *testing.T) {
	const (
		own, code = "client_credentials", "authorization_code"
		taken     = "scope a of this client is not allowed by policy at present; see the client's PolicyCompliant condition"
	)
	for _, tc := range []struct {
		name, scopes, defaults string // no defaults: all
		allowed                string
		grantType, asked       string
		want                   string // granted, or the description of invalid_scope
	}{
		{"its only scope", "a", "", "x", own, "", taken},
		{"its only scope, by name", "a", "", "x", own, "a", taken},
		{"another by name", "a", "", "x", own, "b", "not granted to this client: b"},
		{"both by name", "a", "", "x", own, "a b", "not granted to this client: a b"},
		{"all of several", "a b c d e", "", "x", own, "",
			"scopes a b c and 2 more of this client are not allowed by policy at present; see the client's PolicyCompliant condition"},
		{"some of several", "a b", "", "b", own, "", "b"},
		{"a removed one of several, by name", "a b", "", "b", own, "a", taken},
		{"its only default", "a b", "a", "b", own, "", taken},
		{"its only default, and the other by name", "a b", "a", "b", own, "b", "b"},
		{"all but those of people", "openid a", "", "openid", own, "", taken},
		{"those of people, of which it gets none in its own name", "openid profile", "", "openid", own, "", ""},
		{"default scopes of people alone, and another removed", "openid a", "openid", "openid", own, "", ""},
		{"no scope at all", "", "", "x", own, "", ""},

		{"of people, its only scope", "a", "", "x", code, "", taken},
		{"of people, its only scope by name", "a", "", "x", code, "a", taken},
		{"of people, some", "openid a", "", "openid", code, "", "openid"},
		{"of people, its only default", "openid a", "a", "openid", code, "", taken},
		{"of people, no scope at all", "", "", "x", code, "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			options := []func(*v1alpha1.OAuthClient){build.Scopes(strings.Fields(tc.scopes)...)}
			if tc.defaults != "" {
				options = append(options, build.DefaultScopes(strings.Fields(tc.defaults)...))
			}
			oc := build.OAuthClient("apps/web", options...)
			oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.ClientCredentials, v1alpha1.AuthorizationCode}
			compiled := compile(oc, build.TokenPolicy("system/a", build.AllowScopes(strings.Fields(tc.allowed)...)))
			req := policy.Request{GrantType: tc.grantType, Scopes: strings.Fields(tc.asked)}
			got, err := answer(policy.NewClient(&compiled.Registration), req)
			if refusal := oauth.From(err); err != nil && refusal.Code == oauth.InvalidScope {
				got = refusal.Description
			} else if err != nil {
				t.Fatal(err)
			}
			if got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

func answer(client *policy.Client, req policy.Request) (string, error) {
	if req.GrantType == "authorization_code" {
		allowed, err := client.Authorize(req)
		return strings.Join(allowed.Scopes, " "), err
	}
	allowed, err := client.Decide(req)
	return allowed.Scopes.String(), err
}

// TestNarrowTaken: a grant whose scopes have all been taken is not over, so its refresh token is refused by invalid_scope, which
// clients do not throw it away for. Once the policy is mended it goes on.
func TestNarrowTaken(t *testing.T) {
	oc := build.OAuthClient("apps/web", build.Scopes("a", "b", "c"))
	oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.RefreshToken}
	by := policy.Authorized{Scopes: []string{"a", "b"}, Resources: []string{build.API}}
	for _, tc := range []struct{ allowed, asked, want string }{
		{"*", "", "a b"},
		{"b", "", "b"},
		{"c", "", "scopes a b of this client are not allowed by policy at present; see the client's PolicyCompliant condition"},
		{"b", "a", "scope a of this client is not allowed by policy at present; see the client's PolicyCompliant condition"},
		{"*", "c", "not authorized by the resource owner: c"},
	} {
		compiled := compile(oc, build.TokenPolicy("system/a", build.AllowScopes(tc.allowed)))
		client := policy.NewClient(&compiled.Registration)
		got, err := client.Narrow(policy.Request{GrantType: "refresh_token", Scopes: strings.Fields(tc.asked)}, by)
		text := got.Scopes.String()
		if refusal := oauth.From(err); err != nil {
			text = refusal.Description
		}
		if text != tc.want || err != nil && oauth.CodeOf(err) != oauth.InvalidScope {
			t.Errorf("allowed %s, asked %q: %v, %q, want %q", tc.allowed, tc.asked, err, text, tc.want)
		}
	}
	withdrawn := compile(build.OAuthClient("apps/web", func(oc *v1alpha1.OAuthClient) {
		oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.RefreshToken}
	}), build.TokenPolicy("system/a"))
	_, err := policy.NewClient(&withdrawn.Registration).Narrow(policy.Request{GrantType: "refresh_token"}, by)
	if text := fmt.Sprint(oauth.From(err).Description); text != "none of the scopes is granted to this client any more" {
		t.Errorf("scopes that the client itself no longer lists: %q", text)
	}
}

// TestCompliantClientsHaveNoExtras: an upgrade rewrites no registration of those who get all that they ask for.
func TestCompliantClientsHaveNoExtras(t *testing.T) {
	got := compile(build.OAuthClient("apps/web", build.Scopes("a"), build.DefaultScopes("a")), build.TokenPolicy("system/a", build.AllowScopes("a")))
	if got.Registration.Extras != nil {
		t.Errorf("%+v", got.Registration.Extras)
	}
}
