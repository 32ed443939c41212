package policy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
)

// TestMeetIsALattice: the order of policies, their grouping and their repetition never matter, and no rules are neutral.
func TestMeetIsALattice(t *testing.T) {
	for _, law := range []struct {
		name        string
		left, right func(a, b, c policy.Rules) policy.Rules
	}{
		{"commutative", func(a, b, _ policy.Rules) policy.Rules { return policy.Meet(a, b) },
			func(a, b, _ policy.Rules) policy.Rules { return policy.Meet(b, a) }},
		{"associative", func(a, b, c policy.Rules) policy.Rules { return policy.Meet(policy.Meet(a, b), c) },
			func(a, b, c policy.Rules) policy.Rules { return policy.Meet(a, policy.Meet(b, c)) }},
		{"idempotent", func(a, _, _ policy.Rules) policy.Rules { return policy.Meet(a, a) },
			func(a, _, _ policy.Rules) policy.Rules { return a }},
		{"absorbing what it has", func(a, b, _ policy.Rules) policy.Rules { return policy.Meet(policy.Meet(a, b), a) },
			func(a, b, _ policy.Rules) policy.Rules { return policy.Meet(a, b) }},
		{"neutral to no rules", func(a, _, _ policy.Rules) policy.Rules { return policy.Meet(a, policy.Rules{}) },
			func(a, _, _ policy.Rules) policy.Rules { return a }},
	} {
		t.Run(law.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				a, b, c := rules.Draw(t, "a"), rules.Draw(t, "b"), rules.Draw(t, "c")
				if diff := cmp.Diff(law.left(a, b, c), law.right(a, b, c)); diff != "" {
					t.Errorf("(-left +right):\n%s", diff)
				}
			})
		})
	}
}

// TestMeetIsMonotone: what b brings takes away and never gives, in each value that a has set. In full, for every client:
//
//   - grant types, scopes, default scopes and audiences under Meet(a, b) are among those under a, always: where a sets no
//     limit it allows all;
//   - resource servers and client_ids are, once a lists any: until then nobody has them, and the first policy that lists
//     some gives them;
//   - no token lives longer, once a sets both the longest and, for a client without a wish, the default lifetime: until
//     then the built-in values hold, and the first policy that sets one replaces them. With the longest alone set, tokens
//     stay within it. The same holds for refresh and ID tokens, once a sets all bounds of theirs;
//   - no access token has a format that a does not allow, and what a requires stays required;
//   - people are asked about all that they are asked about under a alone, once a says anything about it: until then they are
//     asked about everything, and the first policy that says Skip spares them some of it.
func TestMeetIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oc, a, b := client.Draw(t, "client"), rules.Draw(t, "a"), rules.Draw(t, "b")
		alone, both := policy.Compile(oc, nil, a), policy.Compile(oc, nil, policy.Meet(a, b))
		before := sets(alone)
		for field, granted := range sets(both) {
			if field == "resourceServerAudiences" && len(a.ResourceServers) == 0 {
				continue
			}
			if !within(granted, before[field]) {
				t.Errorf("%s: %v under both, %v under a alone", field, granted, before[field])
			}
		}
		_, aloneMay := policy.ClientIDAllowed(oc, a)
		if _, may := policy.ClientIDAllowed(oc, policy.Meet(a, b)); may && !aloneMay && len(a.ClientIDs) > 0 {
			t.Errorf("client_id %q is allowed under both, not under a alone", policy.ClientID(oc))
		}
		if is := both.Effective.AccessToken.Format.Value; !formatAllowed(a, is) {
			t.Errorf("format %s under both, but a does not allow it", is)
		}
		if a.Consent.By != "" && !within(skippedOf(both), skippedOf(alone)) {
			t.Errorf("people are not asked about %v under both, about %v under a alone", skippedOf(both), skippedOf(alone))
		}
		if beyond := exceeds(both, alone); len(beyond) > 0 && bounded(a) {
			t.Errorf("more under both than under a alone: %q", beyond)
		}
		if a.MaxLifetime.Value == 0 {
			return
		}
		if longest(both) > longest(alone) || lifetime(both) > longest(alone) {
			t.Errorf("up to %v, now %v, under both; at most %v under a alone", longest(both), lifetime(both), longest(alone))
		}
		if wishes := oc.Spec.AccessToken != nil; (wishes || a.DefaultLifetime.Value > 0) && lifetime(both) > lifetime(alone) {
			t.Errorf("%v under both, %v under a alone", lifetime(both), lifetime(alone))
		}
	})
}

