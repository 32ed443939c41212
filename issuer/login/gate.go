package login

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/semaphore"
)

var (
	// ErrBusy says that too many passwords are being checked. The same login may succeed a little later.
	ErrBusy = errors.New("login: too many passwords are being checked")
	// ErrTooCostly says that a hash needs more memory than there is for hashing. No password of its file is checked.
	ErrTooCostly = errors.New("a hash may use a quarter of the issuer's limit of memory")
)

// patience is how long a login waits for its turn: beyond, whoever waits has most likely tried again.
const patience = 2 * time.Second

// Gate bounds what hashing passwords takes at a time: memory, since argon2id needs up to 256 MiB of it, and processors,
// each of which a hash takes for long. Logins go through in their order. It is safe for concurrent use, and one Gate
// serves all providers of a process.
type Gate struct {
	budget, least int64
	taken         *semaphore.Weighted
}

// NewGate lets so many hash at a time as there are places, and no more than fit into budget, in bytes.
// runtime.GOMAXPROCS(0) is a good number of places, HashingBudget a good budget.
func NewGate(places int, budget int64) *Gate {
	// One measure does for both: a hash that needs little memory takes the share of one processor all the same.
	places, budget = max(places, 1), max(budget, int64(places), 1)
	return &Gate{budget: budget, least: max(budget/int64(places), 1), taken: semaphore.NewWeighted(budget)}
}

// enter waits until there are a place and so much memory, in bytes. Whoever got them calls leave. The error is ErrBusy, or
// ErrTooCostly for what no waiting can help.
func (g *Gate) enter(ctx context.Context, memory int64) (leave func(), err error) {
	if memory > g.budget {
		return nil, ErrTooCostly
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	weight := max(memory, g.least)
	if g.taken.Acquire(ctx, weight) != nil {
		return nil, ErrBusy
	}
	return func() { g.taken.Release(weight) }, nil
}
