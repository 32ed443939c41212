package token_test

import (
	"strings"
	"testing"

	"tokenwright.dev/issuer/token"
)

func TestOwnedID(t *testing.T) {
	const alice, bob = "2f5ac1b0-0000-4000-8000-000000000001", "2f5ac1b0-0000-4000-8000-000000000002"
	id := token.NewOwnedID(alice)
	for _, tc := range []struct {
		name, id, owner string
		want            bool
	}{
		{"its owner", id, alice, true},
		{"another", id, bob, false},
		{"nobody", id, "", false},
		{"nobody's own", token.NewOwnedID(""), "", true},
		{"a long owner's", token.NewOwnedID(strings.Repeat("x", 1000)), strings.Repeat("x", 1000), true},
		{"of a former version", token.NewID(), bob, true},
		{"cut", id[:len(id)-4], alice, false},
		{"longer", id + "AAAA", alice, false},
		{"empty", "", alice, false},
		{"of a grant", "grant." + id, alice, false},
	} {
		if got := token.OwnedBy(tc.id, tc.owner); got != tc.want {
			t.Errorf("%s: %q of %q: %t, want %t", tc.name, tc.id, tc.owner, got, tc.want)
		}
	}
	if other := token.NewOwnedID(alice); other == id || other[:22] == id[:22] {
		t.Errorf("%q twice", other)
	}
	if allocs := testing.AllocsPerRun(100, func() { token.NewOwnedID(alice) }); allocs > testing.AllocsPerRun(100, func() { token.NewID() }) {
		t.Errorf("%v allocations, more than an identifier without an owner", allocs)
	}
}
