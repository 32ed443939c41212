package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

func deny(patterns ...v1alpha1.ScopePattern) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		if tp.Spec.Scopes == nil {
			tp.Spec.Scopes = &v1alpha1.ScopeRules{}
		}
		tp.Spec.Scopes.Denied = patterns
	}
}

func byDefault(d v1alpha1.Duration) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		if tp.Spec.AccessToken == nil {
			tp.Spec.AccessToken = &v1alpha1.AccessTokenRules{}
		}
		tp.Spec.AccessToken.DefaultLifetime = d
	}
}

// decided writes values as "a b (client) without c (system/a)".
func decided(d *v1alpha1.DecidedValues) string {
	text := strings.TrimSpace(strings.Join(d.Values, " ") + " (" + string(d.DecidedBy) + ")")
	for i, r := range d.Removed {
		text += []string{" without ", ", "}[min(i, 1)] + r.Value + " (" + string(r.DecidedBy) + ")"
	}
	return text
}

func compile(oc *v1alpha1.OAuthClient, policies ...*v1alpha1.TokenPolicy) policy.Compiled {
	var all []policy.Standing
	for _, tp := range policies {
		all = append(all, of(tp))
	}
	under := governing(subject, all)
	return policy.Compile(oc, under.Names(), under.Rules())
}

