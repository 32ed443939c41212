package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
)

func TestAccept(t *testing.T) {
	empty := &metav1.LabelSelector{}
	for _, tc := range []struct {
		name    string
		spec    v1alpha1.TokenPolicySpec
		root    bool
		reason  string // empty when accepted
		message string // a part of it
	}{
		{"nothing, local", v1alpha1.TokenPolicySpec{}, false, "", ""},
		{"nothing, root", v1alpha1.TokenPolicySpec{}, true, "", ""},
		{"what both may have, local", v1alpha1.TokenPolicySpec{
			ClientSelector: selector("a", "b"), GrantTypes: &v1alpha1.GrantTypeRules{}, Scopes: &v1alpha1.ScopeRules{},
			Audiences: &v1alpha1.AudienceRules{}, AccessToken: &v1alpha1.AccessTokenRules{},
		}, false, "", ""},
		{"what only a root policy may have, root", v1alpha1.TokenPolicySpec{
			NamespaceSelector: selector("a", "b"), ResourceServers: &v1alpha1.AudienceRules{}, ClientIDs: &v1alpha1.ClientIDRules{},
		}, true, "", ""},
		{"namespaceSelector, local", v1alpha1.TokenPolicySpec{NamespaceSelector: empty}, false, v1alpha1.ReasonRootOnly, "namespaceSelector belongs"},
		{"resourceServers, local", v1alpha1.TokenPolicySpec{ResourceServers: &v1alpha1.AudienceRules{}}, false, v1alpha1.ReasonRootOnly, "resourceServers belongs"},
		{"clientIDs, local", v1alpha1.TokenPolicySpec{ClientIDs: &v1alpha1.ClientIDRules{}}, false, v1alpha1.ReasonRootOnly, "clientIDs belongs"},
		{"empty selectors, root", v1alpha1.TokenPolicySpec{ClientSelector: empty, NamespaceSelector: empty}, true, "", ""},
		{"clientSelector is none, local", v1alpha1.TokenPolicySpec{ClientSelector: build.Nonsense()}, false, v1alpha1.ReasonInvalidSelector, "clientSelector: "},
		{"clientSelector is none, root", v1alpha1.TokenPolicySpec{ClientSelector: build.Nonsense()}, true, v1alpha1.ReasonInvalidSelector, "clientSelector: "},
		{"namespaceSelector is none, root", v1alpha1.TokenPolicySpec{NamespaceSelector: build.Nonsense()}, true, v1alpha1.ReasonInvalidSelector, "namespaceSelector: "},
		{"both wrong: the first check leads", v1alpha1.TokenPolicySpec{NamespaceSelector: build.Nonsense()}, false, v1alpha1.ReasonRootOnly, "namespaceSelector belongs"},
		{"several fields are named in one", v1alpha1.TokenPolicySpec{NamespaceSelector: empty, ClientIDs: &v1alpha1.ClientIDRules{}}, false,
			v1alpha1.ReasonRootOnly, "namespaceSelector, clientIDs belong to policies in the namespace of an issuer: remove them"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := policy.Accept(&tc.spec, tc.root)
			if got == nil {
				got = &policy.Refusal{}
			}
			if got.Reason != tc.reason || !strings.Contains(got.Message, tc.message) {
				t.Errorf("%+v, want %q with %q", *got, tc.reason, tc.message)
			}
		})
	}
}

