package login_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

func compileClaim(tb testing.TB, expression string) *login.ClaimMap {
	tb.Helper()
	made, err := login.CompileClaims([]registration.ClaimMapping{{Name: "x", Expression: expression}})
	if err != nil {
		tb.Fatalf("%s: %v", expression, err)
	}
	return made
}

// listOf is a list of so many texts of that size.
func listOf(count, size int) []any {
	list := make([]any, count)
	for i := range list {
		list[i] = strings.Repeat("a", size)
	}
	return list
}

// Lists and texts are bounded before an expression sees them; what it does not read may be of any size.
func TestClaimBounds(t *testing.T) {
	claims := map[string]any{
		"roles": listOf(500, 100), "many": listOf(501, 1), "nested": map[string]any{"list": []any{listOf(501, 1)}},
		"text": strings.Repeat("s", 1<<10), "long": strings.Repeat("s", 1<<10+1), "key": map[string]any{strings.Repeat("s", 1<<10+1): 1.0},
		"much": []any{listOf(33, 1000), listOf(33, 1000)}, "object": object(501),
	}
	for _, tc := range []struct{ expression, want string }{
		{"claims.roles.size()", ""},
		{"claims['text'].size()", ""},
		{"claims.?many.orValue([]).size()", `the claim "many" holds a list of 501 elements, and an expression may see 500`},
		{"has(claims.many)", `the claim "many" holds a list of 501`},
		{"claims[?'many'].hasValue()", `the claim "many" holds a list of 501`},
		{"claims.nested.size()", `the claim "nested" holds a list of 501`},
		{"claims.object.size()", `the claim "object" holds an object of 501 members`},
		{"claims.long.size()", `the claim "long" holds a text of 1025 bytes, and an expression may see 1024`},
		{"claims.key.size()", `the claim "key" holds a text of 1025`},
		{"claims.much.size()", `the claim "much" and what else the expression reads are more than 65536 bytes`},
		{"claims.roles + claims.roles", "it puts together a text of more than 4096 bytes, or a list of more than 500"},
		{"claims.roles.join('').size()", "it puts together"},
		{"claims.text.replace('', claims.text)", "it puts together"},
		{"claims.roles.map(r, claims.roles)", "the result has more than 2048 bytes"},
		{"[claims.roles[0]].map(r, {r: claims.roles}).map(o, [o, o, o])", "the result has more than 2048 bytes"},
		{"(claims.text + 's').matches('s')", "matches takes texts of 1024 bytes"},
		{"'s'.matches(claims.text + 's')", "matches takes texts of 1024 bytes"},
		{"claims.text.matches(claims.text.substring(0, 3))", ""},
		{"claims.text.matches(claims.text.substring(0, 1) + '(')", "the expression failed"},
	} {
		_, err := login.ApplyClaims(compileClaim(t, tc.expression), claims)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), ": x: "+tc.want)) {
			t.Errorf("%s: %v, want %q", tc.expression, err, tc.want)
		}
		if err != nil && (!errors.Is(err, login.ErrClaims) || strings.Contains(err.Error(), "sss")) {
			t.Errorf("%s: the error is of another kind, or quotes a value: %v", tc.expression, err)
		}
	}
}

// Whatever reads the claims other than by name may read any, so all are held to the bounds.
func TestClaimsReadAsAWhole(t *testing.T) {
	for _, expression := range []string{"claims.size()", "claims[claims.name]", "'many' in claims", "claims.map(name, claims[name]).size()", "[claims].size()"} {
		made := compileClaim(t, expression)
		if _, err := login.ApplyClaims(made, map[string]any{"name": "many", "many": listOf(500, 1)}); err != nil {
			t.Errorf("%s: %v", expression, err)
		}
		if _, err := login.ApplyClaims(made, map[string]any{"name": "many", "many": listOf(501, 1)}); err == nil {
			t.Errorf("%s saw a list of 501 elements", expression)
		}
		if _, err := login.ApplyClaims(made, object(501)); err == nil {
			t.Errorf("%s saw 501 claims", expression)
		}
	}
}

// A deadline that has passed ends an expression before its next call or the next element of a list.
func TestClaimDeadline(t *testing.T) {
	late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Hour))
	defer cancel()
	claims := map[string]any{"roles": listOf(500, 1), "flags": []any{false, false, true}, "text": "a"}
	for _, expression := range []string{"claims.roles.filter(r, r == 'x')", "claims.flags.exists(f, f)", "claims.text.matches('a')", "claims.text + 'b'"} {
		made := compileClaim(t, expression)
		if _, err := login.ApplyClaimsIn(late, made, claims); err == nil || !strings.Contains(err.Error(), "took longer than 5ms") {
			t.Errorf("%s: %v", expression, err)
		}
	}
	if got, err := login.ApplyClaimsIn(late, compileClaim(t, "claims.text"), claims); err != nil || got["x"] != "a" {
		t.Errorf("what needs no work: %v, %v", got, err)
	}
}

// A pattern is bounded when it is written, not at somebody's login.
func TestClaimPatternTooLarge(t *testing.T) {
	_, err := login.CompileClaims([]registration.ClaimMapping{{Name: "x", Expression: "claims.text.matches('(a?){1000}b')"}})
	if err == nil || !strings.Contains(err.Error(), "patterns of 1000 steps at most") {
		t.Errorf("a pattern of thousands of steps: %v", err)
	}
	if compileClaim(t, "claims.mail.matches('^[a-z0-9._%+-]{1,64}@([a-z0-9-]{1,63}[.]){1,4}[a-z]{2,63}$')") == nil {
		t.Error("a pattern for addresses was refused")
	}
}

// object has so many members.
func object(count int) map[string]any {
	members := map[string]any{}
	for i := range count {
		members[strconv.Itoa(i)] = "a"
	}
	return members
}

// BenchmarkClaimMap is the worst that accepted mappings do at a login: two attempts of 5 ms and one call more each.
func BenchmarkClaimMap(b *testing.B) {
	claims := map[string]any{"roles": listOf(500, 120), "few": listOf(60, 1000), "text": strings.Repeat("a", 1<<10)}
	for _, expression := range []string{
		"claims.roles.filter(r, r.startsWith('app-'))", // a usual one
		"claims.roles.filter(r, claims.roles.exists(s, s == r + 'x'))",
		"claims.few.filter(r, r.matches('(x|a?){140}b'))",
		"claims.text.matches('(x|a?){140}b')",
		"claims.text.replace('', claims.text)",
	} {
		made := compileClaim(b, expression)
		b.Run(expression, func(b *testing.B) {
			for b.Loop() {
				_, _ = login.ApplyClaimsNow(made, claims)
			}
		})
	}
}
