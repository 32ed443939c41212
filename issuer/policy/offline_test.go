package policy_test

import (
	"strings"
	"testing"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// OI-14: offline_access that a client may not have is ignored, wherever it is asked for. Any other scope is refused.
func TestOfflineAccessIsIgnored(t *testing.T) {
	const credentials = "client_credentials"
	authorized := func(scopes string) *policy.Authorized { return &policy.Authorized{Scopes: strings.Fields(scopes)} }
	for _, tc := range []struct {
		name   string
		may    string
		asks   string
		by     *policy.Authorized // what the resource owner allowed; nil where nobody was asked
		want   string
		refuse oauth.Code
	}{
		{"it may not", "read", "read offline_access", nil, "read", ""},
		{"it may", "read offline_access", "offline_access read", nil, "offline_access read", ""},
		{"nothing else is named", "read", "offline_access", nil, "read", ""},
		{"something else is beyond", "read", "offline_access admin", nil, "", oauth.InvalidScope},
		{"in other case", "read", "Offline_Access", nil, "", oauth.InvalidScope},
		{"it was allowed", "read offline_access", "read offline_access", authorized("read offline_access"), "read offline_access", ""},
		{"it was not allowed", "read offline_access", "read offline_access", authorized("read"), "read", ""},
		{"it may not any more", "read", "read offline_access", authorized("read offline_access"), "read", ""},
		{"it may not any more, and names nothing", "read", "", authorized("read offline_access"), "read", ""},
		{"it may not any more, and names nothing else", "read", "offline_access", authorized("read offline_access"), "read", ""},
		{"something else was not allowed", "read write", "write offline_access", authorized("read"), "", oauth.InvalidScope},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := policy.NewClient(registered(func(r *registration.Registration) { r.Scopes = strings.Fields(tc.may) }))
			req := policy.Request{GrantType: credentials, Scopes: strings.Fields(tc.asks)}
			check := func(how string, got []string, err error) {
				t.Helper()
				if oauth.Scopes(got).String() != tc.want || oauth.CodeOf(err) != tc.refuse {
					t.Errorf("%s: %q, %v; want %q, code %q", how, got, err, tc.want, tc.refuse)
				}
			}
			if tc.by != nil {
				granted, err := client.Narrow(req, *tc.by)
				check("Narrow", granted.Scopes, err)
				return
			}
			granted, err := client.Decide(req)
			check("Decide", granted.Scopes, err)
			asked, err := client.Authorize(req)
			check("Authorize", asked.Scopes, err)
		})
	}
}

// What is refused names what is wrong, and nothing that was ignored.
func TestRefusalsDoNotNameOfflineAccess(t *testing.T) {
	_, err := policy.NewClient(registered()).Decide(policy.Request{GrantType: "client_credentials", Scopes: oauth.Scopes{"offline_access", "admin"}})
	if got := oauth.From(err).Description; got != "not granted to this client: admin" {
		t.Errorf("%q", got)
	}
}

// A request keeps its scopes: whoever logs it later logs what was asked.
func TestIgnoringChangesNoRequest(t *testing.T) {
	req := policy.Request{GrantType: "client_credentials", Scopes: oauth.Scopes{"read", "offline_access", "write"}}
	if _, err := policy.NewClient(registered()).Decide(req); err != nil || req.Scopes.String() != "read offline_access write" {
		t.Errorf("%q, %v", req.Scopes, err)
	}
}

func TestMayStay(t *testing.T) {
	for _, tc := range []struct {
		may, granted string
		want         bool
	}{
		{"read offline_access", "read offline_access", true},
		{"read offline_access", "read", false},
		{"read", "read offline_access", false},
		{"", "", false},
	} {
		client := policy.NewClient(registered(func(r *registration.Registration) { r.Scopes = strings.Fields(tc.may) }))
		if got := client.MayStay(strings.Fields(tc.granted)); got != tc.want {
			t.Errorf("a client with %q, a grant of %q: %t, want %t", tc.may, tc.granted, got, tc.want)
		}
	}
}
