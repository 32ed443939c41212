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
)

// deleted hears that a grant is gone. If its code could still be presented, then it was not the issuer that deleted it,
// and whoever has the code must not get another grant by it: this replica knows that at once, and others, those that start
// later too, by a tombstone.
func (g *Grants) deleted(id string, last row[store.Grant], version uint64) {
	grant, now := last.value, g.now()
	if !now.Before(grant.CodeExpires) {
		return
	}
	if grant.RevokedAt.IsZero() {
		grant.RevokedAt = now.UTC().Truncate(time.Second)
	}
	grant.Revision = ""
	g.known.told(id, row[store.Grant]{value: grant, version: version})
	g.toBury(grant)
}

// toBury queues a tombstone. With so many that there is no room, this replica remembers it in memory alone.
func (g *Grants) toBury(grant store.Grant) {
	select {
	case g.burials <- grant:
	default:
	}
}

// bury writes tombstones where somebody deleted grants, until ctx ends. What fails is tried again while it matters.
func (s *Store) bury(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case grant := <-s.Grants.burials:
			if s.pace.Wait(ctx) != nil {
				return
			}
			if err := s.Grants.bury(ctx, grant); err != nil {
				s.config.Log.WarnContext(ctx, "Failed to remember a deleted grant whose code is still good", "grant", grant.ID, "error", err)
				s.again(ctx, grant)
			}
		}
	}
}

// again puts a tombstone back into the queue, after a pause.
func (s *Store) again(ctx context.Context, grant store.Grant) {
	select {
	case <-ctx.Done():
	case <-time.After(burialPause):
		s.Grants.toBury(grant)
	}
}

// bury writes a tombstone where a grant was. Another replica may have been faster.
func (g *Grants) bury(ctx context.Context, grant store.Grant) error {
	if !g.now().Before(grant.CodeExpires) {
		return nil
	}
	written := new(v1alpha1.TokenGrant)
	err := g.conn.create(ctx, grants, g.conn.grantObject(grant), written)
	if errors.Is(err, store.ErrExists) {
		return nil
	}
	if err == nil {
		g.took(written)
	}
	return err
}