// TestAcceptTellsAll: who mends a policy sees all that is wrong with it at once.
func TestAcceptTellsAll(t *testing.T) {
	spec := v1alpha1.TokenPolicySpec{ClientSelector: build.Nonsense(), NamespaceSelector: build.Nonsense(), ClientIDs: &v1alpha1.ClientIDRules{}}
	for _, tc := range []struct {
		name string
		rank int
		root bool
		want []string
	}{
		{"a local policy", 0, false, []string{v1alpha1.ReasonRootOnly, v1alpha1.ReasonInvalidSelector, v1alpha1.ReasonInvalidSelector}},
		{"a root policy", 0, true, []string{v1alpha1.ReasonInvalidSelector, v1alpha1.ReasonInvalidSelector}},
		{"one too many", policy.MaxLocalPolicies, false,
			[]string{v1alpha1.ReasonTooMany, v1alpha1.ReasonRootOnly, v1alpha1.ReasonInvalidSelector, v1alpha1.ReasonInvalidSelector}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			refusal := policy.AcceptRanked(&spec, tc.root, tc.rank)
			got := []string{refusal.Reason}
			for _, also := range refusal.Also {
				got = append(got, also.Reason)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// selectors are the forms that a selector can take, for labels with tier=backend.
var selectors = []struct {
	name     string
	selector *metav1.LabelSelector
	selects  bool
}{
	{"absent", nil, true},
	{"empty", &metav1.LabelSelector{}, true},
	{"matching", selector("tier", "backend"), true},
	{"another value", selector("tier", "frontend"), false},
	{"another key", selector("stage", "backend"), false},
	{"invalid", build.Nonsense(), false},
	{"an expression", &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpExists}}}, true},
	{"an expression that excludes", &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "tier", Operator: metav1.LabelSelectorOpDoesNotExist}}}, false},
}

func TestSelects(t *testing.T) {
	backend := map[string]string{"tier": "backend"}
	for _, tc := range selectors {
		t.Run(tc.name, func(t *testing.T) {
			for _, row := range []struct {
				name    string
				spec    v1alpha1.TokenPolicySpec
				root    bool
				subject policy.Subject
				want    bool
			}{
				{"client, root", v1alpha1.TokenPolicySpec{ClientSelector: tc.selector}, true, policy.Subject{Labels: backend}, tc.selects},
				{"client, local", v1alpha1.TokenPolicySpec{ClientSelector: tc.selector}, false, policy.Subject{Labels: backend}, tc.selects},
				{"namespace, root", v1alpha1.TokenPolicySpec{NamespaceSelector: tc.selector}, true, policy.Subject{NamespaceLabels: backend}, tc.selects},
				{"namespace, local: it does not count", v1alpha1.TokenPolicySpec{NamespaceSelector: tc.selector}, false, policy.Subject{}, true},
				{"both must", v1alpha1.TokenPolicySpec{NamespaceSelector: tc.selector, ClientSelector: selector("a", "b")}, true,
					policy.Subject{NamespaceLabels: backend, Labels: backend}, false},
			} {
				if got := policy.SelectorOf(&row.spec, row.root).Selects(row.subject); got != row.want {
					t.Errorf("%s: %v, want %v", row.name, got, row.want)
				}
			}
		})
	}
}

func TestAdmits(t *testing.T) {
	inside := policy.Subject{Namespace: "system", IssuerNamespace: "system", NamespaceLabels: map[string]string{"tier": "backend"}}
	outside := policy.Subject{Namespace: "apps", IssuerNamespace: "system", NamespaceLabels: map[string]string{"tier": "backend"}}
	for _, tc := range []struct {
		name            string
		from            *v1alpha1.ClientNamespaces
		inside, outside bool
	}{
		{"absent", nil, true, false},
		{"same", &v1alpha1.ClientNamespaces{From: v1alpha1.NamespacesSame}, true, false},
		{"all", &v1alpha1.ClientNamespaces{From: v1alpha1.NamespacesAll}, true, true},
		{"a selector that is not there", &v1alpha1.ClientNamespaces{From: v1alpha1.NamespacesSelector}, false, false},
		{"unknown", &v1alpha1.ClientNamespaces{From: "Some"}, false, false},
		{"empty", &v1alpha1.ClientNamespaces{}, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := policy.Admits(tc.from, inside); got != tc.inside {
				t.Errorf("the issuer's own namespace: %v, want %v", got, tc.inside)
			}
			if got := policy.Admits(tc.from, outside); got != tc.outside {
				t.Errorf("another namespace: %v, want %v", got, tc.outside)
			}
		})
	}
	for _, tc := range selectors[1:] { // an absent one stands above
		t.Run("selector: "+tc.name, func(t *testing.T) {
			from := &v1alpha1.ClientNamespaces{From: v1alpha1.NamespacesSelector, Selector: tc.selector}
			if got := policy.Admits(from, outside); got != tc.selects {
				t.Errorf("%v, want %v", got, tc.selects)
			}
		})
	}
}

