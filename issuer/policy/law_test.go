package policy_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
)

// history draws what became of some policies, one after another: each was accepted, or never was, or is accepted no more
// since nobody can read its last version, or is gone.
var history = rapid.Custom(func(t *rapid.T) [][]policy.Standing {
	var out [][]policy.Standing
	now := map[v1alpha1.PolicyName]policy.Standing{}
	for range rapid.IntRange(1, 6).Draw(t, "steps") {
		name := rapid.SampledFrom(someNames).Draw(t, "name")
		switch rapid.SampledFrom([]string{"accepted", "never accepted", "damaged", "deleted"}).Draw(t, "becomes") {
		case "accepted":
			now[name] = standing(name, spec.Draw(t, "spec"))
		case "deleted":
			delete(now, name)
		default:
			now[name] = standing(name, nil)
		}
		var all []policy.Standing
		for _, name := range someNames {
			if p, ok := now[name]; ok {
				all = append(all, p)
			}
		}
		out = append(out, all)
	}
	return out
})

// TestLaw: whatever state policies are in and were in before, a client gets nothing that the accepted root policies of now
// do not allow, and is governed by them alone.
func TestLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oc := client.Draw(t, "client")
		for _, all := range history.Draw(t, "history") {
			var roots []policy.Standing
			for _, p := range all {
				if p.Namespace == subject.IssuerNamespace && p.Spec != nil {
					roots = append(roots, p)
				}
			}
			under, allowed := governing(subject, all), governing(subject, roots)
			if under.Rooted != allowed.Rooted {
				t.Errorf("governed: %v, by the accepted root policies: %v", under.Rooted, allowed.Rooted)
			}
			got, limit := policy.Compile(oc, under.Names(), under.Rules()), policy.Compile(oc, nil, allowed.Rules())
			if beyond := beyond(oc, got, limit); len(beyond) > 0 {
				t.Errorf("more than the accepted root policies allow: %q", beyond)
			}
			if _, may := policy.ClientIDAllowed(oc, under.Rules()); may {
				if _, may := policy.ClientIDAllowed(oc, allowed.Rules()); !may {
					t.Errorf("client_id %q is allowed, but not by the accepted root policies", policy.ClientID(oc))
				}
			}
		}
	})
}

// beyond names what a client gets that it does not get at most under limit. A local default lifetime may lengthen a token
// within the longest that is allowed: it is a wish on behalf of clients that have none.
func beyond(oc *v1alpha1.OAuthClient, got, limit policy.Compiled) []string {
	out := exceeds(got, limit)
	for field, granted := range sets(got) {
		if !within(granted, sets(limit)[field]) {
			out = append(out, fmt.Sprintf("%s: %v, beyond %v", field, granted, sets(limit)[field]))
		}
	}
	if lifetime(got) > longest(limit) || oc.Spec.AccessToken != nil && lifetime(got) > lifetime(limit) {
		out = append(out, fmt.Sprintf("access tokens of %v, beyond %v of at most %v", lifetime(got), lifetime(limit), longest(limit)))
	}
	return out
}

// TestClientsShareOneResult: those under the same policies get the same rules, not equal ones that each worked out.
func TestClientsShareOneResult(t *testing.T) {
	root := policy.NewSet("system", []policy.Standing{of(build.TokenPolicy("system/a", build.AllowScopes("a", "b")))})
	local := policy.NewSet("apps", []policy.Standing{of(build.TokenPolicy("apps/b", build.AllowScopes("b"), build.SelectClients(map[string]string{"tier": "backend"})))})
	other := subject
	other.Labels = map[string]string{"tier": "backend", "more": "labels"}
	unselected := subject
	unselected.Labels = nil
	first := policy.Governing(subject, root, local).Rules()
	if again := policy.Governing(other, root, local).Rules(); &again.Scopes[0] != &first.Scopes[0] {
		t.Error("a client under the same policies has rules of its own")
	}
	if less := policy.Governing(unselected, root, local).Rules(); len(less.Scopes) != 1 || len(first.Scopes) != 2 {
		t.Errorf("%d limits of scopes for a client that the local policy does not select, %d for one that it does", len(less.Scopes), len(first.Scopes))
	}
	without := policy.NewSet("system", nil)
	if none := policy.Governing(subject, without, local).Rules(); len(none.Scopes) != 1 {
		t.Errorf("%d limits of scopes without the root policy, want that of the local one", len(none.Scopes))
	}
}

// TestChoicesAreBounded: labels that differ in every client fill no memory.
func TestChoicesAreBounded(t *testing.T) {
	var all []policy.Standing
	for i := range 12 {
		all = append(all, of(build.TokenPolicy(fmt.Sprintf("system/p%d", i), build.SelectClients(map[string]string{fmt.Sprintf("l%d", i): ""}))))
	}
	root := policy.NewSet("system", all)
	for choice := range 1 << 12 {
		labels := map[string]string{}
		for i := range 12 {
			if choice&(1<<i) != 0 {
				labels[fmt.Sprintf("l%d", i)] = ""
			}
		}
		policy.Governing(policy.Subject{Namespace: "apps", IssuerNamespace: "system", Labels: labels}, root, nil).Rules()
		if n := root.Remembered(); n > policy.RememberedOutcomes {
			t.Fatalf("%d outcomes are remembered after %d choices, want at most %d", n, choice+1, policy.RememberedOutcomes)
		}
	}
}
