package kube

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/issuer/store"
)

// Revoke ends a grant: by a tombstone while its code could still be presented, else by deleting it. One that is held for a
// logout gets a tombstone in any case, which the sweeper takes: so other replicas never take its end for somebody else's
// deletion, of which its client is to hear.
func (g *Grants) Revoke(ctx context.Context, id string) error {
	grant, known := g.atHand(id)
	for range revokeAttempts {
		if !known {
			var err error
			if grant, err = g.read(ctx, id); err != nil {
				return gone(err)
			}
		}
		err := g.end(ctx, grant)
		if !errors.Is(err, store.ErrConflict) {
			return gone(err)
		}
		known = false
	}
	return fmt.Errorf("%w: somebody else changes the grant all the time", store.ErrUnavailable)
}

// end revokes the grant as it was read. It fails with ErrConflict when somebody has changed it since.
func (g *Grants) end(ctx context.Context, grant store.Grant) error {
	if !grant.RevokedAt.IsZero() {
		return nil
	}
	now := g.now()
	r, _ := g.known.get(grant.ID)
	if !now.Before(grant.CodeExpires) && grant.HeldUntil.IsZero() {
		return g.drop(ctx, grant.ID, r.uid)
	}
	grant.RevokedAt, grant.Over = now.UTC().Truncate(time.Second), store.OverRevoked
	_, err := g.Update(ctx, grant)
	if errors.Is(err, store.ErrNotFound) {
		g.known.hide(grant.ID, r.uid) // somebody deleted it, and the watch has not told yet
	}
	return err
}

// drop deletes a grant. No answer is made of it from now on, unless that fails.
func (g *Grants) drop(ctx context.Context, id string, uid types.UID) error {
	g.known.hide(id, uid)
	err := g.conn.delete(ctx, grants, id, metav1.Preconditions{UID: &uid})
	if err != nil {
		g.known.show(id, uid)
	}
	return err
}
