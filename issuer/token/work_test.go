package token_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

// counting is a key set that counts how often a token got as far as a key. No signature is checked without one.
type counting struct {
	*keys.Set
	lookups int
}

func (c *counting) Public(kid string) (jose.JSONWebKey, bool) {
	c.lookups++
	return c.Set.Public(kid)
}

// TestBadTokensAreCheap holds JW-13 by counting work, not time: thousands of bad tokens never reach a key.
func TestBadTokensAreCheap(t *testing.T) {
	s := signer(ring(), keys.EdDSA)
	set := &counting{Set: ring()}
	shapes := []func(i int) string{
		func(i int) string { return fmt.Sprint("garbage", i) },
		func(i int) string { return strings.Repeat("A", i) },
		func(i int) string { return strings.Repeat("A.", i) },
		func(i int) string { return encode(with(headerOf(s), "EdDSA", fmt.Sprint("none", i))) + ".e30.AAAA" },
		func(i int) string { return encode(with(headerOf(s), "at+jwt", fmt.Sprint("jwt", i))) + ".e30.AAAA" },
		func(i int) string {
			return encode(with(headerOf(s), s.KID(), strings.Repeat("k", 257+i))) + ".e30.AAAA"
		},
		func(i int) string { return encode(`{"crit":["x"],"i":`+fmt.Sprint(i)+`}`) + ".e30.AAAA" },
		func(i int) string { return encode(strings.Repeat(`{"a":`, i)) + ".e30.AAAA" },
		func(i int) string { return encode("{"+members(min(i, 128))+`"a":1}`) + ".e30.AAAA" },
		func(i int) string { return encode("{") + "." + strings.Repeat("A", i) + ".AAAA" },
		func(i int) string { return encode(headerOf(s)) + ".e30." + strings.Repeat("=", i+1) },
	}
	for i := range 1000 {
		for _, shape := range shapes {
			v := token.Verifier{Issuer: issuer, Keys: set, Algorithms: algorithms}
			if _, err := v.Verify(shape(i), token.AccessToken, audiences, now); err == nil {
				t.Fatalf("%q was accepted", shape(i))
			}
		}
	}
	if set.lookups != 0 {
		t.Errorf("%d bad tokens had a key looked up for them", set.lookups)
	}
}

// TestOneLookupPerToken: a token with a right header costs one look at one key, whatever else is wrong with it.
func TestOneLookupPerToken(t *testing.T) {
	for _, attacks := range [][]attack{badSignatures(forms[0]), badJSON(forms[0]), badClaims(forms[0]), badForKind(forms[0])} {
		for _, a := range attacks {
			set := &counting{Set: ring()}
			_, _ = token.Verifier{Issuer: issuer, Keys: set, Algorithms: algorithms}.Verify(a.raw, token.AccessToken, audiences, now)
			if set.lookups != 1 {
				t.Errorf("%s: %d look-ups", a.name, set.lookups)
			}
		}
	}
}
