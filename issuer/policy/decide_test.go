package policy_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

const (
	api   = "https://api.example"
	stock = "https://stock.example"
)

// registered is a client that may get tokens, changed by options.
func registered(options ...func(*registration.Registration)) *registration.Registration {
	r := &registration.Registration{
		ClientID: "apps.web", GrantTypes: []string{"client_credentials"},
		Scopes: []string{"read", "write"}, DefaultScopes: []string{"read"}, Audiences: []string{api, stock}, AccessTokenLifetime: 600,
	}
	for _, option := range options {
		option(r)
	}
	return r
}

func TestDecide(t *testing.T) {
	const credentials = "client_credentials"
	grant := func(scopes, audience string) policy.Grant {
		return policy.Grant{Scopes: strings.Fields(scopes), Audience: strings.Fields(audience), Lifetime: 10 * time.Minute}
	}
	none := func(r *registration.Registration) { *r = registration.Registration{} }
	both := func(r *registration.Registration) { // one that people log in to as well
		r.GrantTypes = append(r.GrantTypes, "authorization_code")
		r.Scopes = []string{"openid", "profile", "email", "address", "phone", "offline_access", "read", "groups"}
		r.DefaultScopes = r.Scopes
	}
	for _, tc := range []struct {
		name   string
		client *registration.Registration
		req    policy.Request
		code   oauth.Code // empty when granted
		want   policy.Grant
	}{
		{"all by default", registered(), policy.Request{GrantType: credentials}, "", grant("read", api)},
		{"within the grant", registered(), policy.Request{GrantType: credentials, Scopes: oauth.Scopes{"write"}, Resources: []string{stock}}, "", grant("write", stock)},
		{"all of it, in the order of the request", registered(),
			policy.Request{GrantType: credentials, Scopes: oauth.Scopes{"write", "read"}, Resources: []string{stock, api}}, "", grant("write read", stock+" "+api)},
		{"no default scopes", registered(func(r *registration.Registration) { r.DefaultScopes = nil }), policy.Request{GrantType: credentials}, "", grant("", api)},
		{"no scopes at all", registered(func(r *registration.Registration) { r.Scopes, r.DefaultScopes = nil, nil }), policy.Request{GrantType: credentials}, "", grant("", api)},

		{"scopes about a person are not among the default ones", registered(both), policy.Request{GrantType: credentials}, "", grant("read groups", api)},
		{"nothing but such scopes", registered(func(r *registration.Registration) { r.DefaultScopes = []string{"openid", "email"} }),
			policy.Request{GrantType: credentials}, "", grant("", api)},
		{"such a scope by name", registered(both), policy.Request{GrantType: credentials, Scopes: oauth.Scopes{"profile"}}, "", grant("profile", api)},
		{"openid by name", registered(both), policy.Request{GrantType: credentials, Scopes: oauth.Scopes{"read", "openid"}}, oauth.InvalidScope, policy.Grant{}},
		{"openid, which the client may not have", registered(), policy.Request{GrantType: credentials, Scopes: oauth.Scopes{"openid"}}, oauth.InvalidScope, policy.Grant{}},

		{"another grant type", registered(), policy.Request{GrantType: "refresh_token"}, oauth.UnauthorizedClient, policy.Grant{}},
		{"a grant type in other case", registered(), policy.Request{GrantType: "Client_Credentials"}, oauth.UnauthorizedClient, policy.Grant{}},
		{"no grant type", registered(), policy.Request{}, oauth.UnauthorizedClient, policy.Grant{}},
		{"a client without grant types", registered(func(r *registration.Registration) { r.GrantTypes = nil }), policy.Request{GrantType: credentials}, oauth.UnauthorizedClient, policy.Grant{}},
		{"the zero value allows nothing", registered(none), policy.Request{GrantType: credentials}, oauth.UnauthorizedClient, policy.Grant{}},
		{"nor the empty grant type", registered(none), policy.Request{}, oauth.UnauthorizedClient, policy.Grant{}},

		{"one scope beyond", registered(), policy.Request{GrantType: credentials, Scopes: oauth.Scopes{"read", "admin"}}, oauth.InvalidScope, policy.Grant{}},
		{"a part of a scope", registered(), policy.Request{GrantType: credentials, Scopes: oauth.Scopes{"rea"}}, oauth.InvalidScope, policy.Grant{}},
		{"a pattern as a scope", registered(), policy.Request{GrantType: credentials, Scopes: oauth.Scopes{"*"}}, oauth.InvalidScope, policy.Grant{}},

		{"one resource beyond", registered(), policy.Request{GrantType: credentials, Resources: []string{api, "https://other.example"}}, oauth.InvalidTarget, policy.Grant{}},
		{"a resource with a slash more", registered(), policy.Request{GrantType: credentials, Resources: []string{api + "/"}}, oauth.InvalidTarget, policy.Grant{}},
		{"no audience", registered(func(r *registration.Registration) { r.Audiences = nil }), policy.Request{GrantType: credentials}, oauth.InvalidTarget, policy.Grant{}},
		{"what it guards is no audience", registered(func(r *registration.Registration) { r.Audiences, r.Guards = nil, []string{api} }),
			policy.Request{GrantType: credentials, Resources: []string{api}}, oauth.InvalidTarget, policy.Grant{}},

		{"all wrong: the grant type is told", registered(), policy.Request{GrantType: "x", Scopes: oauth.Scopes{"x"}, Resources: []string{"x"}}, oauth.UnauthorizedClient, policy.Grant{}},
		{"then the scope", registered(), policy.Request{GrantType: credentials, Scopes: oauth.Scopes{"x"}, Resources: []string{"x"}}, oauth.InvalidScope, policy.Grant{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := policy.NewClient(tc.client).Decide(tc.req)
			if oauth.CodeOf(err) != tc.code {
				t.Fatalf("Decide(%+v): %v, want code %q", tc.req, err, tc.code)
			}
			if refusal, ok := errors.AsType[*oauth.Error](err); err != nil && (!ok || refusal.Description == "" || refusal.Unwrap() != nil) {
				t.Errorf("the client's developer is told %q (%#v)", refusal.Description, err)
			}
			if !slices.Equal(got.Scopes, tc.want.Scopes) || !slices.Equal(got.Audience, tc.want.Audience) || got.Lifetime != tc.want.Lifetime {
				t.Errorf("Decide(%+v): %+v, want %+v", tc.req, got, tc.want)
			}
		})
	}
}

