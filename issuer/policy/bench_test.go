package policy_test

import (
	"fmt"
	"testing"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
)

// BenchmarkCompile decides about one client of ten thousand whose root policy has just changed: it is found out who governs
// it, and its rules are compiled. The budget is 30 µs a client.
func BenchmarkCompile(b *testing.B) {
	for _, count := range []int{1, 20, 500} {
		b.Run(fmt.Sprintf("policies=%d", count), func(b *testing.B) {
			root := policy.NewSet("system", some(count))
			oc := build.OAuthClient("apps/web", build.Scopes("orders:read", "orders:write", "stock:read"))
			for b.Loop() {
				under := policy.Governing(subject, root, nil)
				policy.Compile(oc, under.Names(), under.Rules())
			}
		})
	}
}

// BenchmarkMeet works out what so many policies come to, which happens once for all clients under them.
func BenchmarkMeet(b *testing.B) {
	for _, count := range []int{100, 500, 1000} {
		b.Run(fmt.Sprintf("policies=%d", count), func(b *testing.B) {
			all := some(count)
			for b.Loop() {
				policy.Governing(subject, policy.NewSet("system", all), nil).Rules()
			}
		})
	}
}

// some makes policies that govern by labels of the namespace, each with limits of its own.
func some(count int) []policy.Standing {
	out := make([]policy.Standing, 0, count)
	for i := range count {
		out = append(out, of(build.TokenPolicy(fmt.Sprintf("system/p%d", i), build.AllowScopes("orders:*", "stock:*"), build.MaxLifetime("30m"),
			build.SelectNamespaces(map[string]string{"team": "orders"}), func(tp *v1alpha1.TokenPolicy) {
				tp.Spec.Scopes.Denied = []v1alpha1.ScopePattern{"admin:*"}
			})))
	}
	return out
}