// bounded tells whether r sets every bound of refresh and ID tokens, and says who is asked.
func bounded(r policy.Rules) bool {
	return r.Consent.By != "" && r.MaxRefreshLifetime.By != "" && r.MaxIdleLifetime.By != "" && r.ReuseGrace.By != "" && r.MaxIDLifetime.By != ""
}

func formatAllowed(r policy.Rules, format string) bool {
	return format == policy.FormatNone || !slices.ContainsFunc(r.Formats, func(l policy.Limit) bool { return !slices.Contains(l.Values, format) })
}

// policies draws some, each under a name of its own.
var policies = rapid.Custom(func(t *rapid.T) []policy.Standing {
	var out []policy.Standing
	for _, name := range rapid.Permutation(someNames).Draw(t, "names")[:rapid.IntRange(0, len(someNames)).Draw(t, "count")] {
		out = append(out, standing(name, spec.Draw(t, string(name))))
	}
	return out
})

// TestLocalPoliciesOnlyNarrow: whoever may write policies in an application's namespace can take away from its clients,
// and give them nothing: no value, no resource server, no client_id, and no longer life than the root policies and the
// built-in longest allow. A local default lifetime is the one thing that may lengthen a token, within that bound: it is a
// wish on behalf of clients that have none.
func TestLocalPoliciesOnlyNarrow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oc := client.Draw(t, "client")
		all := policies.Draw(t, "policies")
		roots := slices.DeleteFunc(slices.Clone(all), func(p policy.Standing) bool { return p.Namespace != subject.IssuerNamespace })
		underRoots, underAll := governing(subject, roots).Rules(), governing(subject, all).Rules()
		before, after := policy.Compile(oc, nil, underRoots), policy.Compile(oc, nil, underAll)
		for field, granted := range sets(after) {
			if !within(granted, sets(before)[field]) {
				t.Errorf("%s: %v, but only %v under the root policies", field, granted, sets(before)[field])
			}
		}
		_, rootsMay := policy.ClientIDAllowed(oc, underRoots)
		if _, may := policy.ClientIDAllowed(oc, underAll); may && !rootsMay {
			t.Errorf("client_id %q is allowed, but not under the root policies", policy.ClientID(oc))
		}
		if is := after.Effective.AccessToken.Format.Value; !formatAllowed(underRoots, is) {
			t.Errorf("format %s, which the root policies do not allow", is)
		}
		if beyond := exceeds(after, before); len(beyond) > 0 {
			t.Errorf("more than under the root policies: %q", beyond)
		}
		if longest(after) > longest(before) || lifetime(after) > longest(before) {
			t.Errorf("%v, up to %v; under the root policies up to %v", lifetime(after), longest(after), longest(before))
		}
		if oc.Spec.AccessToken != nil && lifetime(after) > lifetime(before) {
			t.Errorf("%v, but %v under the root policies", lifetime(after), lifetime(before))
		}
	})
}

// TestLocalLifetimes names the case that TestLocalPoliciesOnlyNarrow is most about.
func TestLocalLifetimes(t *testing.T) {
	root := build.TokenPolicy("system/root")
	long := build.TokenPolicy("system/long", build.MaxLifetime("12h"))
	for _, tc := range []struct {
		name     string
		policies []*v1alpha1.TokenPolicy
		want     time.Duration
		by       v1alpha1.PolicyName
	}{
		{"nobody sets it", []*v1alpha1.TokenPolicy{root}, time.Hour, "builtin"},
		{"a local policy cannot lengthen the built-in value", []*v1alpha1.TokenPolicy{root, build.TokenPolicy("apps/long", build.MaxLifetime("24h"))}, time.Hour, "builtin"},
		{"nor can several", []*v1alpha1.TokenPolicy{root, build.TokenPolicy("apps/a", build.MaxLifetime("24h")), build.TokenPolicy("apps/b", build.MaxLifetime("2h"))}, time.Hour, "builtin"},
		{"it can shorten it", []*v1alpha1.TokenPolicy{root, build.TokenPolicy("apps/short", build.MaxLifetime("30m"))}, 30 * time.Minute, "apps/short"},
		{"a root policy can lengthen it", []*v1alpha1.TokenPolicy{root, long}, 12 * time.Hour, "system/long"},
		{"a local policy can shorten that", []*v1alpha1.TokenPolicy{long, build.TokenPolicy("apps/less", build.MaxLifetime("6h"))}, 6 * time.Hour, "apps/less"},
		{"and not lengthen it", []*v1alpha1.TokenPolicy{long, build.TokenPolicy("apps/more", build.MaxLifetime("24h"))}, 12 * time.Hour, "system/long"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var all []policy.Standing
			for _, tp := range tc.policies {
				all = append(all, of(tp))
			}
			got := policy.Compile(build.OAuthClient("apps/web", build.Lifetime("24h")), nil, governing(subject, all).Rules())
			if longest := got.Effective.AccessToken.MaxLifetime; longest.Value.Std() != tc.want || longest.DecidedBy != tc.by || lifetime(got) != tc.want {
				t.Errorf("%v by %s, tokens live %v; want %v by %s", longest.Value, longest.DecidedBy, lifetime(got), tc.want, tc.by)
			}
		})
	}
}

