package registry_test

import (
	"context"
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registry"
)

// TestWatchOvertakesRead lets the watch deliver a registration while it is being read live. The read then brings nothing
// new, and the client is known all the same.
func TestWatchOvertakesRead(t *testing.T) {
	for _, id := range []string{"new", "old"} {
		t.Run(id, func(t *testing.T) {
			live := &reader{updates: map[string]registry.Update{id: version(id, 5)}}
			server := issuertest.New(t, issuertest.Bare(), with(live))
			server.Registry.Apply(version("old", 1))
			live.during = func(context.Context) error {
				server.Registry.Apply(version(id, 5))
				return nil
			}
			if _, err := server.Registry.Authenticate(t.Context(), credentials(id, secretOf(5)), "192.0.2.1"); err != nil {
				t.Errorf("%v, want the client to be known", err)
			}
		})
	}
}
