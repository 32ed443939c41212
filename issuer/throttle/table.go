package throttle

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Budget is how much of something may happen: Burst at once, and PerSecond in the long run.
type Budget struct {
	PerSecond float64
	Burst     int
}

// Table holds the budget of each key, for the keys that were seen last: a key that nobody has used for long is forgotten,
// and begins anew with a full budget. It is safe for concurrent use.
type Table struct {
	budget Budget

	mu      sync.Mutex
	buckets *recent[*rate.Limiter]
}

// NewTable makes a table for at most size keys.
func NewTable(budget Budget, size int) *Table {
	return &Table{budget: budget, buckets: newRecent[*rate.Limiter](size)}
}

// Spend takes one from the budget of key. When nothing is left it returns how long that lasts, at least a second.
func (t *Table) Spend(key string, now time.Time) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	limiter := t.limiter(key)
	if limiter.AllowN(now, 1) {
		return 0
	}
	missing := 1 - limiter.TokensAt(now)
	return max(time.Second, time.Duration(missing/t.budget.PerSecond*float64(time.Second)))
}

// Return gives back what Spend took: it turned out to be nothing that the budget is for.
func (t *Table) Return(key string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.limiter(key).AllowN(now, -1)
}

// Len is the number of keys that the table remembers.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.buckets.places)
}

func (t *Table) limiter(key string) *rate.Limiter {
	return *t.buckets.of(key, func() *rate.Limiter {
		return rate.NewLimiter(rate.Limit(t.budget.PerSecond), t.budget.Burst)
	})
}