// TestEachPolicyAlone compares several policies together with each of them alone. A value is granted if each alone grants
// it, and one that is removed is put down to the policy of the least name that alone would remove it.
func TestEachPolicyAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oc, all := client.Draw(t, "client"), policies.Draw(t, "policies")
		var together policy.Rules
		refusers := map[string]map[string][]v1alpha1.PolicyName{} // by field and value
		given := false                                            // some policy lists resource servers
		for _, p := range all {
			each := policy.RulesOf(p.PolicyName(), p.Spec)
			together = policy.Meet(together, each)
			given = given || p.Spec.ResourceServers != nil
			for field, list := range removed(policy.Compile(oc, nil, each)) {
				if field == "resourceServerAudiences" && p.Spec.ResourceServers == nil {
					continue
				}
				if refusers[field] == nil {
					refusers[field] = map[string][]v1alpha1.PolicyName{}
				}
				for _, r := range list {
					refusers[field][r.Value] = append(refusers[field][r.Value], p.PolicyName())
				}
			}
		}
		got := policy.Compile(oc, nil, together)
		for field, list := range removed(got) {
			for _, r := range list {
				switch who := refusers[field][r.Value]; {
				case len(who) > 0 && r.DecidedBy != slices.Min(who):
					t.Errorf("%s %s: by %s, but %v refuse it", field, r.Value, r.DecidedBy, who)
				case len(who) == 0 && (given || field != "resourceServerAudiences" || r.DecidedBy != v1alpha1.DecidedByBuiltin):
					t.Errorf("%s %s: by %s, but nobody refuses it", field, r.Value, r.DecidedBy)
				}
			}
		}
		for field, granted := range sets(got) {
			for _, value := range granted {
				if who := refusers[field][value]; len(who) > 0 && (field != "defaultScopes" || oc.Spec.DefaultScopes != nil) {
					t.Errorf("%s %s is granted, though %v refuse it", field, value, who)
				}
			}
		}
	})
}

// TestShortestLifetimeWins, and of equal ones the least name.
func TestShortestLifetimeWins(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := policies.Draw(t, "policies")
		var together policy.Rules
		want := v1alpha1.DecidedDuration{Value: "1h", DecidedBy: v1alpha1.DecidedByBuiltin}
		for _, p := range all {
			together = policy.Meet(together, policy.RulesOf(p.PolicyName(), p.Spec))
			if p.Spec.AccessToken == nil || p.Spec.AccessToken.MaxLifetime == "" {
				continue
			}
			is, was := p.Spec.AccessToken.MaxLifetime.Std(), want.Value.Std()
			if want.DecidedBy == v1alpha1.DecidedByBuiltin || is < was || is == was && p.PolicyName() < want.DecidedBy {
				want = v1alpha1.DecidedDuration{Value: p.Spec.AccessToken.MaxLifetime, DecidedBy: p.PolicyName()}
			}
		}
		got := policy.Compile(client.Draw(t, "client"), nil, together).Effective.AccessToken
		if got.MaxLifetime.Value.Std() != want.Value.Std() || got.MaxLifetime.DecidedBy != want.DecidedBy {
			t.Errorf("%v, want %v", got.MaxLifetime, want)
		}
		if got.Lifetime.Value.Std() > got.MaxLifetime.Value.Std() {
			t.Errorf("lifetime %v beyond %v", got.Lifetime, got.MaxLifetime)
		}
	})
}

