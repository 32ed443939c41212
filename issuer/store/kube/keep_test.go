package kube

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

// revoked is a revocation of one token.
func revoked(id string) store.Revocation {
	return store.Revocation{TokenID: id, IssuedBefore: storetest.Start, Expires: storetest.Start.Add(time.Hour)}
}

// What was known before a start counts until the watch has told of all revocations, and from then on only what it told.
func TestRevocationsOverARestart(t *testing.T) {
	now := storetest.Start
	s := newSink(t, func() time.Time { return now }).Store
	watch := &sink[*v1alpha1.TokenRevocation, written]{
		Store: s, resource: revocations, table: s.Revocations.known, read: readRevocation,
	}
	object := func(id, version string) *v1alpha1.TokenRevocation {
		o := s.Revocations.object(revoked(id))
		o.Name, o.UID, o.ResourceVersion = id, "uid", version
		return o
	}
	expect := func(step string, ids ...string) {
		t.Helper()
		for _, id := range []string{"a", "b", "c"} {
			want := slices.Contains(ids, id)
			if got := s.Revocations.Revoked(store.Issued{TokenID: id, At: now.Add(-time.Minute)}); got != want {
				t.Errorf("%s: %s is revoked: %t, want %t", step, id, got, want)
			}
		}
		if diff := cmp.Diff(ids, slices.Sorted(maps.Keys(s.Revocations.Known()))); diff != "" {
			t.Errorf("%s: known (-want +got):\n%s", step, diff)
		}
	}
	before := s.Revocations.Changes()
	s.Revocations.Restore(map[string]store.Revocation{"a": revoked("a"), "b": revoked("b")})
	expect("restored", "a", "b")
	if err := watch.Replace([]any{object("b", "5"), object("c", "6")}, "10"); err != nil {
		t.Fatal(err)
	}
	expect("listed", "b", "c")
	if s.Revocations.Changes() == before {
		t.Error("none of this counted as a change")
	}
	s.Revocations.Restore(map[string]store.Revocation{"a": revoked("a")})
	expect("restored too late", "b", "c")
	before = s.Revocations.Changes()
	if err := watch.Bookmark("20"); err != nil || s.Revocations.Changes() != before {
		t.Errorf("a bookmark is a change, or none at all: %v", err)
	}
}

// What was restored and has expired goes without a word to the API server.
func TestRestoredRevocationExpires(t *testing.T) {
	now := storetest.Start
	s := newSink(t, func() time.Time { return now }).Store
	s.Revocations.Restore(map[string]store.Revocation{"a": revoked("a")})
	now = now.Add(2 * time.Hour)
	s.sweepOnce(t.Context())
	if left := s.Revocations.Known(); len(left) != 0 {
		t.Errorf("still known: %v", left)
	}
}

// Whoever keeps what is known hears of each word, after what it said is known.
func TestHeard(t *testing.T) {
	s := newSink(t, atStart)
	known := 0
	s.config.Heard = func(resource string) {
		if resource == grants {
			known = s.table.len()
		}
	}
	o := s.conn.grantObject(storetest.NewGrant("a1"))
	o.UID, o.ResourceVersion = "uid", "5"
	if err := s.Replace([]any{o}, "10"); err != nil || known != 1 {
		t.Errorf("told when %d were known, want 1 (%v)", known, err)
	}
}
