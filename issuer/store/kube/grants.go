package kube

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

const (
	// maxGrants is what etcd holds well beside all else, and each replica in memory: about two kilobytes each.
	maxGrants = 100_000
	// revokeAttempts bounds how often a revocation meets somebody who uses the grant at that moment.
	revokeAttempts = 20
)

// Grants is a store.Grants and a store.GrantIndex.
type Grants struct {
	conn *connection
	now  func() time.Time

	known                *table[store.Grant]
	bySubject, bySession index.Groups // with the lock of known
	ends                 index.Expiry // of login sessions whose clients are to hear of it; with the lock of known
	reads                flights
	burials              chan burial
	untold               func() // counts a client that is not told for want of room
}

var (
	_ store.Grants     = (*Grants)(nil)
	_ store.GrantIndex = (*Grants)(nil)
)

func newGrants(conn *connection, now func() time.Time) *Grants {
	g := &Grants{conn: conn, now: now, untold: func() {}, reads: flights{flying: map[string]*flight{}}, burials: make(chan burial, maxBurials)}
	g.known = newTable(func(grant store.Grant) time.Time { return grant.SweptAfter() }, g.entered, g.left)
	return g
}

// entered indexes what can be searched for: no tombstones, of which there may be more than of the living.
func (g *Grants) entered(id string, grant store.Grant) {
	if !grant.RevokedAt.IsZero() {
		return
	}
	g.bySubject.Add(grant.Subject, id)
	g.bySession.Add(grant.SessionID, id)
	if grant.Awaits() {
		g.ends.Set(id, grant.SessionEnds.Add(wait.Jitter(skew, 1)))
	}
}

func (g *Grants) left(id string, grant store.Grant) {
	g.bySubject.Remove(grant.Subject, id)
	g.bySession.Remove(grant.SessionID, id)
	g.ends.Remove(id)
}

// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokengrants,verbs=get;list;watch;create;update;delete

// Create keeps a new grant. What this replica knows to be there need not be tried: an ID is of one code, so it was there
// already, even if it is gone by now.
func (g *Grants) Create(ctx context.Context, grant store.Grant) (store.Grant, error) {
	if there, ok := g.atHand(grant.ID); ok {
		return there, store.ErrExists
	}
	if g.known.len() >= maxGrants {
		return store.Grant{}, store.ErrFull
	}
	grant.Revision = ""
	written := new(v1alpha1.TokenGrant)
	switch err := g.conn.create(ctx, grants, g.conn.grantObject(grant), written); {
	case errors.Is(err, store.ErrExists):
		return g.holder(ctx, grant.ID)
	case errors.Is(err, store.ErrNotFound):
		return store.Grant{}, fmt.Errorf("%w: there is no such namespace, or no such kind", store.ErrUnavailable)
	case err != nil:
		return store.Grant{}, err
	}
	return g.took(written), nil
}

// holder returns the grant that has an ID already, with ErrExists. If it has just gone, its ID is all that there is to tell.
func (g *Grants) holder(ctx context.Context, id string) (store.Grant, error) {
	switch there, err := g.read(ctx, id); {
	case errors.Is(err, store.ErrNotFound):
		return store.Grant{ID: id}, store.ErrExists
	case err != nil:
		return store.Grant{}, err
	default:
		return there, store.ErrExists
	}
}

// Update replaces a grant of the same revision.
func (g *Grants) Update(ctx context.Context, grant store.Grant) (store.Grant, error) {
	if grant.Revision == "" {
		return store.Grant{}, store.ErrConflict // or the API server would take it over whatever is there
	}
	written := new(v1alpha1.TokenGrant)
	if err := g.conn.update(ctx, grants, g.conn.grantObject(grant), written); err != nil {
		return store.Grant{}, err
	}
	return g.took(written), nil
}

// Get returns a grant from memory, or reads it live where memory has none or the caller wants the latest.
func (g *Grants) Get(ctx context.Context, id string, fresh store.Freshness) (store.Grant, error) {
	if fresh == store.Latest {
		return g.live(ctx, id)
	}
	if g.known.complete() {
		if grant, ok := g.atHand(id); ok {
			return g.kept(grant)
		}
	}
	return g.reads.join(ctx, id, g.live)
}