func TestCompileSets(t *testing.T) {
	type tps = []*v1alpha1.TokenPolicy
	tp := build.TokenPolicy
	const a, b = "https://a.example", "https://b.example"
	for _, tc := range []struct {
		name     string
		oc       *v1alpha1.OAuthClient
		policies tps
		field    func(*v1alpha1.EffectiveRules) *v1alpha1.DecidedValues
		want     string
	}{
		{"grant types, no limit", build.OAuthClient("apps/web"), nil, grantTypes, "client_credentials (client)"},
		{"grant types, allowed", build.OAuthClient("apps/web"), tps{tp("system/a", build.AllowGrantTypes("client_credentials"))}, grantTypes, "client_credentials (client)"},
		{"grant types, none allowed", build.OAuthClient("apps/web"), tps{tp("system/a", build.AllowGrantTypes())}, grantTypes,
			"(client) without client_credentials (system/a)"},
		{"grant types, none asked for", build.OAuthClient("apps/web", func(oc *v1alpha1.OAuthClient) { oc.Spec.GrantTypes = nil }), nil, grantTypes, "(builtin)"},

		{"scopes, no limit, in the client's order", build.OAuthClient("apps/web", build.Scopes("b", "a")), nil, scopes, "b a (client)"},
		{"scopes, none asked for", build.OAuthClient("apps/web"), nil, scopes, "(builtin)"},
		{"scopes, an empty list asked for", build.OAuthClient("apps/web", build.Scopes()), nil, scopes, "(client)"},
		{"scopes, by pattern", build.OAuthClient("apps/web", build.Scopes("a:r", "b:r", "a")), tps{tp("system/a", build.AllowScopes("a:*", "c"))}, scopes,
			"a:r (client) without b:r (system/a), a (system/a)"},
		{"scopes, none allowed", build.OAuthClient("apps/web", build.Scopes("a")), tps{tp("system/a", build.AllowScopes())}, scopes, "(client) without a (system/a)"},
		{"scopes, by two policies", build.OAuthClient("apps/web", build.Scopes("a", "b", "c")),
			tps{tp("system/a", build.AllowScopes("a", "b")), tp("apps/a", build.AllowScopes("b", "c"))}, scopes, "b (client) without a (apps/a), c (system/a)"},
		{"scopes, denied", build.OAuthClient("apps/web", build.Scopes("a", "admin:x")), tps{tp("system/a", build.AllowScopes("*"), deny("admin*"))}, scopes,
			"a (client) without admin:x (system/a)"},
		{"scopes, denied with no list of allowed ones", build.OAuthClient("apps/web", build.Scopes("a", "b")), tps{tp("system/a", deny("b"))}, scopes, "a (client) without b (system/a)"},
		{"scopes, refused by two: the least name", build.OAuthClient("apps/web", build.Scopes("a")),
			tps{tp("system/z", build.AllowScopes()), tp("system/b", build.AllowScopes())}, scopes, "(client) without a (system/b)"},
		{"scopes, not allowed by one and denied by another: the least name", build.OAuthClient("apps/web", build.Scopes("a")),
			tps{tp("system/z", build.AllowScopes("x")), tp("system/b", deny("a"))}, scopes, "(client) without a (system/b)"},
		{"scopes, denied by one and not allowed by another: the least name", build.OAuthClient("apps/web", build.Scopes("a")),
			tps{tp("system/z", deny("a")), tp("system/b", build.AllowScopes("x"))}, scopes, "(client) without a (system/b)"},

		{"default scopes, absent: all", build.OAuthClient("apps/web", build.Scopes("a", "b")), tps{tp("system/a", build.AllowScopes("b"))}, defaultScopes, "b (builtin)"},
		{"default scopes, empty: none", build.OAuthClient("apps/web", build.Scopes("a", "b"), build.DefaultScopes()), nil, defaultScopes, "(client)"},
		{"default scopes, some", build.OAuthClient("apps/web", build.Scopes("a", "b"), build.DefaultScopes("b")), nil, defaultScopes, "b (client)"},
		{"default scopes, all removed: none, not all", build.OAuthClient("apps/web", build.Scopes("a", "b"), build.DefaultScopes("b")),
			tps{tp("system/a", build.AllowScopes("a"))}, defaultScopes, "(client) without b (system/a)"},

		{"audiences, no limit", build.OAuthClient("apps/web", build.Audiences(b, a)), nil, audiences, b + " " + a + " (client)"},
		{"audiences, the first one removed", build.OAuthClient("apps/web", build.Audiences(b, a)), tps{tp("system/a", build.AllowAudiences(a))}, audiences,
			a + " (client) without " + b + " (system/a)"},
		{"audiences are no patterns", build.OAuthClient("apps/web", build.Audiences(a)), tps{tp("system/a", build.AllowAudiences("https://*"))}, audiences,
			"(client) without " + a + " (system/a)"},

		{"guards, none asked for", build.OAuthClient("apps/web"), tps{tp("system/a", build.AllowGuards(a))}, guards, "(builtin)"},
		{"guards, nobody gives any", build.OAuthClient("apps/web", build.Guards(a)), tps{tp("system/a")}, guards, "(client) without " + a + " (builtin)"},
		{"guards, given", build.OAuthClient("apps/web", build.Guards(a, b)), tps{tp("system/a", build.AllowGuards(a))}, guards, a + " (client) without " + b + " (system/a)"},
		{"guards, given by one of two that list", build.OAuthClient("apps/web", build.Guards(a)),
			tps{tp("system/a", build.AllowGuards(a)), tp("system/b", build.AllowGuards(b))}, guards, "(client) without " + a + " (system/b)"},
		{"guards, never implied by audiences", build.OAuthClient("apps/web", build.Guards(a)), tps{tp("system/a", build.AllowAudiences(a))}, guards,
			"(client) without " + a + " (builtin)"},
		{"guards, never given by a local policy", build.OAuthClient("apps/web", build.Guards(a)), tps{tp("system/a"), tp("apps/a", build.AllowGuards(a))}, guards,
			"(client) without " + a + " (builtin)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := compile(tc.oc, tc.policies...)
			if text := decided(tc.field(&got.Effective)); text != tc.want {
				t.Errorf("%s, want %s", text, tc.want)
			}
		})
	}
}

func grantTypes(e *v1alpha1.EffectiveRules) *v1alpha1.DecidedValues    { return e.GrantTypes }
func scopes(e *v1alpha1.EffectiveRules) *v1alpha1.DecidedValues        { return e.Scopes }
func defaultScopes(e *v1alpha1.EffectiveRules) *v1alpha1.DecidedValues { return e.DefaultScopes }
func audiences(e *v1alpha1.EffectiveRules) *v1alpha1.DecidedValues     { return e.Audiences }
func guards(e *v1alpha1.EffectiveRules) *v1alpha1.DecidedValues        { return e.ResourceServerAudiences }

