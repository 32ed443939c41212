//go:build !race

package token_test

import (
	"testing"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

// TestAllocations holds the budget of minting: nothing but the identifier, beside what the signature costs.
func TestAllocations(t *testing.T) {
	var m token.Minter
	s, c := signer(ring(), keys.EdDSA), claims()
	space := make([]byte, 0, 2048)
	signing := testing.AllocsPerRun(100, func() { _, _ = s.AppendSignature(space, space[:512]) })
	minting := testing.AllocsPerRun(100, func() {
		c.ID = token.NewID()
		if _, err := m.AppendAccessToken(space, s, c); err != nil {
			t.Fatal(err)
		}
	})
	if minting > signing+1 {
		t.Errorf("minting allocates %v times, signing %v", minting, signing)
	}
}
