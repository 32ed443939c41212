package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
)

func TestRemarks(t *testing.T) {
	type scopes = []v1alpha1.ScopePattern
	for _, tc := range []struct {
		name  string
		rules *v1alpha1.ScopeRules
		want  []string
	}{
		{"no rules", nil, nil},
		{"patterns that say something each", &v1alpha1.ScopeRules{Allowed: scopes{"orders:*", "billing:read"}, Denied: scopes{"orders:delete"}}, nil},
		{"two stars", &v1alpha1.ScopeRules{Allowed: scopes{"**"}}, []string{`scopes.allowed: "**" means no more than with one * in each place`}},
		{"one in another", &v1alpha1.ScopeRules{Denied: scopes{"orders:read", "orders:*"}}, []string{`scopes.denied: "orders:read" is in "orders:*" already`}},
		{"a pattern in another", &v1alpha1.ScopeRules{Allowed: scopes{"orders:*", "*"}}, []string{`scopes.allowed: "orders:*" is in "*" already`}},
		{"neither in the other", &v1alpha1.ScopeRules{Allowed: scopes{"a*", "*a"}}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Remarks(&v1alpha1.TokenPolicySpec{Scopes: tc.rules})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	for _, tc := range []struct {
		consent v1alpha1.ConsentRule
		among   *metav1.LabelSelector
		want    int
	}{
		{v1alpha1.ConsentSkip, nil, 1},
		{v1alpha1.ConsentSkip, &metav1.LabelSelector{}, 0}, // somebody has thought of it
		{v1alpha1.ConsentRequired, nil, 0},
	} {
		got := Remarks(&v1alpha1.TokenPolicySpec{Consent: tc.consent, NamespaceSelector: tc.among})
		if len(got) != tc.want || tc.want > 0 && !strings.Contains(got[0], "namespaceSelector") {
			t.Errorf("%s among %v: %q", tc.consent, tc.among, got)
		}
	}
	many := &v1alpha1.ScopeRules{Allowed: scopes{"*", "a", "b", "c", "d", "e", "f"}}
	if got := len(Remarks(&v1alpha1.TokenPolicySpec{Scopes: many})); got != MaxRemarks {
		t.Errorf("%d remarks, want %d", got, MaxRemarks)
	}
}

// TestContains fills the stars of a pattern that another contains: the other matches whatever comes out.
func TestContains(t *testing.T) {
	pattern, filling := rapid.StringMatching(`[ab*]{0,6}`), rapid.StringMatching(`[ab]{0,3}`)
	rapid.Check(t, func(t *rapid.T) {
		wide, narrow := pattern.Draw(t, "wide"), pattern.Draw(t, "narrow")
		if !contains(wide, narrow) {
			return
		}
		text := narrow
		for strings.Contains(text, "*") {
			text = strings.Replace(text, "*", filling.Draw(t, "filling"), 1)
		}
		if !matches(wide, text) {
			t.Fatalf("%q should contain %q, and does not match %q", wide, narrow, text)
		}
	})
}