func TestCompileLifetimes(t *testing.T) {
	type tps = []*v1alpha1.TokenPolicy
	tp := build.TokenPolicy
	for _, tc := range []struct {
		name          string
		wish          string
		policies      tps
		lifetime, max string
	}{
		{"nobody says anything", "", nil, "10m builtin", "1h builtin"},
		{"a wish", "5m", nil, "5m client", "1h builtin"},
		{"a wish, longer than the default", "30m", nil, "30m client", "1h builtin"},
		{"a wish beyond the built-in longest", "2h", nil, "1h builtin", "1h builtin"},
		{"a wish beyond a policy", "2h", tps{tp("system/a", build.MaxLifetime("90m"))}, "1h30m system/a", "1h30m system/a"},
		{"a wish within a policy that allows more", "2h", tps{tp("system/a", build.MaxLifetime("4h"))}, "2h client", "4h system/a"},
		{"a wish that is just the bound", "2h", tps{tp("system/a", build.MaxLifetime("2h"))}, "2h client", "2h system/a"},
		{"the default beyond a policy", "", tps{tp("system/a", build.MaxLifetime("5m"))}, "5m system/a", "5m system/a"},
		{"a policy's default", "", tps{tp("system/a", byDefault("20m"))}, "20m system/a", "1h builtin"},
		{"a policy's default, and a wish", "30m", tps{tp("system/a", byDefault("20m"))}, "30m client", "1h builtin"},
		{"a policy's default beyond the built-in longest", "", tps{tp("system/a", byDefault("2h"))}, "1h builtin", "1h builtin"},
		{"one policy's default beyond another's longest", "", tps{tp("system/a", byDefault("2h")), tp("system/b", build.MaxLifetime("30m"))}, "30m system/b", "30m system/b"},
		{"the shortest default", "", tps{tp("system/a", byDefault("20m")), tp("apps/a", byDefault("15m"))}, "15m apps/a", "1h builtin"},
		{"the shortest bound", "24h", tps{tp("system/a", build.MaxLifetime("20m")), tp("apps/a", build.MaxLifetime("15m"))}, "15m apps/a", "15m apps/a"},
		{"equal bounds: the least name", "24h", tps{tp("system/b", build.MaxLifetime("60m")), tp("system/a", build.MaxLifetime("1h"))}, "1h system/a", "1h system/a"},
		{"whatever the form", "90s", nil, "1m30s client", "1h builtin"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			oc := build.OAuthClient("apps/web")
			if tc.wish != "" {
				build.Lifetime(tc.wish)(oc)
			}
			got := compile(oc, tc.policies...)
			token := got.Effective.AccessToken
			if text := string(token.Lifetime.Value) + " " + string(token.Lifetime.DecidedBy); text != tc.lifetime {
				t.Errorf("lifetime %s, want %s", text, tc.lifetime)
			}
			if text := string(token.MaxLifetime.Value) + " " + string(token.MaxLifetime.DecidedBy); text != tc.max {
				t.Errorf("longest %s, want %s", text, tc.max)
			}
			if lifetime(got) != token.Lifetime.Value.Std() {
				t.Errorf("registered for %v, reported as %v", lifetime(got), token.Lifetime.Value)
			}
		})
	}
}

// TestCompileTheRest: who the client is, and that a client without rules of its own still gets an empty wish.
func TestCompileTheRest(t *testing.T) {
	oc := build.OAuthClient("apps/web", build.Scopes("a"))
	oc.UID, oc.Generation = types.UID("uid"), 7
	oc.Spec.AccessToken = &v1alpha1.AccessTokenWishes{}
	got := policy.Compile(oc, []v1alpha1.PolicyName{"system/a"}, policy.Rules{})
	want := registration.Registration{
		Version: registration.Version, ClientID: "apps.web", DisplayName: "web",
		Owner:      registration.Owner{Namespace: "apps", Name: "web", UID: "uid", Generation: 7},
		GrantTypes: []string{"client_credentials"}, Scopes: []string{"a"}, DefaultScopes: []string{"a"}, Audiences: []string{build.API},
		AccessTokenLifetime: 600,
	}
	if diff := cmp.Diff(want, got.Registration); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !slices.Equal(got.Effective.Policies, []v1alpha1.PolicyName{"system/a"}) {
		t.Errorf("policies %v", got.Effective.Policies)
	}
	build.ClientID("legacy")(oc)
	if id := policy.Compile(oc, nil, policy.Rules{}).Registration.ClientID; id != "legacy" || policy.ClientID(oc) != id {
		t.Errorf("client_id %q, want legacy", id)
	}
}

