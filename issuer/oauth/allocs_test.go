//go:build !race

package oauth_test

import (
	"testing"

	"tokenwright.dev/issuer/oauth"
)

// TestAllocations holds the budget: the request itself, the strings that outlive it, and the slices they stand in.
func TestAllocations(t *testing.T) {
	for _, tc := range []struct {
		name string
		p    *replay
		want float64
	}{
		{"bare, basic", newReplay("grant_type=client_credentials", basic("shop.web:"+typicalSecret)), 4},
		{"typical, basic", newReplay(typicalBody, basic("shop.web:"+typicalSecret)), 8},
		{"typical, post", newReplay(typicalBody+"&client_id=shop.web&client_secret="+typicalSecret, ""), 8},
	} {
		got := testing.AllocsPerRun(100, func() {
			if _, err := oauth.ParseTokenRequest(tc.p.next()); err != nil {
				t.Fatal(err)
			}
		})
		if got > tc.want {
			t.Errorf("%s: %v allocations, want at most %v", tc.name, got, tc.want)
		}
	}
}
