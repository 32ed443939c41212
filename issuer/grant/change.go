package grant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tokenwright.dev/issuer/store"
)

// Outcome is what became of an attempt to change a stored grant, which other replicas may try at the same time.
type Outcome int

const (
	// Lost says that somebody else has done it.
	Lost Outcome = iota
	// Gone says that the grant is not there any more.
	Gone
	// Won says that it was done here, and nowhere else.
	Won
)

// End revokes g. Of all who try, over all replicas, one wins. The error is the store's.
func End(ctx context.Context, grants store.Grants, g *store.Grant, now time.Time) (Outcome, error) {
	return change(ctx, grants, g,
		func(g *store.Grant) bool { return !g.RevokedAt.IsZero() },
		func(g *store.Grant) { g.RevokedAt = now.UTC().Truncate(time.Second) })
}

// Release lets g, which outlives its login session, be held for that no more: its client hears of the end. Of all who try,
// over all replicas, one wins. The error is the store's.
func Release(ctx context.Context, grants store.Grants, g *store.Grant) (Outcome, error) {
	return change(ctx, grants, g,
		func(g *store.Grant) bool {
			return !g.RevokedAt.IsZero() || g.HeldUntil.IsZero() && g.SessionEnds.IsZero()
		},
		func(g *store.Grant) { g.HeldUntil, g.SessionEnds = time.Time{}, time.Time{} })
}

// Prolong puts off the end of the login session that g was given in. What is of no session, or of one that ends later, stays
// as it is. The error is the store's.
func Prolong(ctx context.Context, grants store.Grants, g *store.Grant, until time.Time) error {
	until = until.UTC().Truncate(time.Second)
	_, err := change(ctx, grants, g,
		func(g *store.Grant) bool {
			return !g.RevokedAt.IsZero() || g.SessionEnds.IsZero() || !g.SessionEnds.Before(until)
		},
		func(g *store.Grant) {
			g.SessionEnds = until
			if !g.HeldUntil.IsZero() {
				g.HeldUntil, g.Expires = until, latest(g.Expires, until)
			}
		})
	return err
}

// change does something to g that can be done once, unless it is done. Whatever else is written to the grant meanwhile, by
// the use of a refresh token such as, is kept.
func change(
	ctx context.Context, grants store.Grants, g *store.Grant, done func(*store.Grant) bool, do func(*store.Grant),
) (Outcome, error) {
	now := *g
	const attempts = 20
	for range attempts {
		if done(&now) {
			return Lost, nil
		}
		next := now
		do(&next)
		_, err := grants.Update(ctx, next)
		if errors.Is(err, store.ErrConflict) {
			now, err = grants.Get(ctx, g.ID, store.Latest)
			if err == nil {
				continue
			}
		}
		switch {
		case err == nil:
			return Won, nil
		case errors.Is(err, store.ErrNotFound):
			return Gone, nil
		default:
			return Lost, err
		}
	}
	return Lost, fmt.Errorf("%w: somebody else changes the grant all the time", store.ErrUnavailable)
}
