package login

import (
	"context"
	"errors"
	"time"
)

// ErrBusy says that too many passwords are being checked. The same login may succeed a little later.
var ErrBusy = errors.New("login: too many passwords are being checked")

// patience is how long a login waits for its turn: beyond, whoever waits has most likely tried again.
const patience = 2 * time.Second

// Gate bounds how many passwords are hashed at a time: each takes a processor for long and, by argon2id, up to 256 MiB.
// It is safe for concurrent use, and one Gate serves all providers of a process.
type Gate struct{ places chan struct{} }

// NewGate lets so many hash at a time; runtime.GOMAXPROCS(0) is a good number.
func NewGate(places int) *Gate { return &Gate{make(chan struct{}, max(places, 1))} }

// enter waits for a place. Whoever got one calls leave.
func (g *Gate) enter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case g.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ErrBusy
	}
}

func (g *Gate) leave() { <-g.places }
