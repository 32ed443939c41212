package memory

import (
	"context"
	"iter"
	"strconv"
	"sync"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

const (
	// maxGrants bounds the memory of a process: about a kilobyte each.
	maxGrants = 100_000
	// sweep is the most that one call forgets of what has expired, so that no call takes long.
	sweep = 1000
)

// Grants is a store.Grants and a store.GrantIndex.
type Grants struct {
	now func() time.Time

	mu                   sync.Mutex
	revision             uint64
	byID                 map[string]store.Grant
	bySubject, bySession index.Groups
	due                  index.Expiry
	ends                 index.Expiry // of login sessions whose clients are to hear of it
	audience             index.Audience
}

var (
	_ store.Grants     = (*Grants)(nil)
	_ store.GrantIndex = (*Grants)(nil)
)

// NewGrants makes an empty store whose clock is now.
func NewGrants(now func() time.Time) *Grants {
	return &Grants{now: now, byID: map[string]store.Grant{}}
}

// Create keeps a new grant.
func (g *Grants) Create(_ context.Context, grant store.Grant) (store.Grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget()
	if there, ok := g.byID[grant.ID]; ok {
		return index.Copy(there), store.ErrExists
	}
	if len(g.byID) >= maxGrants {
		return store.Grant{}, store.ErrFull
	}
	return g.keep(grant), nil
}

// Update replaces a grant.
func (g *Grants) Update(_ context.Context, grant store.Grant) (store.Grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget()
	there, ok := g.byID[grant.ID]
	switch {
	case !ok:
		return store.Grant{}, store.ErrNotFound
	case there.Revision != grant.Revision, !there.RevokedAt.IsZero() && grant.RevokedAt.IsZero():
		return store.Grant{}, store.ErrConflict
	default:
		return g.keep(grant), nil
	}
}

// Get returns a grant; there is but one memory, so what is at hand is the latest.
func (g *Grants) Get(_ context.Context, id string, _ store.Freshness) (store.Grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	grant, ok := g.byID[id]
	if !ok || !g.now().Before(grant.KeptUntil()) {
		return store.Grant{}, store.ErrNotFound
	}
	return index.Copy(grant), nil
}

// Revoke ends a grant.
func (g *Grants) Revoke(_ context.Context, id string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget()
	grant, ok := g.byID[id]
	now := g.now()
	switch {
	case !ok, !grant.RevokedAt.IsZero():
	case now.Before(grant.CodeExpires):
		grant.RevokedAt = second(now)
		g.keep(grant)
	default:
		g.drop(id)
	}
	return nil
}

// OfSubject lists the live grants of a resource owner.
func (g *Grants) OfSubject(_ context.Context, subject string) ([]store.Grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.those(g.bySubject.Of(subject), (*store.Grant).Live), nil
}

// PageOfSubject lists some of them, those given last first.
func (g *Grants) PageOfSubject(_ context.Context, subject string, from, size int) ([]store.Grant, int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	page, all := index.Page(g.these(g.bySubject.Of(subject)), from, size, g.now())
	return page, all, nil
}

// OfUser lists the live grants of people who were called so.
func (g *Grants) OfUser(_ context.Context, user store.User) ([]store.Grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var found []store.Grant
	for _, grant := range g.byID {
		if index.Called(&grant, user.Folded()) && grant.Live(g.now()) {
			found = append(found, index.Copy(grant))
		}
	}
	return found, nil
}

// OfSession lists what is to be closed of a login session.
func (g *Grants) OfSession(_ context.Context, sessionID string) ([]store.Grant, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.those(g.bySession.Of(sessionID), index.Open), nil
}

func (g *Grants) those(ids map[string]struct{}, wanted func(*store.Grant, time.Time) bool) []store.Grant {
	var found []store.Grant
	for grant := range g.these(ids) {
		if wanted(grant, g.now()) {
			found = append(found, index.Copy(*grant))
		}
	}
	return found
}

// these are the grants of ids.
func (g *Grants) these(ids map[string]struct{}) iter.Seq[*store.Grant] {
	return func(yield func(*store.Grant) bool) {
		for id := range ids {
			if grant := g.byID[id]; !yield(&grant) {
				return
			}
		}
	}
}

// keep takes a version of a grant, under the next revision.
func (g *Grants) keep(grant store.Grant) store.Grant {
	g.drop(grant.ID)
	g.revision++
	grant.Revision = strconv.FormatUint(g.revision, 10)
	g.byID[grant.ID] = index.Copy(grant)
	if grant.RevokedAt.IsZero() { // nobody looks for tombstones, of which there may be more than of the living
		g.bySubject.Add(grant.Subject, grant.ID)
		g.bySession.Add(grant.SessionID, grant.ID)
	}
	g.due.Set(grant.ID, grant.SweptAfter())
	if grant.Awaits() {
		g.ends.Set(grant.ID, grant.SessionEnds)
	}
	return grant
}

func (g *Grants) drop(id string) {
	grant := g.byID[id]
	delete(g.byID, id)
	g.bySubject.Remove(grant.Subject, id)
	g.bySession.Remove(grant.SessionID, id)
	g.due.Remove(id)
	g.ends.Remove(id)
}

// forget drops what may be forgotten.
func (g *Grants) forget() {
	for range sweep {
		id, ok := g.due.Next(g.now())
		if !ok {
			return
		}
		g.drop(id)
	}
}

// second is t as stores keep it.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
