package grant

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tokenwright.dev/issuer/store"
)

const (
	// MaxOfPersonAndClient is how many grants one person may have for one client: command lines, browsers and machines.
	MaxOfPersonAndClient = 32
	// MaxOfPerson is how many grants one person may have, so that no account fills the store for everybody.
	MaxOfPerson = 512
	// maxEnded is how many grants make way for a new one at most: more than one, so that what is too much gets less each time,
	// whatever several replicas made at once, and few enough for one request.
	maxEnded = 16
)

// makeRoom ends what is beyond the limits of the person whom fresh, which is stored already, is of. It returns what has
// ended. What cannot be ended now ends when the next grant is made: nobody is refused for it. Of one person it is done one
// after another, or all would end the same ones, each by writes of its own.
func (a *Authorizer) makeRoom(ctx context.Context, fresh *store.Grant, now time.Time) []store.Grant {
	if a.Index == nil {
		return nil
	}
	done, err := a.rooms.take(ctx, fresh.Subject)
	if err != nil {
		return nil
	}
	defer done()
	all, err := a.Index.OfSubject(ctx, fresh.Subject)
	if err != nil {
		return nil
	}
	surplus := surplus(all, fresh, now)
	for i := range surplus {
		if a.Grants.Revoke(ctx, surplus[i].ID) != nil {
			return surplus[:i]
		}
	}
	return surplus
}

// surplus is what has to make way for fresh among the live grants of its person. Those that are only held for a logout go
// first, and whichever of them fresh takes over from goes in any case; then those that were used least recently. How
// recently is known to a tenth of the idle lifetime.
func surplus(all []store.Grant, fresh *store.Grant, now time.Time) []store.Grant {
	var ofClient, ofOthers []*store.Grant
	for i := range all {
		switch g := &all[i]; {
		case g.ID == fresh.ID:
		case g.Client.UID == fresh.Client.UID:
			ofClient = append(ofClient, g)
		default:
			ofOthers = append(ofOthers, g)
		}
	}
	gone, stay := split(ofClient, MaxOfPersonAndClient-1, now, func(g *store.Grant) bool { return succeeds(fresh, g, now) })
	more, _ := split(append(stay, ofOthers...), MaxOfPerson-1, now, func(*store.Grant) bool { return false })
	gone = slices.Concat(gone, more)
	if len(gone) == 0 {
		return nil
	}
	gone = gone[:min(len(gone), maxEnded)]
	ended := make([]store.Grant, 0, len(gone))
	for _, g := range gone {
		ended = append(ended, *g)
	}
	return ended
}

// split takes from grants what is beyond most, and whatever must go in any case.
func split(grants []*store.Grant, most int, now time.Time, must func(*store.Grant) bool) (gone, stay []*store.Grant) {
	if len(grants) <= most && !slices.ContainsFunc(grants, must) {
		return nil, grants
	}
	slices.SortFunc(grants, func(a, b *store.Grant) int { return soonerOut(a, b, now) })
	for _, g := range grants {
		if len(grants)-len(gone) > most || must(g) {
			gone = append(gone, g)
		} else {
			stay = append(stay, g)
		}
	}
	return gone, stay
}

// succeeds tells whether g is held for nothing but the logout of a session that fresh is held for as well.
func succeeds(fresh, g *store.Grant, now time.Time) bool {
	return g.Spent(now) && g.SessionID == fresh.SessionID && !fresh.HeldUntil.Before(g.HeldUntil)
}

// soonerOut puts what may end rather than the other first.
func soonerOut(a, b *store.Grant, now time.Time) int {
	spent := func(g *store.Grant) int {
		if g.Spent(now) {
			return 0
		}
		return 1
	}
	return cmp.Or(spent(a)-spent(b), a.LastUsed.Compare(b.LastUsed), a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
}
