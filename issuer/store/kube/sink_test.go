package kube

import (
	"log/slog"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

// newSink is the sink of the grants of a store without an API server.
func newSink(t *testing.T, now func() time.Time) *sink[*v1alpha1.TokenGrant, store.Grant] {
	t.Helper()
	s, err := New(Config{
		REST: &rest.Config{Host: "http://api.example"}, Namespace: "ns", Name: issuerName, Now: now,
		Log: slog.New(slog.DiscardHandler), Metrics: audit.NewMetrics(), Synced: func() {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &sink[*v1alpha1.TokenGrant, store.Grant]{
		Store: s, resource: grants, table: s.Grants.known, read: readGrant, gone: s.Grants.deleted,
	}
}

// What was deleted while nobody watched is found missing in the next list, and is treated the same.
func TestListFindsDeletions(t *testing.T) {
	now := storetest.Start
	s := newSink(t, func() time.Time { return now })
	object := func(id, version string) *v1alpha1.TokenGrant {
		o := s.conn.grantObject(storetest.NewGrant(id))
		o.UID, o.ResourceVersion = "uid", version
		return o
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	taken, err := s.Transformer()(object("a1", "5"))
	must(err)
	must(s.Replace([]any{taken, object("a2", "6")}, "10"))
	must(s.Add(object("a3", "11")))
	must(s.Resync())
	must(s.Bookmark("12"))
	must(s.Replace([]any{object("a2", "6")}, "20"))
	for id, want := range map[string]bool{"a1": true, "a2": false, "a3": true} {
		if grant, ok := s.Grants.atHand(id); !ok || isRevoked(grant) != want {
			t.Errorf("%s: %+v, %t; want it revoked: %t", id, grant, ok, want)
		}
	}
	if waiting := len(s.Grants.burials); waiting != 2 {
		t.Errorf("%d tombstones wait to be written, want 2", waiting)
	}
	now = now.Add(time.Hour)
	must(s.Delete(object("a2", "21")))
	if _, ok := s.Grants.atHand("a2"); ok || len(s.Grants.burials) != 2 {
		t.Error("the end of an old grant left something")
	}
	for name, err := range map[string]error{
		"a bookmark":   s.Bookmark("x"),
		"a list":       s.Replace(nil, ""),
		"another kind": s.Update(&v1alpha1.TokenMark{ObjectMeta: metav1.ObjectMeta{Name: "a"}}),
		"its end":      s.Delete(&v1alpha1.TokenMark{}),
		"its list":     s.Replace([]any{&v1alpha1.TokenMark{}}, "30"),
	} {
		if err == nil {
			t.Errorf("nonsense was taken: %s", name)
		}
	}
}

// So many deletions at once that not all can be written are all remembered.
func TestManyDeletions(t *testing.T) {
	s := newSink(t, atStart)
	for i := range maxBurials + 10 {
		grant := storetest.NewGrant(string(rune('a' + i)))
		s.Grants.deleted(grant.ID, row[store.Grant]{value: grant}, uint64(i+1))
		if there, ok := s.Grants.atHand(grant.ID); !ok || !isRevoked(there) {
			t.Fatalf("grant %d: %+v, %t", i, there, ok)
		}
	}
}
