package kube

import (
	"fmt"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

// BenchmarkUpdate compares a rotation with the bare request that it takes. The budget is a tenth more.
func BenchmarkUpdate(b *testing.B) {
	w := newWorld(b)
	r := w.replica(b, atStart)
	b.Run("bare", func(b *testing.B) {
		object := r.conn.grantObject(storetest.NewGrant("bare" + fmt.Sprint(b.N)))
		w.create(b, object)
		for b.Loop() {
			object.Spec.Sequence++
			if err := r.conn.rest.Put().Namespace(w.namespace).Resource(grants).Name(object.Name).Body(object).
				Do(b.Context()).Into(object); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("store", func(b *testing.B) {
		grant := mustCreate(b, r, "store"+fmt.Sprint(b.N))
		for b.Loop() {
			grant.Sequence++
			var err error
			if grant, err = r.Grants.Update(b.Context(), grant); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkGet is what each introspection costs: the budget is two microseconds, among as many grants as there may be.
func BenchmarkGet(b *testing.B) {
	g := newGrants(&connection{}, atStart)
	for i := range maxGrants {
		grant := storetest.NewGrant(fmt.Sprint("a", i))
		g.known.told(grant.ID, row[store.Grant]{value: grant, version: uint64(i + 1)})
	}
	g.known.replace(nil, 0)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := g.Get(b.Context(), "a5000", store.AtHand); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRevoked is what each check of a token costs: the budget is a microsecond, with ten thousand revocations.
func BenchmarkRevoked(b *testing.B) {
	r := newRevocations(&connection{}, atStart)
	for i := range 10_000 {
		r.known.told(fmt.Sprint(i), row[written]{
			value: written{Revocation: store.Revocation{
				TokenID: fmt.Sprint("jti-", i), IssuedBefore: storetest.Start, Expires: storetest.Start.Add(time.Hour),
			}},
			version: uint64(i + 1),
		})
	}
	issued := store.Issued{TokenID: "jti-x", SessionID: "s", ClientID: "team.web", Subject: "usr_alice", At: storetest.Start}
	b.ReportAllocs()
	for b.Loop() {
		if r.Revoked(issued) {
			b.Fatal("it covers what nobody revoked")
		}
	}
}
