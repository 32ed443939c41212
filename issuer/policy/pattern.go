package policy

import "strings"

// matches tells whether s matches pattern, in which "*" stands for any run of characters, also an empty one, and every
// other character for itself. It takes time in proportion to the lengths at worst multiplied, whatever the pattern.
func matches(pattern, s string) bool {
	literal, rest, found := strings.Cut(pattern, "*")
	if !found {
		return pattern == s
	}
	s, ok := strings.CutPrefix(s, literal)
	if !ok {
		return false
	}
	// The leftmost place is as good as any for all but the last literal, which must end s.
	for {
		literal, tail, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(s, literal)
		}
		i := strings.Index(s, literal)
		if i < 0 {
			return false
		}
		s, rest = s[i+len(literal):], tail
	}
}
