package endpoint

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits of what is written when people leave: an API server hardly notices it, and a file of a thousand people who all go
// is done in a minute.
const (
	departuresPerSecond = 20
	departuresAtOnce    = 100
	maxDepartures       = 10_000 // that wait, one a person: more than all files of an issuer hold
	departurePause      = time.Second
	longestPause        = 30 * time.Second
)

var errTooManyLeavers = errors.New("too many people have left: of some, sessions from before could be used again if the very same entry came back")

// leavers are people whose sessions and grants are to be ended, beside the requests. One goroutine ends them while there
// are any. It is safe for concurrent use.
type leavers struct {
	pace *rate.Limiter

	mu      sync.Mutex
	waiting []*dismissal
	done    chan struct{} // closed when nobody waits any more; nil before the first
}

func newLeavers() *leavers {
	return &leavers{pace: rate.NewLimiter(departuresPerSecond, departuresAtOnce)}
}

// add queues people, and tells whether the caller has to see to them: somebody else does already if not. With too many the
// last ones are left out.
func (l *leavers) add(gone []*dismissal) (first bool, dropped int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	room := min(len(gone), maxDepartures-len(l.waiting))
	gone, dropped = gone[:room], len(gone)-room
	first = len(l.waiting) == 0 && !l.busy()
	l.waiting = append(l.waiting, gone...)
	if first {
		l.done = make(chan struct{})
	}
	return first, dropped
}

// next is somebody who waits. When there is nobody, whoever saw to them is free.
func (l *leavers) next() (*dismissal, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.waiting = nil
		close(l.done)
		return nil, false
	}
	gone := l.waiting[0]
	l.waiting = l.waiting[1:]
	return gone, true
}

// again puts somebody back, behind all others: what cannot be ended of one must not keep it from being ended of another.
func (l *leavers) again(one *dismissal) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, one)
}

// busy tells whether somebody sees to them. The caller holds the lock.
func (l *leavers) busy() bool {
	if l.done == nil {
		return false
	}
	select {
	case <-l.done:
		return false
	default:
		return true
	}
}

// finish waits until nobody waits any more, or for half of the time that ctx has: where the store is away this takes longer
// than anybody has, and the other half is for clients that are to hear of logouts.
func (l *leavers) finish(ctx context.Context) {
	const share = 2
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/share)
		defer cancel()
	}
	l.mu.Lock()
	done := l.done
	l.mu.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}
