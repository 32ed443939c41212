package oauth_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

func TestParseScopes(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     oauth.Scopes // nil when refused
	}{
		{"one", "read", oauth.Scopes{"read"}},
		{"order of appearance", "write read", oauth.Scopes{"write", "read"}},
		{"repeated", "a b a b c", oauth.Scopes{"a", "b", "c"}},
		{"every character allowed", "!#$%&'()*+,-./:;<=>?@[]^_`{|}~", oauth.Scopes{"!#$%&'()*+,-./:;<=>?@[]^_`{|}~"}},
		{"case counts", "Read read", oauth.Scopes{"Read", "read"}},
		{"two spaces", "a  b", nil},
		{"leading space", " a", nil},
		{"trailing space", "a ", nil},
		{"only a space", " ", nil},
		{"tab", "a\tb", nil},
		{"line break", "a\nb", nil},
		{"quote", `a"b`, nil},
		{"backslash", `a\b`, nil},
		{"not ASCII", "grüße", nil},
		{"NUL", "a\x00", nil},
		{"DEL", "a\x7f", nil},
		{"as many as there may be", numbered(256), strings.Fields(numbered(256))},
		{"too many", numbered(257), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := oauth.ParseScopes(tc.in)
			if tc.want == nil && oauth.CodeOf(err) != oauth.InvalidScope {
				t.Errorf("ParseScopes(%q): %v, want invalid_scope", tc.in, err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("ParseScopes(%q) (-want +got):\n%s", tc.in, diff)
			}
		})
	}
}

func numbered(n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprint("s", i)
	}
	return strings.Join(names, " ")
}

func TestNoScope(t *testing.T) {
	if set, err := oauth.ParseScopes(""); set != nil || err != nil {
		t.Errorf("an empty value parses to %v, %v; want none, as if it were absent", set, err)
	}
}

func TestScopesAsSets(t *testing.T) {
	for _, tc := range []struct {
		a, b  string
		minus string
		equal bool
	}{
		{"", "", "", true},
		{"a", "", "a", false},
		{"", "a", "", false},
		{"a b", "b a", "", true},
		{"a b c", "b", "a c", false},
		{"a", "a b", "", false},
		{"a b", "a c", "b", false},
	} {
		a, b := scopes(t, tc.a), scopes(t, tc.b)
		if got := a.Minus(b).String(); got != tc.minus {
			t.Errorf("(%s) minus (%s) is (%s), want (%s)", a, b, got, tc.minus)
		}
		if got := a.Equal(b); got != tc.equal {
			t.Errorf("(%s) equals (%s): %v, want %v", a, b, got, tc.equal)
		}
	}
}

func TestMinusLeavesItsOperandsAlone(t *testing.T) {
	a := scopes(t, "a b c")
	before := slices.Clone(a)
	_ = a.Minus(scopes(t, "a"))
	if !slices.Equal(a, before) {
		t.Errorf("Minus changed %v to %v", before, a)
	}
}

func TestContains(t *testing.T) {
	set := scopes(t, "read write")
	for scope, want := range map[string]bool{"read": true, "write": true, "Read": false, "rea": false, "": false} {
		if set.Contains(scope) != want {
			t.Errorf("(%s) contains %q: %v, want %v", set, scope, !want, want)
		}
	}
}

func scopes(t *testing.T, value string) oauth.Scopes {
	t.Helper()
	set, err := oauth.ParseScopes(value)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// FuzzParseScopes holds three laws: parsing never panics, what parses survives a round trip, and it is a set.
func FuzzParseScopes(f *testing.F) {
	for _, seed := range []string{"", "openid", "read  write", "a b a", "a\x00b", `say "x"`, numbered(257)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		set, err := oauth.ParseScopes(in)
		if err != nil {
			if oauth.CodeOf(err) != oauth.InvalidScope {
				t.Errorf("%q is refused by %v", in, err)
			}
			return
		}
		if again, err := oauth.ParseScopes(set.String()); err != nil || !slices.Equal(again, set) {
			t.Errorf("%q parsed to %v, then to %v (%v)", in, set, again, err)
		}
		if distinct := slices.Compact(slices.Sorted(slices.Values(set))); len(distinct) != len(set) {
			t.Errorf("%q parsed to %v, which repeats a scope", in, set)
		}
	})
}
