package policy

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMatches(t *testing.T) {
	for _, tc := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true},
		{"", "a", false},
		{"a", "a", true},
		{"a", "", false},
		{"a", "A", false},
		{"a", "ab", false},
		{"*", "", true},
		{"*", "anything:at.all", true},
		{"a*", "a", true},
		{"a*", "ab", true},
		{"a*", "ba", false},
		{"*a", "ba", true},
		{"*a", "a", true},
		{"*a", "ab", false},
		{"a*b", "ab", true},
		{"a*b", "axxb", true},
		{"a*b", "axxbx", false},
		{"a*a", "a", false}, // the two may not overlap
		{"ab*ba", "aba", false},
		{"ab*ba", "abba", true},
		{"a*b*c", "aXbXc", true},
		{"a*b*c", "aXcXb", false},
		{"*b*", "abc", true},
		{"*b*", "ac", false},
		{"**", "", true},
		{"a**b", "ab", true},
		{"*ab", "aab", true},
		{"*ab*ab", "ab", false},
		{"*ab*ab", "abab", true},
		{"*aab", "aaaab", true},
		{"orders:*", "orders:read", true},
		{"orders:*", "orders", false},
		{"orders:*", "border:orders:read", false},
		{"a.c", "abc", false}, // every other character stands for itself
		{"a?c", "abc", false},
		{"[a]", "a", false},
		{`\*`, "*", false},
		{"(a|b)", "a", false},
		{"a*", "a\nb", true},
	} {
		if got := matches(tc.pattern, tc.s); got != tc.want {
			t.Errorf("matches(%q, %q): %v, want %v", tc.pattern, tc.s, got, tc.want)
		}
	}
}

// reference is the same pattern as a regular expression, which takes linear time and has other bugs.
func reference(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`\A(?s:` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `)\z`)
}

// FuzzMatches holds the law that a pattern matches what its regular expression does.
func FuzzMatches(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""}, {"*", "a"}, {"a*b", "ab"}, {"ab*ba", "aba"}, {"*a*a*", "aa"}, {"orders:*", "orders:read"}, {`\*.[`, `\x.[`},
		{strings.Repeat("*a", 30) + "b", strings.Repeat("a", 60)},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(s) || len(pattern) > 200 || len(s) > 2000 {
			t.Skip("admission lets no such pattern in")
		}
		if got, want := matches(pattern, s), reference(pattern).MatchString(s); got != want {
			t.Errorf("matches(%q, %q): %v, want %v", pattern, s, got, want)
		}
	})
}

// TestMatchesAgrees is FuzzMatches on an alphabet so small that most patterns nearly match.
func TestMatchesAgrees(t *testing.T) {
	letter := rapid.SampledFrom([]rune("ab*"))
	rapid.Check(t, func(t *rapid.T) {
		pattern, s := rapid.StringOfN(letter, 0, 8, -1).Draw(t, "pattern"), rapid.StringOfN(letter, 0, 12, -1).Draw(t, "s")
		if got, want := matches(pattern, s), reference(pattern).MatchString(s); got != want {
			t.Errorf("matches(%q, %q): %v, want %v", pattern, s, got, want)
		}
	})
}

// TestMatchesTakesNoTime on patterns that make a matcher which tries all places try more of them than there are atoms.
func TestMatchesTakesNoTime(t *testing.T) {
	long := strings.Repeat("a", 1<<20)
	for _, pattern := range []string{
		strings.Repeat("*a", 64) + "b",
		strings.Repeat("a*", 64) + "b",
		strings.Repeat("*", 127) + "b",
		strings.Repeat("*ab", 42),
		"*" + strings.Repeat("a", 126) + "b*",
		strings.Repeat("*aaaaaaaa", 14) + "b",
	} {
		if matches(pattern, long) {
			t.Errorf("%s matches a million a", pattern)
		}
	}
}

// BenchmarkMatches takes the worst that admission lets in: 128 characters against 128.
func BenchmarkMatches(b *testing.B) {
	for name, pattern := range map[string]string{"prefix": "orders:*", "worst": strings.Repeat("*a", 63) + "*b"} {
		b.Run(name, func(b *testing.B) {
			s := strings.Repeat("a", 128)
			for b.Loop() {
				matches(pattern, s)
			}
		})
	}
}
