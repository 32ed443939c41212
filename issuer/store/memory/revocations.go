package memory

import (
	"context"
	"strconv"
	"sync"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

// Revocations is a store.Revocations.
type Revocations struct {
	now    func() time.Time
	budget index.Budget

	mu     sync.RWMutex
	last   uint64
	names  map[store.Revocation]string
	byName map[string]store.Revocation
	index  index.Revocations
	due    index.Expiry
}

var _ store.Revocations = (*Revocations)(nil)

// NewRevocations makes an empty store whose clock is now.
func NewRevocations(now func() time.Time) *Revocations {
	return &Revocations{
		now: now, budget: index.NewBudget(),
		names: map[store.Revocation]string{}, byName: map[string]store.Revocation{},
	}
}

// Revoke keeps a revocation. Repeating one costs nothing.
func (r *Revocations) Revoke(_ context.Context, revocation store.Revocation) error {
	now := r.now()
	revocation.IssuedBefore, revocation.Expires = second(revocation.IssuedBefore), second(revocation.Expires)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(now)
	if _, known := r.names[revocation]; known || !now.Before(revocation.Expires) {
		return nil
	}
	spent := r.budget.Spent(revocation, now)
	if spent || len(r.byName) >= store.MaxRevocations {
		return store.ErrFull
	}
	r.last++
	name := strconv.FormatUint(r.last, 10)
	r.names[revocation], r.byName[name] = name, revocation
	r.index.Add(name, revocation)
	r.due.Set(name, revocation.Expires)
	return nil
}

// Revoked tells whether any revocation covers i.
func (r *Revocations) Revoked(i store.Issued) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.index.Cover(i)
}

// forget drops what has expired.
func (r *Revocations) forget(now time.Time) {
	for range sweep {
		name, ok := r.due.Next(now)
		if !ok {
			return
		}
		revocation := r.byName[name]
		r.index.Remove(name, revocation)
		delete(r.byName, name)
		delete(r.names, revocation)
	}
}
