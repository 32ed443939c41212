package storetest

import (
	"slices"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
)

// Indexed is a store that can be searched.
type Indexed interface {
	store.Grants
	store.GrantIndex
}

// GrantIndex holds a store to what store.GrantIndex says, of what the store itself wrote.
func GrantIndex(t *testing.T, open func(t *testing.T, now func() time.Time) Indexed) {
	t.Helper()
	run(t, open, []story[Indexed]{
		{"the live ones are found", found},
		{"what was found is a copy", foundCopies},
	})
}

func found(t *testing.T, grants Indexed, clock *clock) {
	for _, g := range []struct{ id, subject, session string }{
		{"a1", "usr_alice", "s1"}, {"a2", "usr_alice", "s2"}, {"a3", "usr_alice", ""}, {"b1", "usr_bob", "s3"},
	} {
		grant := NewGrant(g.id)
		grant.Subject, grant.SessionID = g.subject, g.session
		if g.id == "a3" {
			grant.Expires = Start.Add(time.Hour)
		}
		create(t, grants, grant)
	}
	wantFound(t, grants, "usr_alice", "a1", "a2", "a3")
	wantFound(t, grants, "usr_carol")
	wantFound(t, grants, "")
	wantOfSession(t, grants, "s1", "a1")
	wantOfSession(t, grants, "")
	revoke(t, grants, "a1") // leaves a tombstone
	wantFound(t, grants, "usr_alice", "a2", "a3")
	wantOfSession(t, grants, "s1")
	clock.step(time.Hour)
	wantFound(t, grants, "usr_alice", "a2")
	revoke(t, grants, "a2") // leaves nothing
	wantFound(t, grants, "usr_alice")
	wantFound(t, grants, "usr_bob", "b1")
}

func foundCopies(t *testing.T, grants Indexed, _ *clock) {
	create(t, grants, NewGrant("a1"))
	for range 2 {
		got := must(t, "search", func() ([]store.Grant, error) { return grants.OfSubject(t.Context(), "usr_alice") })
		if len(got) != 1 || got[0].Scopes[0] != "openid" {
			t.Fatalf("found %+v, want one with the scope openid first", got)
		}
		got[0].Scopes[0] = "admin"
	}
}

func wantFound(t *testing.T, grants Indexed, subject string, want ...string) {
	t.Helper()
	got := must(t, "search "+subject, func() ([]store.Grant, error) { return grants.OfSubject(t.Context(), subject) })
	if ids := idsOf(got); !slices.Equal(ids, want) {
		t.Errorf("grants of subject %q: %q, want %q", subject, ids, want)
	}
}

func wantOfSession(t *testing.T, grants Indexed, session string, want ...string) {
	t.Helper()
	got := must(t, "search "+session, func() ([]store.Grant, error) { return grants.OfSession(t.Context(), session) })
	if ids := idsOf(got); !slices.Equal(ids, want) {
		t.Errorf("grants of session %q: %q, want %q", session, ids, want)
	}
}

func idsOf(grants []store.Grant) []string {
	ids := make([]string, 0, len(grants))
	for _, grant := range grants {
		ids = append(ids, grant.ID)
	}
	slices.Sort(ids)
	return ids
}
