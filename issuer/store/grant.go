package store

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrExists is returned where something of that name is there already.
	ErrExists = errors.New("store: it exists already")
	// ErrNotFound is returned for what never was, has expired, or was deleted.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict is returned by an update of what has changed since it was read.
	ErrConflict = errors.New("store: it has changed meanwhile")
	// ErrFull is returned where no more may be kept.
	ErrFull = errors.New("store: no room for more")
	// ErrUnavailable is returned while the store cannot be reached. The same call may succeed later.
	ErrUnavailable = errors.New("store: not available")
)

// Grant is one authorization by one resource owner for one client. All times are in UTC, to the second.
type Grant struct {
	// ID names the grant: lower-case letters and digits, 52 at most. Whoever knows it can do nothing with it.
	ID string
	// Revision is the version that was read; empty for a grant that is to be created.
	Revision string

	Client Client
	// Subject is the resource owner, as the sub of tokens names them; Username is for people to read.
	Subject, Username string
	// Provider is the identity provider that the resource owner logged in by.
	Provider string
	// SessionID is the login session (sid) that the grant was given in.
	SessionID string
	// Offline says that the grant outlives its session (offline_access, OpenID Connect Core section 11).
	Offline bool

	// ByPlatform says that the resource owner was not asked, since the platform answers for what was granted. Such a grant
	// stands for no consent.
	ByPlatform bool

	// Scopes and Resources are what was granted; a token may have less, never more (RFC 6749 section 6, RFC 8707 section 2.2).
	Scopes, Resources []string
	// AuthTime is when the resource owner logged in, ACR and AMR how (OpenID Connect Core section 2).
	AuthTime time.Time
	ACR      string
	AMR      []string

	CreatedAt time.Time
	// CodeExpires is until when the code that was redeemed for this grant could be presented again.
	CodeExpires time.Time
	// Expires ends the grant.
	Expires time.Time
	// RevokedAt is set on a tombstone: a grant that is over, and stays until its code has expired.
	RevokedAt time.Time

	// Sequence is the number of the refresh token that is to be used next, RotatedAt when that number was reached.
	Sequence  int64
	RotatedAt time.Time
	// LastUsed is when the grant was last used, or a little before: it is not written at every use.
	LastUsed time.Time
	// Idle is how long after LastUsed the grant is good for anything, a refresh token or an access token, unless it is used
	// again; in whole seconds. Zero, as in grants of former versions, leaves it to Expires.
	Idle time.Duration
	// HeldUntil keeps a grant that is idle all the same: its client wants to hear of the end of the login session, which is
	// when that ends at the latest. Zero for any other, and once the client is told of a session that the grant outlives.
	HeldUntil time.Time
	// SessionEnds is when the login session ends at the latest, and an online grant with it. Zero in an offline grant that is
	// not held, and in grants of former versions, whose session ends nothing but by a logout.
	SessionEnds time.Time

	// Over is what people are told of the grant: see Over.
	Over Over

	// Sealed is what only the issuer reads: claims of the resource owner, a refresh token of their identity provider.
	Sealed string
}

// Client is the client of a grant. Its UID tells it from another of the same name that came later.
type Client struct{ ID, Namespace, Name, UID string }

// User is the resource owner by the name that they had when they gave the grant.
func (g *Grant) User() User { return User{g.Provider, g.Username} }

// Live tells whether the grant is good for anything at now.
func (g *Grant) Live(now time.Time) bool { return g.RevokedAt.IsZero() && now.Before(g.Ends()) }

// Ends is when the grant is over unless it is used again: by its age, with its login session, or for want of use.
func (g *Grant) Ends() time.Time {
	latest := g.Latest()
	if g.Idle == 0 {
		return latest
	}
	unused := g.LastUsed.Add(g.Idle)
	if unused.Before(g.HeldUntil) {
		unused = g.HeldUntil
	}
	if unused.Before(latest) {
		return unused
	}
	return latest
}

