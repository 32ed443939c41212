package memory

import (
	"context"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

const (
	// sweepInterval is how often Run looks for sessions that have ended.
	sweepInterval = 5 * time.Second
	// tellAgain is how soon somebody hears again of an end that they did nothing about.
	tellAgain = time.Minute
)

var _ store.Teller = (*Grants)(nil)

// Tell adds somebody who hears of endings. In a memory nothing ends but login sessions.
func (g *Grants) Tell(to store.Endings) { g.audience.Tell(to) }

// Run tells of login sessions that have ended, until ctx ends.
func (g *Grants) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(sweepInterval):
			g.Sweep(ctx)
		}
	}
}

// Sweep tells of login sessions that have ended by now.
func (g *Grants) Sweep(ctx context.Context) {
	for over := g.over(); over != nil; over = g.over() {
		for _, to := range g.audience.All() {
			to.SessionOver(ctx, over)
		}
	}
}

// over finds a session that has ended, and all that one client of it has there; nil where there is none.
func (g *Grants) over() []store.Grant {
	g.mu.Lock()
	defer g.mu.Unlock()
	id, ok := g.ends.Next(g.now())
	if !ok {
		return nil
	}
	g.ends.Set(id, g.now().Add(tellAgain))
	one := g.byID[id]
	return index.Awaiting(g.these(g.bySession.Of(one.SessionID)), &one)
}
