package oauth

import (
	"slices"
	"strings"
)

// maxScopes is far beyond what a registration can hold, and keeps sets small enough to be slices.
const maxScopes = 256

// Scopes is a set of scope-tokens in the order of their first appearance (RFC 6749 section 3.3). The zero value is empty.
type Scopes []string

// ParseScopes reads the value of a scope parameter: tokens with exactly one space between them. Other spacing is refused,
// as the grammar has it, since implementations differ in what they make of it. An empty value is no scope at all. The
// error is an *Error with InvalidScope.
func ParseScopes(value string) (Scopes, error) {
	if value == "" {
		return nil, nil
	}
	count := strings.Count(value, " ") + 1
	if count > maxScopes {
		return nil, InvalidScope.Refusef("more than %d scopes", maxScopes)
	}
	set := make(Scopes, 0, count)
	for token := range strings.SplitSeq(value, " ") {
		if err := checkScope(token); err != nil {
			return nil, err
		}
		if !set.Contains(token) {
			set = append(set, token)
		}
	}
	return set, nil
}

func checkScope(token string) error {
	if token == "" {
		return InvalidScope.Refusef("scopes must be separated by exactly one space")
	}
	for _, r := range token {
		if !isNQCHAR(r) {
			return InvalidScope.Refusef("a scope holds a character that RFC 6749 section 3.3 does not allow")
		}
	}
	return nil
}

// String is the value of a scope parameter that parses to s.
func (s Scopes) String() string { return strings.Join(s, " ") }

// Contains tells whether scope is in s.
func (s Scopes) Contains(scope string) bool { return slices.Contains(s, scope) }

// Minus is what is in s but not in other.
func (s Scopes) Minus(other Scopes) Scopes {
	var rest Scopes
	for _, scope := range s {
		if !other.Contains(scope) {
			rest = append(rest, scope)
		}
	}
	return rest
}

// Equal tells whether s and other hold the same scopes, in whatever order.
func (s Scopes) Equal(other Scopes) bool { return len(s) == len(other) && len(s.Minus(other)) == 0 }