// Latest is when the grant is over however often it is used: by its age or, for an online grant, with its login session.
func (g *Grant) Latest() time.Time {
	if !g.Offline && !g.SessionEnds.IsZero() && g.SessionEnds.Before(g.Expires) {
		return g.SessionEnds
	}
	return g.Expires
}

// Awaits tells whether the client of the grant is still to hear of the end of the login session, whenever that comes.
func (g *Grant) Awaits() bool {
	return g.RevokedAt.IsZero() && !g.HeldUntil.IsZero() && !g.SessionEnds.IsZero()
}

// Spent tells whether nobody has anything of the grant any more, though it may be held for its client's logout.
func (g *Grant) Spent(now time.Time) bool {
	return !g.Live(now) || g.Idle > 0 && !now.Before(g.LastUsed.Add(g.Idle))
}

// tombstoneRest is how long a tombstone stays at least: so whoever comes to end the grant as well finds that it was ended, and
// not that it is gone.
const tombstoneRest = time.Minute

// KeptUntil is when the grant may be forgotten: a tombstone when its code has expired, and a little while has passed.
func (g *Grant) KeptUntil() time.Time {
	ends := g.Ends()
	if !g.RevokedAt.IsZero() {
		ends = g.RevokedAt.Add(tombstoneRest)
	}
	if ends.Before(g.CodeExpires) {
		return g.CodeExpires
	}
	return ends
}

// tellWithin is how long a grant is kept beyond its end so that its client is told of it: longer than an issuer is away for
// an upgrade.
const tellWithin = time.Hour

// SweptAfter is when a store deletes the grant: when it may be forgotten, or some time later where its client is to hear first.
func (g *Grant) SweptAfter() time.Time {
	if g.Awaits() {
		return g.KeptUntil().Add(tellWithin)
	}
	return g.KeptUntil()
}

// Grants holds what resource owners allowed, until it expires or is revoked. Every implementation passes
// storetest.Grants and is safe for concurrent use. An error wraps ErrUnavailable when the store cannot be reached.
type Grants interface {
	// Create keeps grant until KeptUntil, and returns it with its Revision. It returns ErrExists, with the grant that is
	// there, if the ID is taken: a second redemption of a code then revokes what the first one bought (RFC 6749 section
	// 4.1.2).
	Create(ctx context.Context, grant Grant) (Grant, error)
	// Update replaces the grant if its Revision is still the stored one, and returns it with the next one; else it returns
	// ErrConflict, or ErrNotFound.
	Update(ctx context.Context, grant Grant) (Grant, error)
	// Get returns the grant, tombstones included, or ErrNotFound. What it returns may lag a little behind what other
	// replicas wrote, unless fresh is set.
	Get(ctx context.Context, id string, fresh Freshness) (Grant, error)
	// Revoke ends the grant and all that was minted from it. Revoking what is revoked or gone is no error.
	Revoke(ctx context.Context, id string) error
}

// Freshness says how much a reader trusts what this replica has at hand.
type Freshness bool

const (
	// AtHand takes what this replica knows; what it does not know it asks for.
	AtHand Freshness = false
	// Latest asks the store itself.
	Latest Freshness = true
)

// GrantIndex finds live grants by what this replica knows of them: it may lag a little behind.
type GrantIndex interface {
	// OfSubject lists the live grants of a resource owner.
	OfSubject(ctx context.Context, subject string) ([]Grant, error)
	// PageOfSubject lists size of them at most, beginning with number from of those given last, and tells how many there are
	// in all. It copies no more than it returns.
	PageOfSubject(ctx context.Context, subject string, from, size int) (page []Grant, all int, err error)
	// OfUser lists the live grants of resource owners who were called so when they gave them, however case was. It looks at
	// all grants.
	OfUser(ctx context.Context, user User) ([]Grant, error)
	// OfSession lists the grants that were given in a login session: the live ones, and those that have ended with it and whose
	// client is still to hear of that (Grant.Awaits).
	OfSession(ctx context.Context, sessionID string) ([]Grant, error)
}
