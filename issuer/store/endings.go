package store

import "context"

// Endings hears of what ends without a request. Every replica of an issuer hears of the same; a change of a grant that only
// one of them can win decides who acts on it. A store calls it from a goroutine of its own, which may wait for it.
type Endings interface {
	// SessionOver says that the login session of some of these grants has ended by its age. They are all that one client has
	// of that session and is still to hear about (Grant.Awaits).
	SessionOver(ctx context.Context, grants []Grant)
	// GrantDeleted says that somebody other than the issuer deleted a grant, the last that its client had of a login session
	// that it is to hear about. Of all replicas one is told.
	GrantDeleted(ctx context.Context, grant Grant)
	// RevocationApplied says that somebody other than the issuer wrote r, which is about a session, a subject or a user. It is
	// said again at each start.
	RevocationApplied(ctx context.Context, r Revocation)
	Judge
}

// Judge says whom revocations are about that somebody other than the issuer wrote, and which grants are over.
type Judge interface {
	// Over says why a grant is over that is no tombstone; known is false while that cannot be told. A store that people look
	// into asks it of each grant now and then, so it answers from memory, in microseconds.
	Over(grant *Grant) (why Over, known bool)
	// Find looks for whom somebody means who revokes by a name.
	Find(ctx context.Context, user User) Finding
	// RevocationJudged says what became of r, which somebody other than the issuer wrote under that name. Of all replicas one
	// is told, once. The finding is nil where r names no user.
	RevocationJudged(ctx context.Context, name string, r Revocation, finding *Finding)
}

// Teller is a store that tells of endings.
type Teller interface {
	// Tell adds somebody who hears of them from now on.
	Tell(to Endings)
}
