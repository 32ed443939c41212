package grant

import (
	"context"
	"errors"
	"time"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/store"
)

const (
	// deviceGrace is how long after a device code got its tokens it may come again and end nothing: the answer may have been
	// lost, or the request crossed it on its way. RFC 8628 says nothing of it.
	deviceGrace = 10 * time.Second
	// deviceRounding is by how much the time at which a grant was made may be told too early: it is kept in whole seconds.
	deviceRounding = time.Second
)

// spentLongAgo tells whether a device code that comes at now, and got its tokens at that time, is no lost answer any more.
// The time is that of its grant, which all replicas know: the code may come to any of them.
func spentLongAgo(at, now time.Time) bool { return !now.Before(at.Add(deviceGrace + deviceRounding)) }

// refuseSpent refuses a device code that has got its tokens, and any other with otherwise.
func (a *Authorizer) refuseSpent(ctx context.Context, req *Request, half *deviceHalf, otherwise error) error {
	grant, err := a.Grants.Get(ctx, half.grantID(), store.AtHand)
	switch {
	case err == nil:
		return a.refuseAgain(ctx, req, half, &grant, store.ErrExists)
	case errors.Is(err, store.ErrNotFound):
		return otherwise
	default:
		return StoreFailed(err)
	}
}

// errNeverGot is for a device that waits no longer and has no tokens: it made way for another, and may begin anew. It is
// over before its time (RFC 8628 section 3.5).
var errNeverGot = oauth.ExpiredToken.Because(errDeviceGone, "the device waits no longer: ask for a new device code")

// refuseAgain answers for a device code that has got its tokens; err is what the store said instead of creating its grant.
// Soon after, the tokens are good: the answer was lost, or crossed this request. Later it is somebody else's copy, and the
// grant is better over, as that of a code is (RFC 6749 section 4.1.2).
func (a *Authorizer) refuseAgain(ctx context.Context, req *Request, half *deviceHalf, grant *store.Grant, err error) error {
	if !errors.Is(err, store.ErrExists) {
		return StoreFailed(err)
	}
	over := !grant.RevokedAt.IsZero()
	if over || !spentLongAgo(grant.CreatedAt, req.Now) {
		a.Polls.spent(half.ID, half.expires(), grant.CreatedAt, over)
		return errDevice(errDeviceGone)
	}
	if err := a.Grants.Revoke(ctx, grant.ID); err != nil {
		return StoreFailed(err)
	}
	a.Polls.spent(half.ID, half.expires(), grant.CreatedAt, true)
	return errDevice(ErrReused)
}

var errDeviceGone = errors.New("it has got its tokens, or waits no longer")

// errDevice tells the client no more than that the device code is not valid.
func errDevice(cause error) error {
	return oauth.InvalidGrant.Because(cause, "the device code is not valid")
}