// TestCompileLeavesTheClientAsItWas, and gives the same for the same.
func TestCompileLeavesTheClientAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oc, r := client.Draw(t, "client"), rules.Draw(t, "rules")
		before := oc.DeepCopy()
		first := policy.Compile(oc, nil, r)
		if diff := cmp.Diff(before, oc); diff != "" {
			t.Errorf("the client (-before +after):\n%s", diff)
		}
		if diff := cmp.Diff(first, policy.Compile(oc, nil, r)); diff != "" {
			t.Errorf("compiled twice (-first +second):\n%s", diff)
		}
	})
}

// TestReportedIsEnforced takes the way from a client and its policies to the issuer's answer, through the wire form, and
// holds each answer to what status.effective says. Operator and issuer cannot disagree.
func TestReportedIsEnforced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oc, under := client.Draw(t, "client"), governing(subject, policies.Draw(t, "policies"))
		compiled := policy.Compile(oc, under.Names(), under.Rules())
		data, err := registration.EncodeData(&compiled.Registration)
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := registration.DecodeData(data)
		if err != nil {
			t.Fatal(err)
		}
		issuer, reported := policy.NewClient(decoded), compiled.Effective
		req := policy.Request{
			GrantType: rapid.SampledFrom([]string{"client_credentials", "password"}).Draw(t, "grant type"),
			Scopes:    plain(subset(someScopes).Draw(t, "scopes")),
			Resources: plain(subset(someAudiences).Draw(t, "resources")),
		}
		got, err := issuer.Decide(req)
		want := policy.Grant{Scopes: req.Scopes, Audience: req.Resources, Lifetime: reported.AccessToken.Lifetime.Value.Std()}
		if len(req.Scopes) == 0 {
			want.Scopes = slices.DeleteFunc(slices.Clone(reported.DefaultScopes.Values), func(scope string) bool { return scope == policy.OpenID })
		}
		if len(req.Resources) == 0 && len(reported.Audiences.Values) > 0 {
			want.Audience = reported.Audiences.Values[:1]
		}
		var code oauth.Code
		switch {
		case !slices.Contains(reported.GrantTypes.Values, req.GrantType), reported.AccessToken.Format.Value == policy.FormatNone:
			code = oauth.UnauthorizedClient
		case !within(req.Scopes, reported.Scopes.Values), slices.Contains(req.Scopes, policy.OpenID):
			code = oauth.InvalidScope
		case len(reported.Audiences.Values) == 0 || !within(req.Resources, reported.Audiences.Values):
			code = oauth.InvalidTarget
		case len(req.Scopes) == 0 && len(want.Scopes) == 0 && tookDefaults(oc, reported):
			code = oauth.InvalidScope
		}
		if oauth.CodeOf(err) != code {
			t.Fatalf("%+v: %v, but reported is %s (want code %q)", req, err, data, code)
		}
		if err == nil && (!slices.Equal(got.Scopes, want.Scopes) || !slices.Equal(got.Audience, want.Audience) || got.Lifetime != want.Lifetime) {
			t.Errorf("%+v: %+v, but reported is %+v", req, got, want)
		}
		for _, audience := range someAudiences {
			if may := issuer.MayIntrospect([]string{string(audience)}); may != slices.Contains(reported.ResourceServerAudiences.Values, string(audience)) {
				t.Errorf("may introspect tokens for %s: %v, but reported is %v", audience, may, reported.ResourceServerAudiences.Values)
			}
		}
	})
}

// tookDefaults tells whether policies took scopes that a request without any would get, and which are no one's who logs in.
func tookDefaults(oc *v1alpha1.OAuthClient, reported v1alpha1.EffectiveRules) bool {
	removed := reported.DefaultScopes.Removed
	if oc.Spec.DefaultScopes == nil {
		removed = reported.Scopes.Removed
	}
	return slices.ContainsFunc(removed, func(r v1alpha1.RemovedValue) bool { return r.Value != policy.OpenID })
}

func plain[T ~string](values []T) []string {
	var out []string
	for _, value := range values {
		out = append(out, string(value))
	}
	return out
}
