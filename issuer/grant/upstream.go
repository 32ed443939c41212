package grant

import (
	"context"
	"errors"
	"time"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/store"
)

// Elsewhere asks identity providers elsewhere after people.
type Elsewhere interface {
	// Renew asks by a lease. The error wraps login.ErrGone if the provider knows the person no longer. With any other
	// error the lease may be a new one all the same.
	Renew(ctx context.Context, provider, subject string, lease login.Lease) (login.Renewal, error)
}

const (
	// upstreamPatience is how long what is known of a person is used on while their provider does not answer: longer than
	// it takes to restart one, shorter than somebody who was let go should stay.
	upstreamPatience = time.Hour
	// askAgain is how long a provider that did not answer is left alone.
	askAgain = 30 * time.Second
)

// GoneError marks the refusal for a resource owner whom their identity provider knows no longer: their grant has ended.
type GoneError struct {
	Grant store.Grant

	cause error
}

// Error tells the log.
func (e *GoneError) Error() string { return "the grant has ended: " + e.cause.Error() }

// Upstream is what a grant keeps to ask after its resource owner. Times are in seconds since 1970.
type Upstream struct {
	Lease login.Lease `json:"lease"`
	// Asked is when the provider was asked last, Unanswered when it was asked first without an answer since; zero if it
	// answered.
	Asked      int64 `json:"asked"`
	Unanswered int64 `json:"unanswered,omitempty"`
}

// due tells whether it is time to ask: once in the life of an access token, and after a failure somewhat sooner.
func (u *Upstream) due(now time.Time, lifetime time.Duration) bool {
	if u.Unanswered != 0 {
		lifetime = min(lifetime, askAgain)
	}
	return !now.Before(time.Unix(u.Asked, 0).Add(lifetime))
}

// asking notes that the provider is about to be asked.
func (u *Upstream) asking(now time.Time) {
	u.Asked = now.Unix()
	if u.Unanswered == 0 {
		u.Unanswered = now.Unix()
	}
}

// stale refuses where the provider has not answered for too long.
func (u *Upstream) stale(now time.Time) error {
	if u.Unanswered == 0 || now.Before(time.Unix(u.Unanswered, 0).Add(upstreamPatience)) {
		return nil
	}
	return oauth.Unavailable(unavailable, errSilent)
}

var errSilent = errors.New("the identity provider of the resource owner has not answered for too long")

// recheck asks after the resource owner of a grant if that is due. That it is about to be asked is written first, by
// compare-and-swap: of many refreshes at once, on whatever replicas, one asks, and no refresh token is used twice,
// which a provider that rotates them would take for a theft. It fails with store.ErrConflict if another replica was
// faster.
func (a *Authorizer) recheck(ctx context.Context, req *Request, grant *store.Grant) error {
	data := OpenData(req.Sealer, grant.Sealed)
	if data.Upstream == nil || a.Elsewhere == nil {
		return nil
	}
	lifetime := time.Duration(req.Client.Registration().AccessTokenLifetime) * time.Second
	if !data.Upstream.due(req.Now, lifetime) {
		return data.Upstream.stale(req.Now)
	}
	data.Upstream.asking(req.Now)
	switch err := a.rewrite(ctx, req, grant, data); {
	case errors.Is(err, store.ErrUnavailable):
		return data.Upstream.stale(req.Now) // without the store nobody is asked: a new token could not be kept
	case err != nil:
		return rotationFailed(err)
	}
	renewed, err := a.Elsewhere.Renew(ctx, grant.Provider, grant.Subject, data.Upstream.Lease)
	if errors.Is(err, login.ErrGone) {
		return a.endGone(ctx, grant, err)
	}
	return a.learn(ctx, req, grant, data, renewed, err)
}

// learn writes what the provider said. If it said nothing, its last word holds for a while.
func (a *Authorizer) learn(ctx context.Context, req *Request, grant *store.Grant, data Data, renewed login.Renewal, failed error) error {
	if failed != nil && renewed.Lease == data.Upstream.Lease {
		return data.Upstream.stale(req.Now)
	}
	data.Upstream.Lease = renewed.Lease
	if failed == nil {
		data.Upstream.Unanswered = 0
	}
	if failed == nil && renewed.Claims != nil {
		data.Claims = renewed.Claims
	}
	if err := a.keep(ctx, req, grant, data); err != nil {
		return err
	}
	return data.Upstream.stale(req.Now)
}

// keep writes data into the grant whatever else was written to it meanwhile: the provider's new refresh token must not
// be lost. If something was, the caller looks at the grant anew.
func (a *Authorizer) keep(ctx context.Context, req *Request, grant *store.Grant, data Data) error {
	err := a.rewrite(ctx, req, grant, data)
	const attempts = 4
	for range attempts {
		if !errors.Is(err, store.ErrConflict) {
			return keepFailed(err)
		}
		latest, lost := a.Grants.Get(ctx, grant.ID, store.Latest)
		if lost != nil || !latest.Live(req.Now) {
			return store.ErrConflict // it is over, which the next look finds
		}
		if err = a.rewrite(ctx, req, &latest, data); err == nil {
			return store.ErrConflict // kept; the caller looks at what else is new
		}
	}
	return store.ErrConflict
}

func keepFailed(err error) error {
	if err == nil {
		return nil
	}
	return rotationFailed(err)
}

// rewrite replaces what the grant keeps to itself.
func (a *Authorizer) rewrite(ctx context.Context, req *Request, grant *store.Grant, data Data) error {
	sealed, err := data.seal(req.Sealer, req.Now)
	if err != nil {
		return err
	}
	next := *grant
	next.Sealed = sealed
	written, err := a.Grants.Update(ctx, next)
	if err == nil {
		*grant = written
	}
	return err
}

// endGone ends the grant of a resource owner who is gone.
func (a *Authorizer) endGone(ctx context.Context, grant *store.Grant, cause error) error {
	if err := a.Grants.Revoke(ctx, grant.ID); err != nil {
		return StoreFailed(err)
	}
	return errRefresh(&GoneError{*grant, cause})
}
