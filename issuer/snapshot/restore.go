package snapshot

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/keys"
)

const (
	// patience is how long the API server may take to tell what there is, before the snapshot stands in for it.
	patience = 3 * time.Second
	// skew is how far into the future a file may be changed: clocks are set while machines start.
	skew = time.Minute
	// recheck is how often at least the clock is asked whether what is known is too old, since it may be set.
	recheck = time.Minute
)

var (
	// ErrOld is returned for a snapshot that is older than may be, or from the future, so that its age is unknown.
	ErrOld = errors.New("snapshot: too old")
	// ErrForeign is returned for a snapshot of another TokenIssuer.
	ErrForeign = errors.New("snapshot: of another TokenIssuer")
)

// outcomeOf is what is counted for a reason not to take a snapshot.
func outcomeOf(err error) audit.SnapshotOutcome {
	switch {
	case errors.Is(err, ErrLocked):
		return audit.SnapshotLocked
	case errors.Is(err, ErrOld):
		return audit.SnapshotOld
	case errors.Is(err, ErrForeign):
		return audit.SnapshotForeign
	case errors.Is(err, ErrVersion):
		return audit.SnapshotVersion
	case errors.Is(err, os.ErrNotExist):
		return audit.SnapshotMissing
	default:
		return audit.SnapshotDamaged
	}
}

// await returns true when the API server has told all that there is. If that takes longer than patience, the snapshot stands
// in for it until then, or until it is too old.
func (k *Keeper) await(ctx context.Context) bool {
	if k.synchronized(ctx, patience) {
		return true
	}
	until, taken := k.restore(ctx)
	for taken && k.Now().Before(until) {
		if k.synchronized(ctx, min(recheck, until.Sub(k.Now()))) {
			k.Log.InfoContext(ctx, "Serving what the API server says, and no longer from a snapshot")
			k.Metrics.SnapshotStale.Set(0)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
	}
	if taken {
		k.expire(ctx)
	}
	select {
	case <-k.synced:
		return true
	case <-ctx.Done():
		return false
	}
}

// synchronized waits for the API server, but not longer than limit.
func (k *Keeper) synchronized(ctx context.Context, limit time.Duration) bool {
	select {
	case <-k.synced:
		return true
	case <-ctx.Done():
	case <-time.After(limit):
	}
	return false
}

// restore brings back what the snapshot holds, if it may be taken, and returns until when.
func (k *Keeper) restore(ctx context.Context) (time.Time, bool) {
	if ctx.Err() != nil {
		return time.Time{}, false
	}
	found, err := k.load()
	if err == nil {
		err = k.bringBack(found)
	}
	if err != nil {
		outcome := outcomeOf(err)
		k.Metrics.Snapshot(outcome)
		k.Log.WarnContext(ctx, "Starting without a snapshot, and the API server has not answered yet", "outcome", outcome, "error", err)
		return time.Time{}, false
	}
	k.Metrics.Snapshot(audit.SnapshotTaken)
	k.Metrics.SnapshotOf(found.of)
	k.Metrics.SnapshotStale.Set(1)
	k.StandIn(true)
	k.Log.WarnContext(ctx, "Serving from a snapshot until the API server answers",
		"of", found.of.UTC().Format(time.RFC3339), "age", k.Now().Sub(found.of).Round(time.Second).String(),
		"registrations", len(found.state.Registry.Registrations), "revocations", len(found.state.Revocations))
	return found.of.Add(k.MaxStaleness), true
}

// loaded is a snapshot that may be taken, and the time that it is true of.
type loaded struct {
	state   *State
	sealing keys.Ring
	of      time.Time
}

// load reads the snapshot, unless it may not be taken.
func (k *Keeper) load() (loaded, error) {
	in, of, err := k.file.open()
	if err != nil {
		return loaded{}, err
	}
	defer in.Close()
	if err := judge(of, k.Now(), k.MaxStaleness); err != nil {
		return loaded{}, err
	}
	ring, err := k.ring()
	if err != nil {
		return loaded{}, fmt.Errorf("%w: %w", ErrLocked, err)
	}
	state, err := read(in, ring)
	if err == nil && state.Issuer != k.issuer() {
		err = fmt.Errorf("%w: %s", ErrForeign, state.Issuer)
	}
	return loaded{state, ring, of}, err
}

// judge refuses what is true of the time of, where it must not be older than most.
func judge(of, now time.Time, most time.Duration) error {
	switch age := now.Sub(of); {
	case age < -skew:
		return fmt.Errorf("%w: it is from the future, %s", ErrOld, of.UTC().Format(time.RFC3339))
	case age >= most:
		return fmt.Errorf("%w: it is of %s, and %s is the limit", ErrOld, of.UTC().Format(time.RFC3339), most)
	default:
		return nil
	}
}

// bringBack hands out what the snapshot holds. Revocations come first: what was revoked must not count for a moment.
func (k *Keeper) bringBack(l loaded) error {
	ring, err := keys.DecodeRing(l.state.Registry.Signing)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	signing, err := keys.NewSet(ring)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	k.Revocations.Restore(l.state.Revocations)
	k.Registry.Restore(l.state.Registry, signing, l.sealing)
	for _, key := range ring.Keys {
		if !key.SignFrom.IsZero() {
			k.Metrics.SignsFrom(key.JWK.KeyID, key.JWK.Algorithm, key.SignFrom.Unix())
		}
	}
	k.Metrics.RevokedKeys(audit.SigningRing, len(ring.Revoked))
	k.Metrics.RevokedKeys(audit.SealingRing, len(l.sealing.Revoked))
	return nil
}

// expire ends what is served from a snapshot.
func (k *Keeper) expire(ctx context.Context) {
	k.StandIn(false)
	k.Registry.Forget()
	k.Metrics.SnapshotStale.Set(0)
	k.Log.ErrorContext(ctx, "Serving nobody: the snapshot is too old, and the API server does not answer", "limit", k.MaxStaleness.String())
}
