package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
)

// Grants holds a store to what store.Grants says. Open opens an empty store whose clock is now.
func Grants(t *testing.T, open func(t *testing.T, now func() time.Time) store.Grants) {
	t.Helper()
	run(t, open, []story[store.Grants]{
		{"what was created is there", created},
		{"what was returned is a copy", copies},
		{"an ID is taken once", takenOnce},
		{"many redeem one code", manyCreate},
		{"an update counts once", updatedOnce},
		{"many rotate one token", manyUpdate},
		{"an update of nothing", updateOfNothing},
		{"an expired grant is gone", expired},
		{"a grant that expires before its code", expiredBeforeCode},
		{"an idle grant is gone, and use keeps it", idle},
		{"an idle grant is held for a logout", held},
		{"a revoked grant is gone", revoked},
		{"a grant younger than its code leaves a tombstone", tombstone},
		{"a tombstone stays one", tombstoneStays},
		{"many revoke at once", manyRevoke},
		{"revoked while it is updated", revokedWhileUpdated},
	})
}

// lifetime is how long the grant of NewGrant lasts, codeLifetime how long its code does.
const (
	lifetime     = 24 * time.Hour
	codeLifetime = time.Minute
)

// NewGrant is a grant that lasts from Start for a day, and whose code expires a minute after Start.
func NewGrant(id string) store.Grant {
	return store.Grant{
		ID:      id,
		Client:  store.Client{ID: "team.web", Namespace: "team", Name: "web", UID: "2f5ac1b0-0000-4000-8000-000000000001"},
		Subject: "usr_alice", Username: "alice", Provider: "corporate", SessionID: "session-1", Offline: true,
		Scopes: []string{"openid", "orders:read"}, Resources: []string{"https://orders.example"},
		AuthTime: Start.Add(-time.Hour), ACR: "urn:example:two", AMR: []string{"pwd", "otp"},
		CreatedAt: Start, CodeExpires: Start.Add(codeLifetime), Expires: Start.Add(lifetime),
		Sequence: 1, RotatedAt: Start, LastUsed: Start, Sealed: "c2VhbGVk",
	}
}

func created(t *testing.T, grants store.Grants, _ *clock) {
	for _, want := range []store.Grant{NewGrant("a1"), {
		ID: "a2", Client: NewGrant("").Client, Subject: "usr_bob", ByPlatform: true, Scopes: []string{"openid"},
		CreatedAt: Start, CodeExpires: Start.Add(time.Minute), Expires: Start.Add(time.Hour),
		LastUsed: Start, Idle: 90 * time.Second, HeldUntil: Start.Add(30 * time.Minute),
	}} {
		got := create(t, grants, want)
		if diff := differ(want, got); diff != "" || got.Revision == "" {
			t.Errorf("created with revision %q (-want +got):\n%s", got.Revision, diff)
		}
		for _, fresh := range []store.Freshness{store.AtHand, store.Latest} {
			read := get(t, grants, want.ID, fresh)
			if diff := differ(want, read); diff != "" || read.Revision != got.Revision {
				t.Errorf("read (%t) with revision %q of %q (-want +got):\n%s", fresh, read.Revision, got.Revision, diff)
			}
		}
	}
	wantGone(t, grants, "b1")
}

func copies(t *testing.T, grants store.Grants, _ *clock) {
	given := NewGrant("a1")
	got := create(t, grants, given)
	for _, changed := range []store.Grant{given, got, get(t, grants, "a1", store.AtHand)} {
		changed.Scopes[0], changed.Resources[0], changed.AMR[0] = "admin", "https://other.example", "none"
	}
	for _, fresh := range []store.Freshness{store.AtHand, store.Latest} {
		if diff := differ(NewGrant("a1"), get(t, grants, "a1", fresh)); diff != "" {
			t.Errorf("a caller changed what is stored (-want +got):\n%s", diff)
		}
	}
}

func takenOnce(t *testing.T, grants store.Grants, _ *clock) {
	first := create(t, grants, NewGrant("a1"))
	second := NewGrant("a1")
	second.Subject = "usr_mallory"
	there, err := grants.Create(t.Context(), second)
	if !errors.Is(err, store.ErrExists) || there.Subject != first.Subject || there.Revision != first.Revision {
		t.Errorf("second: %+v, %v; want the first with ErrExists", there, err)
	}
	create(t, grants, NewGrant("a2"))
}

// One of many redemptions of a code wins, and the others learn what it bought (RFC 6749 section 4.1.2).
func manyCreate(t *testing.T, grants store.Grants, _ *clock) {
	subject := func(racer int) string { return fmt.Sprint("usr_", racer) }
	all := race(func(racer int) result[store.Grant] {
		grant := NewGrant("a1")
		grant.Subject = subject(racer)
		got, err := grants.Create(t.Context(), grant)
		return result[store.Grant]{got, err}
	})
	winner := ""
	for racer, got := range all {
		if got.err == nil {
			if winner != "" {
				t.Errorf("%s and %s both won", winner, subject(racer))
			}
			winner = subject(racer)
		}
	}
	for racer, got := range all {
		if got.err != nil && !errors.Is(got.err, store.ErrExists) || got.value.Subject != winner {
			t.Errorf("racer %d: %q, %v; want the grant of %q", racer, got.value.Subject, got.err, winner)
		}
	}
}

