package kube

import (
	"context"
	"errors"
	"time"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/store"
)

const (
	// maxBurials bounds the tombstones that wait to be written.
	maxBurials = 1000
	// burialPause is how long to wait after a failure, before the next attempt.
	burialPause = time.Second
	// burialRest is how long a tombstone stays that decides who tells a client: until the slowest replica has tried.
	burialRest = 2 * time.Minute
)

// burial is a tombstone to put where somebody deleted a grant.
type burial struct {
	grant store.Grant
	// tell says that the client is to hear of it: by the replica that puts the tombstone, which only one can.
	tell bool
}

// deleted hears that a grant is gone, and makes a tombstone in its place for two reasons. If its code could still be
// presented, then it was not the issuer that deleted it, and whoever has the code must not get another grant by it: this
// replica knows that at once, and others, those that start later too, by the tombstone. If its client is to hear of the end
// of the login session, it is told by whoever is the first to put the tombstone there.
func (g *Grants) deleted(id string, last row[store.Grant], version uint64) {
	grant, now := last.value, g.now()
	tell := g.lost(&grant, now)
	if !tell && !now.Before(grant.CodeExpires) {
		return
	}
	if grant.RevokedAt.IsZero() {
		grant.RevokedAt = now.UTC().Truncate(time.Second)
	}
	if rest := grant.RevokedAt.Add(burialRest); tell && grant.CodeExpires.Before(rest) {
		grant.CodeExpires = rest
	}
	grant.Revision, grant.Over = "", store.OverRevoked
	g.known.told(id, row[store.Grant]{value: grant, version: version})
	g.toBury(burial{grant, tell})
}

// lost tells whether a client has lost by somebody's deletion what it is to hear about: the last that it had of a login
// session. The issuer itself revokes such a grant before it deletes it. All replicas see the same, since a watch tells all of
// them of all changes in the same order.
func (g *Grants) lost(grant *store.Grant, now time.Time) bool {
	if !grant.Awaits() && (!grant.RevokedAt.IsZero() || !now.Before(grant.HeldUntil)) {
		return false
	}
	g.known.mu.RLock()
	defer g.known.mu.RUnlock()
	for other := range g.these(g.bySession.Of(grant.SessionID)) {
		if other.ID != grant.ID && other.Client.UID == grant.Client.UID && other.Live(now) {
			return false
		}
	}
	return true
}

// toBury queues a tombstone. With so many that there is no room, this replica remembers it in memory alone, and tells nobody.
func (g *Grants) toBury(b burial) {
	select {
	case g.burials <- b:
	default:
		if b.tell {
			g.untold()
		}
	}
}

// bury writes tombstones where somebody deleted grants, until ctx ends. What fails is tried again while it matters.
func (s *Store) bury(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case b := <-s.Grants.burials:
			if s.pace.Wait(ctx) != nil {
				return
			}
			first, err := s.Grants.bury(ctx, b.grant)
			switch {
			case err != nil:
				s.config.Log.WarnContext(ctx, "Failed to put a tombstone where a grant was deleted", "grant", b.grant.ID, "error", err)
				s.again(ctx, b)
			case first && b.tell:
				for _, to := range s.audience.All() {
					to.GrantDeleted(ctx, b.grant)
				}
			}
		}
	}
}

// again puts a tombstone back into the queue, after a pause.
func (s *Store) again(ctx context.Context, b burial) {
	select {
	case <-ctx.Done():
	case <-time.After(burialPause):
		s.Grants.toBury(b)
	}
}

// bury writes a tombstone where a grant was, and tells whether it was the first to: another replica may have been faster.
func (g *Grants) bury(ctx context.Context, grant store.Grant) (bool, error) {
	if !g.now().Before(grant.CodeExpires) {
		return false, nil
	}
	written := new(v1alpha1.TokenGrant)
	err := g.conn.create(ctx, grants, g.conn.grantObject(grant), written)
	switch {
	case errors.Is(err, store.ErrExists):
		return false, nil
	case err != nil:
		return false, err
	default:
		g.took(written)
		return true, nil
	}
}
