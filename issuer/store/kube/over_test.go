package kube

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

// shown is what "kubectl get tokengrants" says of each grant that is over.
func (s *issuers) shown(t *testing.T) map[string]string {
	t.Helper()
	var list v1alpha1.TokenGrantList
	if err := s.Client.List(t.Context(), &list, client.InNamespace(s.namespace)); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, grant := range list.Items {
		if grant.Spec.Over != "" {
			out[grant.Name] = string(grant.Spec.Over)
		}
	}
	return out
}

// agree waits until both replicas know of the same marks.
func (s *issuers) agree(t *testing.T, want map[string]string) {
	t.Helper()
	for _, r := range []*replica{s.a, s.b} {
		eventually(t, "the marks", func() bool {
			got := map[string]string{}
			for _, id := range r.Grants.known.names() {
				if grant, ok := r.Grants.atHand(id); ok && grant.Over != "" {
					got[id] = string(grant.Over)
				}
			}
			return maps.Equal(got, want)
		})
		r.traffic.take()
	}
}

// revocation is one of a client's, as an administrator writes it.
func (s *issuers) revocation(clientID string) *v1alpha1.TokenRevocation {
	return &v1alpha1.TokenRevocation{ObjectMeta: metav1.ObjectMeta{Name: "incident"}, Spec: v1alpha1.TokenRevocationSpec{
		IssuerName: issuerName, ClientID: v1alpha1.ClientID(clientID),
		IssuedBefore: metav1.NewTime(s.clock().Add(time.Second)), ExpiresAt: metav1.NewTime(s.clock().Add(time.Hour)),
	}}
}

func (s *issuers) covers(t *testing.T, clientID string, want bool) {
	t.Helper()
	for _, r := range []*replica{s.a, s.b} {
		eventually(t, "the revocation", func() bool {
			return r.Revocations.Revoked(store.Issued{ClientID: clientID, Subject: issuertest.Subject, At: storetest.Start}) == want
		})
	}
}

// TestOverIsShown: who lists grants sees which of them are good for nothing, and why. Where nothing changes nothing is
// written, and what is not so any more is taken back.
func TestOverIsShown(t *testing.T) {
	s := newIssuers(t)
	s.given(t, "good", "team.shop", "s1")
	s.given(t, "revoked", "team.web", "s1")
	s.given(t, "stranger", "team.shop", "s2", func(g *store.Grant) { g.Subject = "usr_nobody" })
	s.given(t, "renewed", "team.shop", "s3", func(g *store.Grant) { g.Client.UID = "former" })
	s.given(t, "idle", "team.shop", "s4", func(g *store.Grant) { g.Idle = time.Minute })
	s.given(t, "expired", "team.shop", "s5", func(g *store.Grant) { g.Expires = s.clock().Add(2 * time.Minute) })
	s.given(t, "soon-gone", "team.shop", "", func(g *store.Grant) { g.Idle, g.HeldUntil = time.Minute, time.Time{} })
	revocation := s.revocation("team.web")
	s.create(t, revocation)
	s.covers(t, "team.web", true)
	s.step(3 * time.Minute)
	want := map[string]string{"revoked": "Revoked", "stranger": "UserGone", "renewed": "ClientGone", "idle": "Idle", "expired": "Expired"}
	s.a.markOnce(t.Context())
	if diff := cmp.Diff(want, s.shown(t)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	s.agree(t, want)
	both(func(r *replica) { r.markOnce(t.Context()) }, s.pair)
	if a, b := s.a.traffic.take(), s.b.traffic.take(); a[http.MethodPut]+b[http.MethodPut] != 0 {
		t.Errorf("%v and %v were asked of the API server although nothing has changed", a, b)
	}
	if err := s.Client.Delete(t.Context(), revocation); err != nil {
		t.Fatal(err)
	}
	s.covers(t, "team.web", false)
	s.b.markOnce(t.Context())
	delete(want, "revoked")
	if diff := cmp.Diff(want, s.shown(t)); diff != "" {
		t.Errorf("after the revocation was deleted, -want +got:\n%s", diff)
	}
}

// TestOneRevocationOfMany: both replicas find the same grants at once, and no grant is written twice.
func TestOneRevocationOfMany(t *testing.T) {
	const many = 12
	s := newIssuers(t)
	want := map[string]string{}
	for i := range many {
		id := fmt.Sprint("g", i)
		s.given(t, id, "team.web", "s1")
		want[id] = "Revoked"
	}
	s.create(t, s.revocation("team.web"))
	s.covers(t, "team.web", true)
	both(func(r *replica) { r.markOnce(t.Context()) }, s.pair)
	if diff := cmp.Diff(want, s.shown(t)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var list v1alpha1.TokenGrantList
	if err := s.Client.List(t.Context(), &list, client.InNamespace(s.namespace)); err != nil {
		t.Fatal(err)
	}
	for _, grant := range list.Items {
		if writes := grant.Generation - 1; writes != 1 {
			t.Errorf("%s was written %d times, want once", grant.Name, writes)
		}
	}
	s.agree(t, want)
	s.a.traffic.cut.Store(true)
	s.a.markOnce(t.Context()) // and finds nothing that it would need the API server for
}

// TestNothingIsOverTooEarly: before all is here that decides, nobody's grant is called over.
func TestNothingIsOverTooEarly(t *testing.T) {
	s := newIssuers(t)
	s.given(t, "stranger", "team.nobody", "s1", func(g *store.Grant) { g.Subject = "usr_nobody" })
	s.first.Readiness.Await(2)
	s.a.markOnce(t.Context())
	if got := s.shown(t); len(got) != 0 {
		t.Errorf("%v before the issuer knows all registrations", got)
	}
	s.first.Readiness.Synced()
	s.a.markOnce(t.Context())
	if got := s.shown(t); got["stranger"] == "" {
		t.Errorf("%v afterwards", got)
	}
}

// TestOneLookIsBounded, however many grants are over.
func TestOneLookIsBounded(t *testing.T) {
	s := full(2*marksALook, store.OverRevoked)
	if got := len(s.mismarked(marksALook)); got != marksALook {
		t.Errorf("one look found %d, want %d", got, marksALook)
	}
}

// BenchmarkLook is what a replica does once a minute or two with as many grants as there may be, none of which is over: the
// budget is 200 ms.
func BenchmarkLook(b *testing.B) {
	s := full(maxGrants, "")
	for b.Loop() {
		if len(s.mismarked(marksALook)) != 0 {
			b.Fatal("found some")
		}
	}
}

// full is a store with so many grants, all of which are over for the same reason.
func full(count int, why store.Over) *Store {
	s := &Store{Grants: newGrants(&connection{}, atStart), config: Config{Now: atStart}}
	for i := range count {
		grant := storetest.NewGrant(fmt.Sprint("a", i))
		s.Grants.known.told(grant.ID, row[store.Grant]{value: grant, version: uint64(i + 1)})
	}
	s.audience.Tell(verdict{why: why})
	return s
}

// verdict says the same of each grant.
type verdict struct {
	store.Endings
	why store.Over
}

func (v verdict) Over(*store.Grant) (store.Over, bool) { return v.why, true }
