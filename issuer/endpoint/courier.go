package endpoint

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Limits of what is sent to clients. Somebody else's slow server must not hold up anything here.
const (
	maxErrands      = 1000 // that are under way or wait
	maxUnderWay     = 16
	errandAttempts  = 3
	attemptTimeout  = 5 * time.Second
	firstPause      = time.Second
	pauseMultiplier = 4
)

var (
	errCrowded   = errors.New("too many other clients are being told")
	errForbidden = errors.New("the address is none that clients may name")
)

// errand is a form that a client is to be sent.
type errand struct {
	uri      string
	loopback bool                   // the issuer itself is on a loopback address, so the client may be as well
	write    func() (string, error) // the form, when its turn comes
	report   func(error)            // what became of it; nil if the client took it
}

// courier runs errands beside the requests that they come from. It is safe for concurrent use.
type courier struct {
	outbound func(loopback bool) http.RoundTripper
	// places and hands are taken by errands: a place while it waits or is under way, a hand while it is under way.
	places, hands chan struct{}
}

// newCourier sends by transport; by ones that reach only where clients may be if it is nil.
func newCourier(transport http.RoundTripper) *courier {
	c := &courier{places: make(chan struct{}, maxErrands), hands: make(chan struct{}, maxUnderWay)}
	near, far := guarded(true), guarded(false)
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

// send begins an errand, unless too many wait.
func (c *courier) send(ctx context.Context, e *errand) {
	select {
	case c.places <- struct{}{}:
	default:
		e.report(errCrowded)
		return
	}
	go func() {
		defer func() { <-c.places }()
		c.hands <- struct{}{}
		defer func() { <-c.hands }()
		e.report(c.run(ctx, e))
	}()
}

// finish waits until no errand is under way, which is when it holds all places itself, or until ctx ends.
func (c *courier) finish(ctx context.Context) {
	held := 0
	defer func() {
		for range held {
			<-c.places
		}
	}()
	for held < cap(c.places) {
		select {
		case c.places <- struct{}{}:
			held++
		case <-ctx.Done():
			return
		}
	}
}

// run tries a few times: a client that restarts misses nothing.
func (c *courier) run(ctx context.Context, e *errand) error {
	form, err := e.write()
	if err != nil {
		return err
	}
	pause := firstPause
	for attempt := 1; ; attempt++ {
		again, err := c.try(ctx, e, form)
		if !again || attempt == errandAttempts {
			return err
		}
		wait(ctx, pause)
		pause *= pauseMultiplier
	}
}

// try sends the form once. It tells whether to try again if it failed: not when the client said no, nor where nobody may be
// called.
func (c *courier) try(ctx context.Context, e *errand, form string) (again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.uri, strings.NewReader(form))
	if err != nil {
		return false, withoutURL(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.outbound(e.loopback).RoundTrip(r) // which follows no redirects
	if err != nil {
		return !errors.Is(err, errForbidden), withoutURL(err)
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

// wait lets some time pass, unless ctx ends before.
func wait(ctx context.Context, d time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
}
