package storetest

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tokenwright.dev/issuer/store"
)

// Start is what the clock says at first.
var Start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// racers is how many callers try the same thing at once.
const racers = 16

// clock stands still until it is stepped. It is safe for concurrent use.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: Start} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) step(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// race calls try from many goroutines at once, and returns what each of them got.
func race[T any](try func(racer int) T) []T {
	got := make([]T, racers)
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for i := range got {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			got[i] = try(i)
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
	return got
}

// result is what a call returned.
type result[T any] struct {
	value T
	err   error
}

// story is a test of its own, with an empty store.
type story[T any] struct {
	name string
	tell func(t *testing.T, store T, clock *clock)
}

func run[T any](t *testing.T, open func(t *testing.T, now func() time.Time) T, stories []story[T]) {
	t.Helper()
	for _, s := range stories {
		t.Run(s.name, func(t *testing.T) {
			c := newClock()
			s.tell(t, open(t, c.Now), c)
		})
	}
}

func must[T any](t *testing.T, what string, call func() (T, error)) T {
	t.Helper()
	value, err := call()
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	return value
}

// differ compares what a store returned with what it was given, of which it does not know the revision.
func differ(want, got any) string {
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(store.Grant{}, "Revision"),
		cmpopts.IgnoreFields(store.Mark{}, "Revision"))
}