// TestRefusalsNameWhatIsWrong, and all of it.
func TestRefusalsNameWhatIsWrong(t *testing.T) {
	client := policy.NewClient(registered())
	for want, req := range map[string]policy.Request{
		"password":           {GrantType: "password"},
		"admin root":         {GrantType: "client_credentials", Scopes: oauth.Scopes{"admin", "read", "root"}},
		"https://no.example": {GrantType: "client_credentials", Resources: []string{api, "https://no.example"}},
	} {
		if _, err := client.Decide(req); !strings.HasSuffix(oauth.From(err).Description, want) {
			t.Errorf("%v, want it to name %q", err, want)
		}
	}
}

// TestGrantsShareNothing: whoever appends to a grant, or decides again, changes neither the client nor another grant.
func TestGrantsShareNothing(t *testing.T) {
	r := registered(func(r *registration.Registration) {
		r.DefaultScopes = append(make([]string, 0, 8), "read") // with room behind it, as decoding leaves it
	})
	client := policy.NewClient(r)
	req := policy.Request{GrantType: "client_credentials"}
	first, err := client.Decide(req)
	if err != nil {
		t.Fatal(err)
	}
	scopes, audience := append(first.Scopes, "openid"), append(first.Audience, "https://mine.example")
	second, err := client.Decide(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = append(second.Scopes, "other"), append(second.Audience, "https://other.example")
	if diff := cmp.Diff(policy.Grant{Scopes: oauth.Scopes{"read"}, Audience: []string{api}, Lifetime: 10 * time.Minute}, second); diff != "" {
		t.Errorf("the second grant (-want +got):\n%s", diff)
	}
	if scopes[1] != "openid" || audience[1] != "https://mine.example" || !slices.Equal(r.Audiences, []string{api, stock}) {
		t.Errorf("one grant wrote into another, or into the client: %v, %v, %v", scopes, audience, r.Audiences)
	}
}

func TestMayIntrospect(t *testing.T) {
	for _, tc := range []struct {
		name             string
		guards, audience []string
		want             bool
	}{
		{"its own", []string{api}, []string{api}, true},
		{"one of several", []string{stock, api}, []string{"https://other.example", api}, true},
		{"another's", []string{api}, []string{stock}, false},
		{"a part of it", []string{api}, []string{api + "/v1"}, false},
		{"a token for nobody", []string{api}, nil, false},
		{"a client that guards nothing", nil, []string{api}, false},
		{"nothing for nobody", nil, nil, false},
		{"its audiences do not count", nil, []string{api, stock}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client := policy.NewClient(registered(func(r *registration.Registration) { r.Guards = tc.guards }))
			if got := client.MayIntrospect(tc.audience); got != tc.want {
				t.Errorf("MayIntrospect(%v) with %v: %v, want %v", tc.audience, tc.guards, got, tc.want)
			}
		})
	}
}

func TestClient(t *testing.T) {
	r := registered()
	if c := policy.NewClient(r); c.ID() != "apps.web" || c.Registration() != r {
		t.Errorf("%q, %p; want apps.web, %p", c.ID(), c.Registration(), r)
	}
}

// BenchmarkDecide is on the way of every token. What it grants it allocates nothing for.
func BenchmarkDecide(b *testing.B) {
	client := policy.NewClient(registered())
	for name, req := range map[string]policy.Request{
		"by default": {GrantType: "client_credentials"},
		"narrowed":   {GrantType: "client_credentials", Scopes: oauth.Scopes{"read", "write"}, Resources: []string{stock}},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := client.Decide(req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestDecideAllocatesNothing holds the budget of the hot path.
func TestDecideAllocatesNothing(t *testing.T) {
	client, req := policy.NewClient(registered()), policy.Request{GrantType: "client_credentials", Scopes: oauth.Scopes{"read"}, Resources: []string{stock}}
	if n := testing.AllocsPerRun(100, func() { _, _ = client.Decide(req) }); n > 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
