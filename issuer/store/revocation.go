package store

import (
	"context"
	"time"
)

// Revocation ends what was issued before a moment, whatever grant it came from. The fields that are set narrow it: a
// revocation with Subject and ClientID is about that subject's tokens for that client. One without any is about all. All
// times are in UTC, to the second.
type Revocation struct {
	// TokenID is the jti of one token.
	TokenID string
	// SessionID is a login session (sid).
	SessionID string
	ClientID  string
	Subject   string
	// User is a person by name, as Folded writes it.
	User User
	// IssuedBefore spares what was issued at that second or later.
	IssuedBefore time.Time
	// Expires is when all that it revokes has expired, and it may be forgotten.
	Expires time.Time
}

// Issued is what a token, a grant or a session says of itself.
type Issued struct {
	TokenID, SessionID, ClientID, Subject string
	// User is the resource owner's name at the time, as it came.
	User User
	At   time.Time
}

// Covers tells whether r revokes what i describes.
func (r *Revocation) Covers(i Issued) bool {
	return i.At.Before(r.IssuedBefore) &&
		(r.TokenID == "" || r.TokenID == i.TokenID) &&
		(r.SessionID == "" || r.SessionID == i.SessionID) &&
		(r.ClientID == "" || r.ClientID == i.ClientID) &&
		(r.Subject == "" || r.Subject == i.Subject) && r.names(i.User)
}

// names tells whether r is about somebody who was called so, or not about names.
func (r *Revocation) names(user User) bool { return r.User == User{} || r.User == user.Folded() }

// Revocations holds what was revoked and has not expired yet. Every implementation passes storetest.Revocations and is
// safe for concurrent use.
type Revocations interface {
	// Revoke keeps r until it expires. It takes effect here at once, and on other replicas within a second. ErrFull when
	// the client's budget of writes is spent; ErrUnavailable when the store cannot be reached, and then nothing is revoked.
	Revoke(ctx context.Context, r Revocation) error
	// Revoked tells whether any revocation covers i. It answers from memory.
	Revoked(i Issued) bool
}

// MaxRevocations is how many are kept at a time: what etcd holds well beside all else, and each replica in memory.
const MaxRevocations = 100_000
