package e2e

import (
	"context"
	"testing"
	"time"
)

// until asks again and again, where there is nothing to watch, until there is no error or the time is over. It returns how
// long that took.
func until(t *testing.T, limit time.Duration, want string, ask func(context.Context) error) time.Duration {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	pause := time.NewTicker(100 * time.Millisecond)
	defer pause.Stop()
	var last error
	for {
		err := ask(ctx)
		if err == nil {
			return time.Since(began)
		}
		if ctx.Err() == nil { // else it was cut short, and says nothing
			last = err
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			t.Fatalf("waited %v for %s: %v", limit, want, last)
		}
	}
}
