package grant

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

// TestOneByOne wants one at a time at each thing, nobody to wait for another thing, and nothing to stay behind.
func TestOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all oneByOne
		done, err := all.take(t.Context(), "alice")
		if err != nil {
			t.Fatal(err)
		}
		other, err := all.take(t.Context(), "bob")
		if err != nil {
			t.Fatal(err)
		}
		came := false
		go func() {
			done, err := all.take(t.Context(), "alice")
			if err != nil {
				t.Error(err)
				return
			}
			came = true
			done()
		}()
		leaving, leave := context.WithCancel(t.Context())
		gaveUp := make(chan error, 1)
		go func() { _, err := all.take(leaving, "alice"); gaveUp <- err }()
		if synctest.Wait(); came {
			t.Fatal("two at once")
		}
		leave()
		if err := <-gaveUp; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up: %v", err)
		}
		done()
		if synctest.Wait(); !came {
			t.Error("the next one never came")
		}
		other()
		if len(all.of) != 0 {
			t.Errorf("%d stayed behind", len(all.of))
		}
	})
}
