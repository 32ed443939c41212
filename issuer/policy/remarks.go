package policy

import (
	"fmt"
	"strings"

	"tokenwright.dev/api/v1alpha1"
)

// MaxRemarks is how many remarks Remarks makes at most: whoever mends these sees the next.
const MaxRemarks = 5

// Remarks says what in a policy means less, or more, than it seems to. Nothing of it keeps the policy from being in force.
func Remarks(spec *v1alpha1.TokenPolicySpec) []string {
	out := ofConsent(spec)
	if spec.Scopes != nil {
		out = append(out, ofPatterns("scopes.allowed", spec.Scopes.Allowed)...)
		out = append(out, ofPatterns("scopes.denied", spec.Scopes.Denied)...)
	}
	return out[:min(len(out), MaxRemarks)]
}

// ofConsent warns of a policy by which people are not asked, and which anybody's client can come under.
func ofConsent(spec *v1alpha1.TokenPolicySpec) []string {
	if spec.Consent != v1alpha1.ConsentSkip || spec.NamespaceSelector != nil {
		return nil
	}
	return []string{"consent: Skip is for clients of every namespace that the issuer admits: select the platform's own by namespaceSelector, " +
		"since labels of clients are their owners' to change"}
}

// ofPatterns finds the patterns of a list that say the same as a shorter list would.
func ofPatterns(field string, patterns []v1alpha1.ScopePattern) []string {
	var out []string
	for i, p := range patterns {
		if strings.Contains(string(p), "**") {
			out = append(out, fmt.Sprintf("%s: %q means no more than with one * in each place", field, p))
		}
		for j, other := range patterns {
			if i != j && contains(string(other), string(p)) {
				out = append(out, fmt.Sprintf("%s: %q is in %q already", field, p, other))
				break
			}
		}
	}
	return out
}

// contains tells whether pattern matches all that other matches. A "*" in other can only be met by one in pattern, so
// other is matched as the text that it is.
func contains(pattern, other string) bool { return matches(pattern, other) }
