package storetest

import (
	"slices"
	"strings"
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
		{"a session is found until its clients have heard", foundUntilHeard},
		{"what was found is a copy", foundCopies},
		{"pages begin with what was given last", paged},
	})
}

func found(t *testing.T, grants Indexed, clock *clock) {
	for _, g := range []struct{ id, subject, session string }{
		{"a1", "usr_alice", "s1"}, {"a2", "usr_alice", "s2"}, {"a3", "usr_alice", ""}, {"b1", "usr_bob", "s3"},
	} {
		grant := NewGrant(g.id)
		grant.Subject, grant.SessionID = g.subject, g.session
		grant.Provider, grant.Username = "staff", strings.TrimPrefix(g.subject, "usr_")
		if g.id == "a2" {
			grant.Provider = "corp"
		}
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
	wantOfUser(t, grants, store.User{Provider: "staff", Username: " ALICE"}, "a1", "a3")
	wantOfUser(t, grants, store.User{Provider: "corp", Username: "alice"}, "a2")
	wantOfUser(t, grants, store.User{Provider: "staff"})
	revoke(t, grants, "a1") // leaves a tombstone
	wantFound(t, grants, "usr_alice", "a2", "a3")
	wantOfSession(t, grants, "s1")
	wantOfUser(t, grants, store.User{Provider: "staff", Username: "alice"}, "a3")
	clock.step(time.Hour)
	wantFound(t, grants, "usr_alice", "a2")
	revoke(t, grants, "a2") // leaves nothing
	wantFound(t, grants, "usr_alice")
	wantFound(t, grants, "usr_bob", "b1")
}

// What has ended with a session is found as long as its client is to hear of that, and lives no more.
func foundUntilHeard(t *testing.T, grants Indexed, clock *clock) {
	for _, id := range []string{"a1", "a2"} {
		grant := NewGrant(id)
		grant.Offline, grant.SessionEnds = false, Start.Add(time.Hour)
		if id == "a1" {
			grant.HeldUntil = grant.SessionEnds
		}
		create(t, grants, grant)
	}
	wantOfSession(t, grants, "session-1", "a1", "a2")
	clock.step(time.Hour)
	wantOfSession(t, grants, "session-1", "a1")
	wantFound(t, grants, "usr_alice")
	wantGone(t, grants, "a1")
	told := must(t, "search", func() ([]store.Grant, error) { return grants.OfSession(t.Context(), "session-1") })[0]
	told.RevokedAt = clock.Now()
	must(t, "update", func() (store.Grant, error) { return grants.Update(t.Context(), told) })
	wantOfSession(t, grants, "session-1")
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

func paged(t *testing.T, grants Indexed, clock *clock) {
	for i, id := range []string{"a1", "a2", "a3", "a4", "a5"} {
		grant := NewGrant(id)
		grant.CreatedAt = Start.Add(time.Duration(i) * time.Minute)
		if id == "a4" {
			grant.Expires = Start.Add(time.Hour)
		}
		create(t, grants, grant)
	}
	other := NewGrant("b1")
	other.Subject = "usr_bob"
	create(t, grants, other)
	clock.step(time.Hour)
	for _, tc := range []struct {
		subject    string
		from, size int
		want       []string
		all        int
	}{
		{"usr_alice", 0, 2, []string{"a5", "a3"}, 4},
		{"usr_alice", 2, 2, []string{"a2", "a1"}, 4},
		{"usr_alice", 3, 2, []string{"a1"}, 4},
		{"usr_alice", 4, 2, nil, 4},
		{"usr_alice", 1 << 30, 2, nil, 4},
		{"usr_alice", -1, 1, []string{"a5"}, 4},
		{"usr_alice", 0, 0, nil, 4},
		{"usr_carol", 0, 2, nil, 0},
	} {
		page, all, err := grants.PageOfSubject(t.Context(), tc.subject, tc.from, tc.size)
		ids := make([]string, 0, len(page))
		for _, grant := range page {
			ids = append(ids, grant.ID)
		}
		if err != nil || all != tc.all || !slices.Equal(ids, tc.want) {
			t.Errorf("%d of %s from %d: %q of %d, %v; want %q of %d", tc.size, tc.subject, tc.from, ids, all, err, tc.want, tc.all)
		}
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

func wantOfUser(t *testing.T, grants Indexed, user store.User, want ...string) {
	t.Helper()
	got := must(t, "search "+user.Username, func() ([]store.Grant, error) { return grants.OfUser(t.Context(), user) })
	if ids := idsOf(got); !slices.Equal(ids, want) {
		t.Errorf("grants of %+v: %q, want %q", user, ids, want)
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
