package storetest

import (
	"errors"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
)

func revoked(t *testing.T, grants store.Grants, clock *clock) {
	create(t, grants, NewGrant("a1"))
	create(t, grants, NewGrant("a2"))
	clock.step(codeLifetime)
	revoke(t, grants, "a1")
	wantGone(t, grants, "a1")
	revoke(t, grants, "a1")
	revoke(t, grants, "never")
	get(t, grants, "a2", store.Latest)
}

// A code whose grant was revoked cannot be redeemed again while it has not expired.
func tombstone(t *testing.T, grants store.Grants, clock *clock) {
	create(t, grants, NewGrant("a1"))
	clock.step(time.Second)
	revoke(t, grants, "a1")
	wantTombstone(t, grants, Start.Add(time.Second))
	there, err := grants.Create(t.Context(), NewGrant("a1"))
	if !errors.Is(err, store.ErrExists) || there.RevokedAt.IsZero() {
		t.Errorf("the code again: %+v, %v; want the tombstone with ErrExists", there, err)
	}
	clock.step(time.Second)
	revoke(t, grants, "a1")
	wantTombstone(t, grants, Start.Add(time.Second))
	clock.step(codeLifetime)
	wantGone(t, grants, "a1")
}

func tombstoneStays(t *testing.T, grants store.Grants, _ *clock) {
	before := create(t, grants, NewGrant("a1"))
	revoke(t, grants, "a1")
	if _, err := grants.Update(t.Context(), rotated(before)); !errors.Is(err, store.ErrConflict) {
		t.Errorf("update from before: %v, want ErrConflict", err)
	}
	again := get(t, grants, "a1", store.Latest)
	again.RevokedAt = time.Time{}
	if _, err := grants.Update(t.Context(), again); err == nil {
		t.Error("an update brought a revoked grant back")
	}
	wantTombstone(t, grants, Start)
}

func manyRevoke(t *testing.T, grants store.Grants, _ *clock) {
	create(t, grants, NewGrant("a1"))
	for racer, err := range race(func(int) error { return grants.Revoke(t.Context(), "a1") }) {
		if err != nil {
			t.Errorf("racer %d: %v", racer, err)
		}
	}
	wantTombstone(t, grants, Start)
}

// Whoever rotates a token meanwhile does not undo a revocation, nor make it fail.
func revokedWhileUpdated(t *testing.T, grants store.Grants, _ *clock) {
	grant := create(t, grants, NewGrant("a1"))
	for racer, err := range race(func(racer int) error {
		if racer == 0 {
			return grants.Revoke(t.Context(), "a1")
		}
		_, err := grants.Update(t.Context(), rotated(grant))
		return err
	}) {
		if racer == 0 && err != nil || err != nil && !errors.Is(err, store.ErrConflict) {
			t.Errorf("racer %d: %v", racer, err)
		}
	}
	wantTombstone(t, grants, Start)
}

func wantTombstone(t *testing.T, grants store.Grants, at time.Time) {
	t.Helper()
	for _, fresh := range []store.Freshness{store.AtHand, store.Latest} {
		if got := get(t, grants, "a1", fresh); !got.RevokedAt.Equal(at) {
			t.Errorf("get (%t): revoked at %v, want %v", fresh, got.RevokedAt, at)
		}
	}
}