// TestRulesOf tells an absent block, which sets no limit, from an empty one, which allows nothing.
func TestRulesOf(t *testing.T) {
	limit := func(values ...string) []policy.Limit {
		return []policy.Limit{{By: "apps/p", Values: append([]string{}, values...)}}
	}
	for _, tc := range []struct {
		name string
		spec v1alpha1.TokenPolicySpec
		want policy.Rules
	}{
		{"nothing", v1alpha1.TokenPolicySpec{}, policy.Rules{}},
		{"empty blocks", v1alpha1.TokenPolicySpec{
			GrantTypes: &v1alpha1.GrantTypeRules{}, Audiences: &v1alpha1.AudienceRules{}, ResourceServers: &v1alpha1.AudienceRules{},
			ClientIDs: &v1alpha1.ClientIDRules{}, AccessToken: &v1alpha1.AccessTokenRules{},
			RefreshToken: &v1alpha1.RefreshTokenRules{}, IDToken: &v1alpha1.IDTokenRules{},
		}, policy.Rules{GrantTypes: limit(), Audiences: limit(), ResourceServers: limit(), ClientIDs: limit()}},
		{"scopes with denied alone", v1alpha1.TokenPolicySpec{Scopes: &v1alpha1.ScopeRules{Denied: []v1alpha1.ScopePattern{"x"}}},
			policy.Rules{DeniedScopes: limit("x")}},
		{"scopes with an empty list of allowed ones", v1alpha1.TokenPolicySpec{Scopes: &v1alpha1.ScopeRules{Allowed: []v1alpha1.ScopePattern{}}},
			policy.Rules{Scopes: limit()}},
		{"sorted, and each once", v1alpha1.TokenPolicySpec{Audiences: &v1alpha1.AudienceRules{Allowed: []v1alpha1.Audience{"b", "a", "b"}}},
			policy.Rules{Audiences: limit("a", "b")}},
		{"lifetimes", v1alpha1.TokenPolicySpec{AccessToken: &v1alpha1.AccessTokenRules{DefaultLifetime: "5m", MaxLifetime: "1h30m"}},
			policy.Rules{DefaultLifetime: policy.Bound{By: "apps/p", Value: 5 * time.Minute}, MaxLifetime: policy.Bound{By: "apps/p", Value: 90 * time.Minute}}},
		{"no grace at all, which is a bound", v1alpha1.TokenPolicySpec{RefreshToken: &v1alpha1.RefreshTokenRules{ReuseGrace: "0s"}},
			policy.Rules{ReuseGrace: policy.Bound{By: "apps/p"}}},
		{"refresh tokens", v1alpha1.TokenPolicySpec{RefreshToken: &v1alpha1.RefreshTokenRules{MaxLifetime: "24h", MaxIdleLifetime: "1h", Rotation: v1alpha1.RotateAlways}},
			policy.Rules{
				MaxRefreshLifetime: policy.Bound{By: "apps/p", Value: 24 * time.Hour}, MaxIdleLifetime: policy.Bound{By: "apps/p", Value: time.Hour},
				Rotation: policy.Choice[v1alpha1.Rotation]{By: "apps/p", Value: v1alpha1.RotateAlways},
			}},
		{"ID tokens", v1alpha1.TokenPolicySpec{IDToken: &v1alpha1.IDTokenRules{MaxLifetime: "10m"}},
			policy.Rules{MaxIDLifetime: policy.Bound{By: "apps/p", Value: 10 * time.Minute}}},
		{"claims of ID tokens", v1alpha1.TokenPolicySpec{IDToken: &v1alpha1.IDTokenRules{Claims: v1alpha1.ClaimsMinimal}},
			policy.Rules{IDClaims: policy.Choice[v1alpha1.IDTokenClaims]{By: "apps/p", Value: v1alpha1.ClaimsMinimal}}},
		{"formats, none of them", v1alpha1.TokenPolicySpec{AccessToken: &v1alpha1.AccessTokenRules{Formats: []v1alpha1.TokenFormat{}}},
			policy.Rules{Formats: limit()}},
		{"consent required", v1alpha1.TokenPolicySpec{Consent: v1alpha1.ConsentRequired, Scopes: &v1alpha1.ScopeRules{Allowed: []v1alpha1.ScopePattern{"x"}}},
			policy.Rules{Consent: policy.Choice[v1alpha1.ConsentRule]{By: "apps/p", Value: v1alpha1.ConsentRequired}, Scopes: limit("x")}},
		{"consent skipped", v1alpha1.TokenPolicySpec{Consent: v1alpha1.ConsentSkip, Scopes: &v1alpha1.ScopeRules{Allowed: []v1alpha1.ScopePattern{"x"}}},
			policy.Rules{Consent: policy.Choice[v1alpha1.ConsentRule]{By: "apps/p", Value: v1alpha1.ConsentSkip}, Scopes: limit("x"), SkippedScopes: limit("x")}},
		{"consent skipped for nothing that is listed", v1alpha1.TokenPolicySpec{Consent: v1alpha1.ConsentSkip},
			policy.Rules{Consent: policy.Choice[v1alpha1.ConsentRule]{By: "apps/p", Value: v1alpha1.ConsentSkip}, SkippedScopes: limit()}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, policy.RulesOf("apps/p", &tc.spec)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