func TestGoverning(t *testing.T) {
	team := build.SelectNamespaces(map[string]string{"team": "orders"})
	tier := build.SelectClients(map[string]string{"tier": "backend"})
	pending := func(name v1alpha1.PolicyName) policy.Standing { return standing(name, nil) }
	relabelled, moved, own := subject, subject, subject
	relabelled.Labels = map[string]string{"tier": "frontend"}
	moved.NamespaceLabels = map[string]string{"team": "stock"}
	own.Namespace = "system"
	for _, tc := range []struct {
		name              string
		subject           policy.Subject
		all               []policy.Standing
		policies, pending []v1alpha1.PolicyName
		rooted            bool
	}{
		{"no policies", subject, nil, nil, nil, false},
		{"a root policy", subject, []policy.Standing{of(build.TokenPolicy("system/a"))}, []v1alpha1.PolicyName{"system/a"}, nil, true},
		{"a local policy alone does not govern", subject, []policy.Standing{of(build.TokenPolicy("apps/a"))}, []v1alpha1.PolicyName{"apps/a"}, nil, false},
		{"a policy elsewhere", subject, []policy.Standing{of(build.TokenPolicy("other/a")), of(build.TokenPolicy("app/a")), of(build.TokenPolicy("apps2/a"))}, nil, nil, false},
		{"in order of name", subject, []policy.Standing{of(build.TokenPolicy("system/b")), of(build.TokenPolicy("system/a")), of(build.TokenPolicy("apps/z"))},
			[]v1alpha1.PolicyName{"apps/z", "system/a", "system/b"}, nil, true},
		{"by the labels of the client", subject, []policy.Standing{of(build.TokenPolicy("system/a", tier)), of(build.TokenPolicy("apps/a", tier))},
			[]v1alpha1.PolicyName{"apps/a", "system/a"}, nil, true},
		{"when those change", relabelled, []policy.Standing{of(build.TokenPolicy("system/a", tier)), of(build.TokenPolicy("apps/a", tier))}, nil, nil, false},
		{"by the labels of the namespace", subject, []policy.Standing{of(build.TokenPolicy("system/a", team))}, []v1alpha1.PolicyName{"system/a"}, nil, true},
		{"when those change", moved, []policy.Standing{of(build.TokenPolicy("system/a", team))}, nil, nil, false},
		{"pending ones", subject, []policy.Standing{pending("system/b"), pending("apps/a"), pending("other/a"), of(build.TokenPolicy("system/a"))},
			[]v1alpha1.PolicyName{"system/a"}, []v1alpha1.PolicyName{"apps/a", "system/b"}, true},
		{"a pending root policy does not govern", subject, []policy.Standing{pending("system/a")}, nil, []v1alpha1.PolicyName{"system/a"}, false},
		{"a client beside its issuer", own, []policy.Standing{of(build.TokenPolicy("system/a")), of(build.TokenPolicy("apps/a"))}, []v1alpha1.PolicyName{"system/a"}, nil, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := governing(tc.subject, tc.all)
			if names := got.Names(); !slices.Equal(names, tc.policies) || !slices.Equal(pendingOf(got), tc.pending) || got.Rooted != tc.rooted {
				t.Errorf("%v, pending %v, rooted %v; want %v, %v, %v", names, pendingOf(got), got.Rooted, tc.policies, tc.pending, tc.rooted)
			}
		})
	}
}

// pendingOf lists all that are pending, local ones first.
func pendingOf(g policy.Governance) []v1alpha1.PolicyName {
	return slices.Concat(g.PendingLocal, g.PendingRoot)
}

