package grant_test

import (
	"strings"
	"testing"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/store"
)

// A grant that the platform gave says so, also where its code was parked, and no other grant does.
func TestGrantedByPlatform(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*grant.Code)
		want   bool
	}{
		"asked":           {func(*grant.Code) {}, false},
		"skipped":         {func(c *grant.Code) { c.ByPlatform = true }, true},
		"skipped, parked": {func(c *grant.Code) { c.ByPlatform, c.Nonce = true, strings.Repeat("n", 900) }, true},
		"asked, parked":   {func(c *grant.Code) { c.Nonce = strings.Repeat("n", 900) }, false},
	} {
		s, web := newScene(t), issuertest.Web()
		granted, err := s.redeem(web, s.code(web, tc.change))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := granted.Authorization.ByPlatform; got != tc.want {
			t.Errorf("%s: by the platform: %v", name, got)
		}
		stored, err := s.store.Get(t.Context(), granted.Authorization.ID, store.Latest)
		if err != nil || stored.ByPlatform != tc.want {
			t.Errorf("%s: stored as %+v (%v)", name, stored, err)
		}
	}
}
