package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"tokenwright.dev/issuer/fair"
	"tokenwright.dev/issuer/outbound"
)

// Limits of what is sent to clients. Somebody else's slow server must not hold up anything here.
const (
	maxErrands      = 1000 // that wait, of all namespaces
	maxErrandsOfOne = 250  // of one namespace
	maxUnderWay     = 32   // at a time, of which one namespace gets half at most
	attemptTimeout  = 5 * time.Second
)

// pauses are those between the attempts of one errand, so there is one attempt more.
var pauses = [...]time.Duration{time.Second, 4 * time.Second}

var errCrowded = errors.New("too many other clients are being told")

// errand is a form that a client is to be sent.
type errand struct {
	namespace string // of the client: namespaces take turns
	uri       string
	loopback  bool // the issuer itself is on a loopback address, so the client may be as well
	// write makes the form, for each attempt anew: what it says of the time must hold when it arrives.
	write  func() (string, error)
	report func(error) // what became of it; nil if the client took it

	attempt func() (again bool, err error)
	failed  int // attempts so far
}

// courier runs errands beside the requests that they come from. It is safe for concurrent use.
type courier struct {
	outbound func(loopback bool) http.RoundTripper
	waiting  func(int) // told how many wait

	mu      sync.Mutex
	queue   *fair.Queue[*errand]
	pause   *time.Timer   // ends when the next errand that was put off is due
	settled chan struct{} // closed when nothing waits and nothing is under way; nil while nothing does
}

// newCourier sends by transport; by those of package outbound for clusters if it is nil. It tells waiting how many
// errands wait whenever that may have changed.
func newCourier(transport http.RoundTripper, waiting func(int)) *courier {
	c := &courier{waiting: waiting, queue: fair.New[*errand](fair.Limits{
		Waiting: maxErrands, WaitingPerOwner: maxErrandsOfOne, Hands: maxUnderWay,
	})}
	near, far := outbound.Cluster.WithLoopback().Transport(), outbound.Cluster.Transport()
	c.outbound = func(loopback bool) http.RoundTripper {
		switch {
		case transport != nil:
			return transport
		case loopback:
			return near
		default:
			return far
		}
	}
	return c
}

// send begins an errand. Where too many wait, one of the namespace that has the most is given up.
func (c *courier) send(ctx context.Context, e *errand) {
	e.attempt = func() (bool, error) { return c.try(ctx, e) }
	lost, crowded := c.add(e)
	if crowded {
		lost.report(errCrowded)
	}
}

func (c *courier) add(e *errand) (lost *errand, crowded bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.settled == nil {
		c.settled = make(chan struct{})
	}
	lost, crowded = c.queue.Add(e.namespace, e)
	c.dispatch()
	return lost, crowded
}

// dispatch begins what there is a hand for, and comes back when the next pause ends. It is called with the lock held.
func (c *courier) dispatch() {
	now := time.Now()
	for task, ok := c.queue.Take(now); ok; task, ok = c.queue.Take(now) {
		go c.work(task)
	}
	c.waiting(c.queue.Waiting())
	if c.pause != nil {
		c.pause.Stop()
	}
	if due, ok := c.queue.Due(now); ok {
		c.pause = time.AfterFunc(due.Sub(now), func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.dispatch()
		})
	}
	if c.queue.Empty() && c.settled != nil {
		close(c.settled)
		c.settled = nil
	}
}

// work makes one attempt. A client that restarts misses nothing: there are more, and no hand is held between them.
func (c *courier) work(task *fair.Task[*errand]) {
	e := task.Value
	again, err := e.attempt()
	again = again && e.failed < len(pauses)
	if !again {
		e.report(err)
	}
	if lost, crowded := c.yield(task, again); crowded {
		lost.report(errCrowded)
	}
}

// yield gives a hand back, for a while or for good.
func (c *courier) yield(task *fair.Task[*errand], again bool) (lost *errand, crowded bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if again {
		pause := pauses[task.Value.failed]
		task.Value.failed++
		lost, crowded = c.queue.PutOff(task, time.Now().Add(pause))
	} else {
		c.queue.Done(task)
	}
	c.dispatch()
	return lost, crowded
}

// finish waits until no errand waits or is under way, or until ctx ends.
func (c *courier) finish(ctx context.Context) {
	c.mu.Lock()
	settled := c.settled
	c.mu.Unlock()
	if settled == nil {
		return
	}
	select {
	case <-settled:
	case <-ctx.Done():
	}
}

// try sends the form once. It tells whether to try again if it failed: not when the client said no, nor where nobody may be
// called.
func (c *courier) try(ctx context.Context, e *errand) (again bool, err error) {
	form, err := e.write()
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.uri, strings.NewReader(form))
	if err != nil {
		return false, withoutURL(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.outbound(e.loopback).RoundTrip(r) // which follows no redirects
	if err != nil {
		return !errors.Is(err, outbound.ErrRefused), withoutURL(err)
	}
	_ = answer.Body.Close() // what it says is nobody's business, so none of it is read
	status := answer.StatusCode
	if status >= 200 && status < 300 {
		return false, nil
	}
	return status >= 500 || status == http.StatusTooManyRequests, fmt.Errorf("the client answered with status %d", status)
}

// withoutURL takes the URL out of an error, which goes to the log: its query may hold something that is not for there.
func withoutURL(err error) error {
	if whole, ok := errors.AsType[*url.Error](err); ok {
		return whole.Err
	}
	return err
}