// atHand is what memory has, if that is a whole grant.
func (g *Grants) atHand(id string) (store.Grant, bool) {
	r, ok := g.known.get(id)
	return index.Copy(r.value), ok
}

// live reads a grant as the API server has it.
func (g *Grants) live(ctx context.Context, id string) (store.Grant, error) {
	grant, err := g.read(ctx, id)
	if err != nil {
		return store.Grant{}, err
	}
	return g.kept(grant)
}

// read is live, without a look at the clock.
func (g *Grants) read(ctx context.Context, id string) (store.Grant, error) {
	o := new(v1alpha1.TokenGrant)
	if err := g.conn.get(ctx, grants, id, o); err != nil {
		return store.Grant{}, err
	}
	if o.Spec.IssuerName != g.conn.issuer {
		return store.Grant{}, store.ErrNotFound // what the watch does not see, a live read does not either
	}
	return g.took(o), nil
}

// kept is grant, unless it may be forgotten.
func (g *Grants) kept(grant store.Grant) (store.Grant, error) {
	if !g.now().Before(grant.KeptUntil()) {
		return store.Grant{}, store.ErrNotFound
	}
	return grant, nil
}

// took puts into memory what this replica wrote or read.
func (g *Grants) took(o *v1alpha1.TokenGrant) store.Grant {
	grant := readGrant(o)
	g.known.wrote(grant.ID, row[store.Grant]{value: index.Copy(grant), uid: o.UID, version: version(o)})
	return grant
}

// OfSubject lists the live grants of a resource owner.
func (g *Grants) OfSubject(_ context.Context, subject string) ([]store.Grant, error) {
	return g.search(func() map[string]struct{} { return g.bySubject.Of(subject) }, (*store.Grant).Live)
}

// PageOfSubject lists some of them, those given last first.
func (g *Grants) PageOfSubject(_ context.Context, subject string, from, size int) ([]store.Grant, int, error) {
	if !g.known.complete() {
		return nil, 0, errNotArrived
	}
	now := g.now()
	g.known.mu.RLock()
	defer g.known.mu.RUnlock()
	page, all := index.Page(g.these(g.bySubject.Of(subject)), from, size, now)
	return page, all, nil
}

// OfUser lists the live grants of people who were called so.
func (g *Grants) OfUser(_ context.Context, user store.User) ([]store.Grant, error) {
	if !g.known.complete() {
		return nil, errNotArrived
	}
	now, folded := g.now(), user.Folded()
	g.known.mu.RLock()
	defer g.known.mu.RUnlock()
	var found []store.Grant
	for _, row := range g.known.rows {
		if !row.hidden && index.Called(&row.value, folded) && row.value.Live(now) {
			found = append(found, index.Copy(row.value))
		}
	}
	return found, nil
}

// OfSession lists what is to be closed of a login session.
func (g *Grants) OfSession(_ context.Context, sessionID string) ([]store.Grant, error) {
	return g.search(func() map[string]struct{} { return g.bySession.Of(sessionID) }, index.Open)
}

func (g *Grants) search(find func() map[string]struct{}, wanted func(*store.Grant, time.Time) bool) ([]store.Grant, error) {
	if !g.known.complete() {
		return nil, errNotArrived
	}
	now := g.now()
	g.known.mu.RLock()
	defer g.known.mu.RUnlock()
	var found []store.Grant
	for grant := range g.these(find()) {
		if wanted(grant, now) {
			found = append(found, index.Copy(*grant))
		}
	}
	return found, nil
}

// these are the grants of ids, with the lock of known.
func (g *Grants) these(ids map[string]struct{}) iter.Seq[*store.Grant] {
	return func(yield func(*store.Grant) bool) {
		for id := range ids {
			if grant := g.known.rows[id].value; !yield(&grant) {
				return
			}
		}
	}
}

var errNotArrived = fmt.Errorf("%w: the grants have not arrived yet", store.ErrUnavailable)
