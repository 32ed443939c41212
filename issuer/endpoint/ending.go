package endpoint

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/store"
)

// fate is what becomes of a grant when something ends.
type fate int

const (
	spared   fate = iota // it goes on, and so does the session for its client
	ended                // it ends
	released             // it goes on, but the session in which it was given is over
)

// ending ends what clients have of login sessions. Whoever wins the change of a grant tells its client, so that each hears
// once however many replicas close the same session at the same time.
type ending struct {
	*Server

	view   *view
	stores store.Stores
	// fate decides about a grant. It is pure.
	fate func(*store.Grant) fate
	// paced, if any, is asked before each grant that is changed.
	paced func(context.Context) error
	// note, if any, is told of each grant that ended here; noteAll of each client that has lost the last of a session here.
	note, noteAll func(*store.Grant)
}

// run closes what these grants are of. What fails does not keep the rest from being closed; all of it may be tried again.
func (c *ending) run(ctx context.Context, grants []store.Grant) error {
	var failed error
	for _, part := range partsOf(grants) {
		failed = errors.Join(failed, c.close(ctx, part))
	}
	return failed
}

// partsOf puts together what one client has of one session, that which was given first at the end. A replica that has not
// heard yet of the latest grant knows the first, so all agree about which it is.
func partsOf(grants []store.Grant) [][]store.Grant {
	sorted := slices.Clone(grants)
	slices.SortFunc(sorted, func(a, b store.Grant) int {
		return cmp.Or(cmp.Compare(a.SessionID, b.SessionID), cmp.Compare(a.Client.UID, b.Client.UID),
			b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(b.ID, a.ID))
	})
	var parts [][]store.Grant
	for first := 0; first < len(sorted); {
		next := first + 1
		for next < len(sorted) && sorted[next].SessionID == sorted[first].SessionID && sorted[next].Client.UID == sorted[first].Client.UID {
			next++
		}
		parts = append(parts, sorted[first:next])
		first = next
	}
	return parts
}

// close ends what one client has of one session. The grant that decides who tells the client comes last: whoever wins that one
// does, once nothing is left. If somebody deleted that one meanwhile, the one before decides.
func (c *ending) close(ctx context.Context, part []store.Grant) error {
	client, left, decided := c.listener(&part[0]), false, grant.Lost
	for i := range part {
		what := c.fate(&part[i])
		if what == spared {
			left = true
			continue
		}
		outcome, err := c.change(ctx, &part[i], what, client)
		if err != nil {
			return err
		}
		if outcome != grant.Gone && !outlived(&part[i]) {
			decided = outcome
		}
	}
	if client != nil && !left && decided == grant.Won {
		c.tell(ctx, client, &part[len(part)-1])
	}
	return nil
}

// outlived tells whether a grant has outlived its session, of whose end its client has heard.
func outlived(by *store.Grant) bool { return by.Offline && by.HeldUntil.IsZero() }

// change does to a grant what becomes of it, at a pace, and notes it.
func (c *ending) change(ctx context.Context, by *store.Grant, what fate, client *policy.Client) (grant.Outcome, error) {
	if client == nil && what == released {
		return grant.Lost, nil // nobody is to hear of it
	}
	if c.paced != nil {
		if err := c.paced(ctx); err != nil {
			return grant.Lost, err
		}
	}
	outcome, err := c.write(ctx, by, what, client)
	if err == nil && outcome == grant.Won && what == ended && c.note != nil {
		c.note(by)
	}
	return outcome, err
}

// write writes it. Where nobody is to hear of it, it does not matter who wins.
func (c *ending) write(ctx context.Context, by *store.Grant, what fate, client *policy.Client) (grant.Outcome, error) {
	switch {
	case client == nil:
		return grant.Won, c.stores.Grants.Revoke(ctx, by.ID)
	case what == released:
		return grant.Release(ctx, c.stores.Grants, by)
	default:
		return grant.End(ctx, c.stores.Grants, by, c.Now())
	}
}

// tell tells a client that a session has ended of which it had by.
func (c *ending) tell(ctx context.Context, client *policy.Client, by *store.Grant) {
	if c.noteAll != nil {
		c.noteAll(by)
	}
	c.announce(ctx, c.view, client, by)
}
