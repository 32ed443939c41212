package index

import (
	"slices"
	"sync"

	"tokenwright.dev/issuer/store"
)

// Audience is who hears of endings. The zero value is nobody. It is safe for concurrent use.
type Audience struct {
	mu  sync.Mutex
	all []store.Endings
}

// Tell adds to.
func (a *Audience) Tell(to store.Endings) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, to)
}

// All are those who were added.
func (a *Audience) All() []store.Endings {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.all)
}
