package token

import (
	"slices"
	"strings"
	"testing"
)

// TestKinds holds every row of the table to what keeps kinds apart (JW-12). AccessToken and ReturnedToken are one kind of
// JWT, read in two places.
func TestKinds(t *testing.T) {
	owner := map[string]Kind{}
	for kind, rules := range kinds {
		if kind == 0 {
			t.Error("the zero Kind, which a caller may forget to set, has rules")
		}
		if len(rules.types) == 0 || slices.Contains(rules.types, "") {
			t.Errorf("kind %d takes a token without typ", kind)
		}
		for _, typ := range rules.types {
			if other, taken := owner[typ]; taken && (min(kind, other) != AccessToken || max(kind, other) != ReturnedToken) {
				t.Errorf("kinds %d and %d share the typ %s", kind, other, typ)
			}
			owner[typ] = kind
			if long := "application/" + typ; !strings.Contains(typ, "/") && !slices.Contains(rules.types, long) {
				t.Errorf("kind %d takes %s, but not %s, which says the same (RFC 7515 section 4.1.9)", kind, typ, long)
			}
		}
		for _, claim := range []string{"iss", "aud", "exp"} {
			if !slices.Contains(rules.required, claim) {
				t.Errorf("kind %d does not require %s", kind, claim)
			}
		}
	}
}