func updatedOnce(t *testing.T, grants store.Grants, _ *clock) {
	first := create(t, grants, NewGrant("a1"))
	next := rotated(first)
	second, err := grants.Update(t.Context(), next)
	if diff := differ(next, second); err != nil || diff != "" || second.Revision == first.Revision {
		t.Errorf("update: revision %q after %q, %v (-want +got):\n%s", second.Revision, first.Revision, err, diff)
	}
	if _, err := grants.Update(t.Context(), rotated(first)); !errors.Is(err, store.ErrConflict) {
		t.Errorf("from a stale revision: %v, want ErrConflict", err)
	}
	for _, fresh := range []store.Freshness{store.AtHand, store.Latest} {
		if got := get(t, grants, "a1", fresh); got.Sequence != 2 || got.Revision != second.Revision {
			t.Errorf("read (%t): sequence %d at %q, want 2 at %q", fresh, got.Sequence, got.Revision, second.Revision)
		}
	}
}

// One of many rotations of a refresh token wins.
func manyUpdate(t *testing.T, grants store.Grants, _ *clock) {
	first := create(t, grants, NewGrant("a1"))
	won := 0
	for racer, err := range race(func(int) error { _, err := grants.Update(t.Context(), rotated(first)); return err }) {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, store.ErrConflict):
			t.Errorf("racer %d: %v, want ErrConflict", racer, err)
		}
	}
	if got := get(t, grants, "a1", store.Latest); won != 1 || got.Sequence != 2 {
		t.Errorf("%d won, sequence %d; want one, and 2", won, got.Sequence)
	}
}

func updateOfNothing(t *testing.T, grants store.Grants, clock *clock) {
	grant := create(t, grants, NewGrant("a1"))
	clock.step(2 * codeLifetime)
	revoke(t, grants, "a1")
	if _, err := grants.Update(t.Context(), rotated(grant)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("update of what was revoked: %v, want ErrNotFound", err)
	}
}

func expired(t *testing.T, grants store.Grants, clock *clock) {
	create(t, grants, NewGrant("a1"))
	clock.step(lifetime - time.Second)
	get(t, grants, "a1", store.AtHand)
	clock.step(time.Second)
	wantGone(t, grants, "a1")
}

// A grant goes when nobody can use it any more, and each use that is noted puts that off.
func idle(t *testing.T, grants store.Grants, clock *clock) {
	grant := NewGrant("a1")
	grant.Idle = 10 * time.Minute
	grant = create(t, grants, grant)
	clock.step(9 * time.Minute)
	grant.LastUsed = clock.Now()
	must(t, "update", func() (store.Grant, error) { return grants.Update(t.Context(), grant) })
	clock.step(10*time.Minute - time.Second)
	get(t, grants, "a1", store.AtHand)
	clock.step(time.Second)
	wantGone(t, grants, "a1")
}

func held(t *testing.T, grants store.Grants, clock *clock) {
	grant := NewGrant("a1")
	grant.Idle, grant.HeldUntil = 10*time.Minute, Start.Add(time.Hour)
	create(t, grants, grant)
	clock.step(time.Hour - time.Second)
	get(t, grants, "a1", store.AtHand)
	clock.step(time.Second)
	wantGone(t, grants, "a1")
}

// The ID stays taken until the code has expired, or a code could be redeemed twice.
func expiredBeforeCode(t *testing.T, grants store.Grants, clock *clock) {
	grant := NewGrant("a1")
	grant.Expires = Start.Add(codeLifetime / 2)
	create(t, grants, grant)
	clock.step(codeLifetime - time.Second)
	if _, err := grants.Create(t.Context(), NewGrant("a1")); !errors.Is(err, store.ErrExists) {
		t.Errorf("the code again: %v, want ErrExists", err)
	}
	clock.step(time.Second)
	wantGone(t, grants, "a1")
}

func create(t *testing.T, grants store.Grants, grant store.Grant) store.Grant {
	t.Helper()
	return must(t, "create "+grant.ID, func() (store.Grant, error) { return grants.Create(t.Context(), grant) })
}

func get(t *testing.T, grants store.Grants, id string, fresh store.Freshness) store.Grant {
	t.Helper()
	return must(t, "get "+id, func() (store.Grant, error) { return grants.Get(t.Context(), id, fresh) })
}

func revoke(t *testing.T, grants store.Grants, id string) {
	t.Helper()
	if err := grants.Revoke(t.Context(), id); err != nil {
		t.Fatalf("revoke %s: %v", id, err)
	}
}

func wantGone(t *testing.T, grants store.Grants, id string) {
	t.Helper()
	for _, fresh := range []store.Freshness{store.AtHand, store.Latest} {
		if got, err := grants.Get(t.Context(), id, fresh); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("get %s (%t): %+v, %v; want ErrNotFound", id, fresh, got, err)
		}
	}
}

// rotated is what a use of the refresh token makes of g.
func rotated(g store.Grant) store.Grant {
	g.Sequence++
	g.RotatedAt, g.LastUsed = Start.Add(time.Second), Start.Add(time.Second)
	return g
}
