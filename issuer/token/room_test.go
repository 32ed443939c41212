package token_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

// textOf is a text that takes so many bytes as a member of that name, with the comma before it.
func textOf(name string, size int) string { return strings.Repeat("x", size-len(name)-len(`,"":""`)) }

func TestFit(t *testing.T) {
	type set = map[string]any
	nested := any("x")
	for range 20 {
		nested = []any{nested}
	}
	many := set{}
	for i := range 200 {
		many[fmt.Sprint(i)] = 1
	}
	const all = token.MaxFurther - 1 // the closing brace
	for _, tc := range []struct {
		name      string
		claims    set
		preferred []string
		left      []string
	}{
		{"nothing", nil, nil, nil},
		{"what fits", set{"name": "Alice", "groups": []string{"dev", "ops"}, "email_verified": false}, nil, nil},
		{"just as much as fits", set{"a": textOf("a", all-100), "b": textOf("b", 100)}, nil, nil},
		{"one byte more", set{"a": textOf("a", all-100), "b": textOf("b", 101)}, nil, []string{"a"}},
		{"what fits stays beside what does not", set{"groups": []string{textOf("", 3000)}, "name": "Alice"}, nil, []string{"groups"}},
		{"the smaller first", set{"a": textOf("a", 1200), "b": textOf("b", 1100), "c": textOf("c", 900)}, nil, []string{"a"}},
		{"the preferred before the smaller", set{"a": textOf("a", 1200), "b": textOf("b", 1100), "c": textOf("c", 900)}, []string{"a"}, []string{"b", "c"}},
		{"one that is preferred, and does not fit", set{"a": textOf("a", 5000), "b": 1}, []string{"a"}, []string{"a"}},
		{"of equal ones the first by name", set{"b": textOf("b", 1500), "a": textOf("a", 1500)}, nil, []string{"b"}},
		{"what is escaped counts as it is written", set{"a": strings.Repeat("<", 400)}, nil, []string{"a"}},
		{"deeper than a reader goes", set{"deep": nested, "name": "Alice"}, nil, []string{"deep"}},
		{"more members than a reader takes", set{"many": many, "name": "Alice"}, nil, []string{"many"}},
		{"no number", set{"nan": math.NaN(), "name": "Alice"}, nil, []string{"nan"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fitting, left := token.Fit(tc.claims, tc.preferred)
			if diff := cmp.Diff(tc.left, left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			if len(fitting)+len(left) != len(tc.claims) {
				t.Errorf("%d fit and %d do not, of %d", len(fitting), len(left), len(tc.claims))
			}
		})
	}
}

// TestFitLaw: what fits is within the bound and makes an ID token; each claim is taken or left as a whole; nothing is left
// that there is room for; and the same claims give the same answer.
func TestFitLaw(t *testing.T) {
	s := signer(ring(), keys.ES256)
	value := rapid.OneOf(
		rapid.Map(rapid.StringN(0, 700, -1), func(s string) any { return s }),
		rapid.Map(rapid.SliceOfN(rapid.StringN(0, 40, -1), 0, 40), func(l []string) any { return l }),
		rapid.Map(rapid.Bool(), func(b bool) any { return b }),
		rapid.Map(rapid.Float64(), func(f float64) any { return f }),
	)
	rapid.Check(t, func(t *rapid.T) {
		claims := rapid.MapOfN(rapid.StringMatching(`[a-z_]{1,12}`), value, 0, 12).Draw(t, "claims")
		preferred := rapid.SliceOfN(rapid.SampledFrom(append(slices.Sorted(maps.Keys(claims)), "other")), 0, 3).Draw(t, "preferred")
		fitting, left := token.Fit(claims, preferred)
		text, err := json.Marshal(fitting)
		if err != nil || len(text) > token.MaxFurther {
			t.Fatalf("%d bytes, %v", len(text), err)
		}
		both := maps.Clone(fitting)
		for _, name := range left {
			if _, taken := both[name]; taken {
				t.Errorf("%s is taken and left", name)
			}
			both[name] = claims[name]
			with := maps.Clone(fitting)
			with[name] = claims[name]
			if text, err := json.Marshal(with); err == nil && len(text) <= token.MaxFurther {
				t.Errorf("%s is left, and there is room for it", name)
			}
		}
		if diff := cmp.Diff(claims, both, equalNumbers); diff != "" {
			t.Errorf("taken or left (-claims +both):\n%s", diff)
		}
		again, leftAgain := token.Fit(maps.Clone(claims), preferred)
		if !cmp.Equal(fitting, again) || !slices.Equal(left, leftAgain) {
			t.Error("the same claims give another answer")
		}
		c := idClaims()
		c.Further = fitting
		if _, err := token.AppendIDToken(nil, s, c); err != nil {
			t.Errorf("AppendIDToken: %v", err)
		}
	})
}

// TestUserInfoTellsWhatDoesNotFit: what an ID token has no room for is told, in both forms of the answer.
func TestUserInfoTellsWhatDoesNotFit(t *testing.T) {
	deep, many := any("x"), map[string]any{}
	for i := range 200 {
		many[fmt.Sprint(i)] = true
		deep = []any{deep}
	}
	u := userInfo()
	u.Further = map[string]any{"deep": deep, "many": many, "long": strings.Repeat("x", 3*token.MaxFurther)}
	if _, left := token.Fit(u.Further, nil); len(left) != len(u.Further) {
		t.Fatalf("left are %q alone", left)
	}
	text, err := u.Encode()
	if err != nil || !strings.Contains(string(text), `"199":true`) || len(text) < 3*token.MaxFurther {
		t.Errorf("%v: %.80s", err, text)
	}
	s := signer(ring(), keys.ES256)
	raw, err := token.AppendUserInfo(nil, s, u)
	if err != nil {
		t.Fatal(err)
	}
	if got := readAs(t, string(raw), "JWT", s, ring()); len(got["many"].(map[string]any)) != 200 {
		t.Errorf("signed: %v", got["many"])
	}
}

// equalNumbers takes one that is no number for equal to itself.
var equalNumbers = cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })

// BenchmarkFit is what an ID token costs besides: some 40 groups, and what profile and email release.
func BenchmarkFit(b *testing.B) {
	claims := map[string]any{"name": "Alice Example", "email": "alice@example.org", "email_verified": true, "groups": make([]string, 40)}
	for i := range 40 {
		claims["groups"].([]string)[i] = fmt.Sprintf("team-%d-developers", i)
	}
	for b.Loop() {
		token.Fit(claims, nil)
	}
}
