package scrape

import (
	"context"
	"crypto/sha256"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// remembered is for how long somebody who may is let in without asking again. A right that was taken away, or a
	// token whose Pod is gone, opens the door for that long.
	remembered = time.Minute
	// scrapers is how many are remembered at a time; there is one Prometheus, or a few.
	scrapers = 32
	// Strangers, all together, have the API server asked so often, in a second and at once. Scrapers who were let in
	// before do not wait behind them.
	strangersPerSecond = 2
	strangersBurst     = 10
)

// verdict is what somebody may. The zero value is nothing, since nobody knows them.
type verdict int

const (
	unknown verdict = iota // no token, or none that Kubernetes knows
	forbidden
	allowed
	busy // nobody was asked: too many strangers came
)

// reviewer asks Kubernetes who has a token and whether they may read metrics.
type reviewer func(ctx context.Context, token string) (verdict, error)

// door remembers whom it let in. It is safe for concurrent use.
type door struct {
	review reviewer
	now    func() time.Time

	mu        sync.Mutex
	until     map[[sha256.Size]byte]time.Time // by the hash of a token that was let in: no token is kept
	strangers *rate.Limiter
}

func newDoor(review reviewer, now func() time.Time) *door {
	return &door{
		review: review, now: now, until: map[[sha256.Size]byte]time.Time{},
		strangers: rate.NewLimiter(strangersPerSecond, strangersBurst),
	}
}

// judge says what the bearer of token may. An error is of the one who was asked, and changes nothing.
func (d *door) judge(ctx context.Context, token string) (verdict, error) {
	hash := sha256.Sum256([]byte(token))
	if v, known := d.recall(hash); known {
		return v, nil
	}
	v, err := d.review(ctx, token)
	if err != nil {
		return unknown, err
	}
	d.note(hash, v)
	return v, nil
}

// recall is what is known without asking: somebody was let in a moment ago, or nobody may be asked.
func (d *door) recall(hash [sha256.Size]byte) (verdict, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	until, known := d.until[hash]
	switch {
	case known && now.Before(until):
		return allowed, true
	case !known && !d.strangers.AllowN(now, 1):
		return busy, true
	}
	return unknown, false
}

func (d *door) note(hash [sha256.Size]byte, v verdict) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v != allowed {
		delete(d.until, hash)
		return
	}
	if _, known := d.until[hash]; !known && len(d.until) >= scrapers {
		d.forgetOne()
	}
	d.until[hash] = d.now().Add(remembered)
}

// forgetOne makes room: who was let in the longest ago goes.
func (d *door) forgetOne() {
	var oldest [sha256.Size]byte
	var at time.Time
	for hash, until := range d.until {
		if at.IsZero() || until.Before(at) {
			oldest, at = hash, until
		}
	}
	delete(d.until, oldest)
}