// TestOrderNeverMatters, of the policies in the list nor of the values in a policy.
func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := policies.Draw(t, "policies")
		if len(all) > 0 && rapid.Bool().Draw(t, "pending") {
			all[0].Spec = nil
		}
		shuffled := rapid.Permutation(all).Draw(t, "shuffled")
		a, b := governing(subject, all), governing(subject, shuffled)
		if diff := cmp.Diff([]any{a.Names(), pendingOf(a), a.Rooted, a.Rules()}, []any{b.Names(), pendingOf(b), b.Rooted, b.Rules()}); diff != "" {
			t.Errorf("(-all +shuffled):\n%s", diff)
		}
		for _, p := range all {
			if p.Spec != nil && p.Spec.Scopes != nil {
				reversed := p.Spec.DeepCopy()
				slices.Reverse(reversed.Scopes.Allowed)
				slices.Reverse(reversed.Scopes.Denied)
				if diff := cmp.Diff(policy.RulesOf("x/y", p.Spec), policy.RulesOf("x/y", reversed)); diff != "" {
					t.Errorf("(-spec +reversed):\n%s", diff)
				}
			}
		}
	})
}

// TestGoverningLeavesItsArgument as it was: it comes from a cache that all share.
func TestGoverningLeavesItsArgument(t *testing.T) {
	all := []policy.Standing{of(build.TokenPolicy("system/b", build.AllowScopes("z", "a"))), of(build.TokenPolicy("system/a", build.AllowScopes("b", "a")))}
	governing(subject, all).Rules()
	want := []policy.Standing{of(build.TokenPolicy("system/b", build.AllowScopes("z", "a"))), of(build.TokenPolicy("system/a", build.AllowScopes("b", "a")))}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}

func TestClientIDAllowed(t *testing.T) {
	lists := func(name string, ids ...string) *v1alpha1.TokenPolicy {
		return build.TokenPolicy(name, build.AllowClientIDs(ids...))
	}
	for _, tc := range []struct {
		name     string
		id       string
		policies []*v1alpha1.TokenPolicy
		by       v1alpha1.PolicyName // who refuses; empty when allowed
	}{
		{"the default", "", nil, ""},
		{"below the own namespace", "apps.anything", nil, ""},
		{"below it, whatever is listed", "apps.anything", []*v1alpha1.TokenPolicy{lists("system/a")}, ""},
		{"the namespace itself", "apps", nil, "builtin"},
		{"a namespace that begins alike", "apps2.web", nil, "builtin"},
		{"another namespace", "other.web", nil, "builtin"},
		{"in other case", "Apps.web", nil, "builtin"},
		{"listed", "legacy", []*v1alpha1.TokenPolicy{lists("system/a", "legacy")}, ""},
		{"listed by one of two that list", "legacy", []*v1alpha1.TokenPolicy{lists("system/a", "legacy"), lists("system/b", "modern")}, "system/b"},
		{"listed by none of two", "legacy", []*v1alpha1.TokenPolicy{lists("system/b"), lists("system/a")}, "system/a"},
		{"listed beside a policy that lists none", "legacy", []*v1alpha1.TokenPolicy{lists("system/a", "legacy"), build.TokenPolicy("system/b")}, ""},
		{"listed by a local policy, which has no say", "legacy", []*v1alpha1.TokenPolicy{build.TokenPolicy("system/a"), lists("apps/a", "legacy")}, "builtin"},
		{"unlisted by a local policy, which has no say", "legacy", []*v1alpha1.TokenPolicy{lists("system/a", "legacy"), lists("apps/a")}, ""},
		{"a pattern is none", "legacy", []*v1alpha1.TokenPolicy{lists("system/a", "*")}, "system/a"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var all []policy.Standing
			for _, tp := range tc.policies {
				all = append(all, of(tp))
			}
			by, ok := policy.ClientIDAllowed(build.OAuthClient("apps/web", build.ClientID(tc.id)), governing(subject, all).Rules())
			if by != tc.by || ok != (tc.by == "") {
				t.Errorf("%v, by %q; want %q", ok, by, tc.by)
			}
		})
	}
}
