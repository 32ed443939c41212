package kube

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/storetest"
)

// within is how soon a change must arrive at another replica.
const within = time.Second

// pair is two replicas of one issuer, and a clock that both read.
type pair struct {
	*world

	a, b *replica
	mu   sync.Mutex
	now  time.Time
}

func newPair(t *testing.T) *pair {
	t.Helper()
	p := &pair{world: newWorld(t), now: storetest.Start}
	p.a, p.b = p.replica(t, p.clock), p.replica(t, p.clock)
	return p
}

func (p *pair) clock() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

func (p *pair) step(by time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = p.now.Add(by)
}

// arrives waits until a replica has a grant in memory, as told.
func arrives(t *testing.T, r *replica, id string, as func(store.Grant) bool) time.Duration {
	t.Helper()
	return eventually(t, "grant "+id, func() bool {
		grant, ok := r.Grants.atHand(id)
		return ok && as(grant)
	})
}

func anyhow(store.Grant) bool { return true }

func isRevoked(g store.Grant) bool { return !g.RevokedAt.IsZero() }

func mustCreate(t testing.TB, r *replica, id string) store.Grant {
	t.Helper()
	grant, err := r.Grants.Create(t.Context(), storetest.NewGrant(id))
	if err != nil {
		t.Fatal(err)
	}
	return grant
}

// kubectlDelete deletes as an operator would.
func (w *world) kubectlDelete(t *testing.T, id string) {
	t.Helper()
	grant := &v1alpha1.TokenGrant{ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: id}}
	if err := w.Client.Delete(t.Context(), grant); err != nil {
		t.Fatal(err)
	}
}

// A code whose grant somebody deleted buys no other one, at no replica, those that start later included.
func TestDeletedBeforeTheCodeExpires(t *testing.T) {
	p := newPair(t)
	mustCreate(t, p.a, "a1")
	arrives(t, p.b, "a1", anyhow)
	p.kubectlDelete(t, "a1")
	for name, r := range map[string]*replica{"writer": p.a, "other": p.b} {
		if took := arrives(t, r, "a1", isRevoked); took > within {
			t.Errorf("the %s knew after %v", name, took)
		}
		if there, err := r.Grants.Create(t.Context(), storetest.NewGrant("a1")); !errors.Is(err, store.ErrExists) || !isRevoked(there) {
			t.Errorf("the %s: %+v, %v; want a tombstone", name, there, err)
		}
	}
	var stone v1alpha1.TokenGrant
	eventually(t, "a tombstone", func() bool {
		return p.Client.Get(t.Context(), client.ObjectKey{Namespace: p.namespace, Name: "a1"}, &stone) == nil
	})
	if stone.Spec.RevokedAt.IsZero() || stone.Spec.Subject != "usr_alice" {
		t.Errorf("in its place stands %+v", stone.Spec)
	}
	later := p.replica(t, p.clock)
	if there, err := later.Grants.Create(t.Context(), storetest.NewGrant("a1")); !errors.Is(err, store.ErrExists) || !isRevoked(there) {
		t.Errorf("a later replica: %+v, %v; want a tombstone", there, err)
	}
}

func TestDeletedLater(t *testing.T) {
	p := newPair(t)
	mustCreate(t, p.a, "a1")
	arrives(t, p.b, "a1", anyhow)
	p.step(time.Hour)
	p.a.traffic.take()
	p.b.traffic.take()
	p.kubectlDelete(t, "a1")
	for _, r := range []*replica{p.a, p.b} {
		took := eventually(t, "the end", func() bool {
			_, known := r.Grants.atHand("a1")
			return !known
		})
		if _, err := r.Grants.Get(t.Context(), "a1", store.AtHand); !errors.Is(err, store.ErrNotFound) || took > within {
			t.Errorf("after %v: %v, want ErrNotFound", took, err)
		}
		if writes := r.traffic.take()[http.MethodPost]; writes != 0 {
			t.Errorf("%d tombstones", writes)
		}
	}
}

// A revocation and a rotation at one replica are known at the other one within a second.
func TestOtherReplicaHears(t *testing.T) {
	p := newPair(t)
	grant := mustCreate(t, p.a, "a1")
	arrives(t, p.b, "a1", anyhow)
	grant.Sequence++
	if _, err := p.a.Grants.Update(t.Context(), grant); err != nil {
		t.Fatal(err)
	}
	rotation := arrives(t, p.b, "a1", func(g store.Grant) bool { return g.Sequence == grant.Sequence })
	if err := p.a.Grants.Revoke(t.Context(), "a1"); err != nil {
		t.Fatal(err)
	}
	revocation := arrives(t, p.b, "a1", isRevoked)
	r := store.Revocation{SessionID: "session-1", IssuedBefore: p.now, Expires: p.now.Add(time.Hour)}
	if err := p.a.Revocations.Revoke(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	logout := eventually(t, "logout", func() bool {
		return p.b.Revocations.Revoked(store.Issued{SessionID: "session-1", At: p.now.Add(-time.Second)})
	})
	t.Logf("the other replica knew of a rotation after %v, of a revoked grant after %v, of a revoked session after %v",
		rotation, revocation, logout)
	if max(rotation, revocation, logout) > within {
		t.Errorf("that is more than %v", within)
	}
}

// TestRaceOverReplicas redeems one code, and then uses one refresh token, at both replicas at once.
func TestRaceOverReplicas(t *testing.T) {
	p := newPair(t)
	for round := range 10 {
		id := fmt.Sprint("a", round)
		created := overBoth(p, func(r *replica) error {
			_, err := r.Grants.Create(t.Context(), storetest.NewGrant(id))
			return err
		})
		wantOne(t, id+" created", created, store.ErrExists)
		grant, err := p.b.Grants.Get(t.Context(), id, store.AtHand)
		if err != nil {
			t.Fatal(err)
		}
		updated := overBoth(p, func(r *replica) error {
			next := grant
			next.Sequence++
			_, err := r.Grants.Update(t.Context(), next)
			return err
		})
		wantOne(t, id+" rotated", updated, store.ErrConflict)
	}
}

func overBoth(p *pair, do func(*replica) error) []error {
	errs := make([]error, 16)
	var running sync.WaitGroup
	for i := range errs {
		running.Go(func() { errs[i] = do([]*replica{p.a, p.b}[i%2]) })
	}
	running.Wait()
	return errs
}

func wantOne(t *testing.T, what string, errs []error, lost error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, lost) {
			t.Errorf("%s: %v, want %v", what, err, lost)
		}
	}
	if won != 1 {
		t.Errorf("%s %d times, want once", what, won)
	}
}

// TestAPIServerAway cuts a replica off. What it knows stays; what it must store or ask fails, and says why (RFC 7009
// section 2.2.1 asks for 503 then).
func TestAPIServerAway(t *testing.T) {
	p := newPair(t)
	grant := mustCreate(t, p.a, "a1")
	arrives(t, p.b, "a1", anyhow)
	p.b.traffic.cut.Store(true)
	if got, err := p.b.Grants.Get(t.Context(), "a1", store.AtHand); err != nil || got.Subject != grant.Subject {
		t.Errorf("at hand: %+v, %v", got, err)
	}
	if found, err := p.b.Grants.OfSubject(t.Context(), grant.Subject); err != nil || len(found) != 1 {
		t.Errorf("of the subject: %+v, %v", found, err)
	}
	if p.b.Revocations.Revoked(store.Issued{SessionID: "session-1", At: p.now}) {
		t.Error("revoked by nobody")
	}
	grants, marks := p.b.Grants, p.b.Marks
	for name, call := range map[string]func() error{
		"latest": func() error { _, err := grants.Get(t.Context(), "a1", store.Latest); return err },
		"a miss": func() error { _, err := grants.Get(t.Context(), "a2", store.AtHand); return err },
		"create": func() error { _, err := grants.Create(t.Context(), storetest.NewGrant("a2")); return err },
		"update": func() error { _, err := grants.Update(t.Context(), grant); return err },
		"revoke": func() error { return grants.Revoke(t.Context(), "a1") },
		"unmark": func() error { return marks.Delete(t.Context(), "jti", "a") },
		"marked": func() error { _, err := marks.Get(t.Context(), "jti", "a"); return err },
		"mark":   func() error { _, err := marks.Put(t.Context(), storetest.NewMark("jti", "a")); return err },
		"logout": func() error {
			return p.b.Revocations.Revoke(t.Context(), store.Revocation{Subject: "a", IssuedBefore: p.now, Expires: p.now.Add(time.Hour)})
		},
	} {
		if err := call(); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("%s: %v, want ErrUnavailable", name, err)
		}
	}
	p.step(time.Hour) // then a revocation deletes
	if err := grants.Revoke(t.Context(), "a1"); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("revoke: %v, want ErrUnavailable", err)
	}
	if found, err := grants.OfSubject(t.Context(), grant.Subject); err != nil || len(found) != 1 {
		t.Errorf("after a revocation that failed: %+v, %v; want the grant, which is still good", found, err)
	}
}

// TestRequests counts what the store asks of the API server.
func TestRequests(t *testing.T) {
	p := newPair(t)
	grant := mustCreate(t, p.a, "a1")
	expect := func(step string, want map[string]int, do func() error) {
		t.Helper()
		p.a.traffic.take()
		if err := do(); err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrExists) {
			t.Errorf("%s: %v", step, err)
		}
		if got := p.a.traffic.take(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: requests %v, want %v", step, got, want)
		}
	}
	get := func(id string, fresh store.Freshness) func() error {
		return func() error { _, err := p.a.Grants.Get(t.Context(), id, fresh); return err }
	}
	none, one := map[string]int{}, func(method string) map[string]int { return map[string]int{method: 1} }
	expect("what it wrote is at hand", none, get("a1", store.AtHand))
	expect("the latest", one(http.MethodGet), get("a1", store.Latest))
	expect("a miss", one(http.MethodGet), get("never", store.AtHand))
	expect("another miss", one(http.MethodGet), get("never", store.AtHand))
	expect("update", one(http.MethodPut), func() (err error) {
		grant.Sequence++
		grant, err = p.a.Grants.Update(t.Context(), grant)
		return err
	})
	expect("a second redemption", none, func() error {
		_, err := p.a.Grants.Create(t.Context(), storetest.NewGrant("a1"))
		return err
	})
	expect("revoke", one(http.MethodPut), func() error { return p.a.Grants.Revoke(t.Context(), "a1") })
	expect("revoke again", none, func() error { return p.a.Grants.Revoke(t.Context(), "a1") })
	expect("sweep, when nothing has expired", none, func() error { p.a.sweepOnce(t.Context()); return nil })
	expect("mark", one(http.MethodPost), func() error {
		_, err := p.a.Marks.Put(t.Context(), storetest.NewMark("jti", "a"))
		return err
	})
	revocation := store.Revocation{TokenID: "a", IssuedBefore: p.now, Expires: p.now.Add(time.Hour)}
	expect("a revocation", one(http.MethodPost), func() error { return p.a.Revocations.Revoke(t.Context(), revocation) })
	expect("the same again", none, func() error { return p.a.Revocations.Revoke(t.Context(), revocation) })
}

// A grant that another issuer of the namespace gave is none of ours.
func TestOtherIssuer(t *testing.T) {
	w := newWorld(t)
	r := w.replica(t, atStart)
	other := *r.conn
	other.issuer = "other"
	w.create(t, other.grantObject(storetest.NewGrant("a1")))
	for _, fresh := range []store.Freshness{store.AtHand, store.Latest} {
		if got, err := r.Grants.Get(t.Context(), "a1", fresh); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%+v, %v; want ErrNotFound", got, err)
		}
	}
	if got, err := r.Grants.Create(t.Context(), storetest.NewGrant("a1")); !errors.Is(err, store.ErrExists) || got.Subject != "" {
		t.Errorf("%+v, %v; want ErrExists and nothing of the other's", got, err)
	}
	if err := r.Grants.Revoke(t.Context(), "a1"); err != nil {
		t.Error(err)
	}
	var there v1alpha1.TokenGrant
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.namespace, Name: "a1"}, &there); err != nil || !there.Spec.RevokedAt.IsZero() {
		t.Errorf("it was revoked: %v", err)
	}
}

// What an incident responder writes takes effect without any label, and its deletion undoes it.
func TestHandWrittenRevocation(t *testing.T) {
	w := newWorld(t)
	r := w.replica(t, atStart)
	manifest := &v1alpha1.TokenRevocation{
		ObjectMeta: metav1.ObjectMeta{Name: "incident-42"},
		Spec: v1alpha1.TokenRevocationSpec{
			IssuerName: issuerName, Match: v1alpha1.MatchAll,
			IssuedBefore: metav1.NewTime(storetest.Start), ExpiresAt: metav1.NewTime(storetest.Start.Add(time.Hour)),
		},
	}
	w.create(t, manifest)
	revoked := func() bool {
		return r.Revocations.Revoked(store.Issued{Subject: "anybody", At: storetest.Start.Add(-time.Second)})
	}
	eventually(t, "revoked", revoked)
	if err := w.Client.Delete(t.Context(), manifest); err != nil {
		t.Fatal(err)
	}
	eventually(t, "forgiven", func() bool { return !revoked() })
}

// TestSweep lets grants expire at two replicas. One of them deletes each, hardly ever both.
func TestSweep(t *testing.T) {
	const objects = 60
	p := newPair(t)
	for i := range objects {
		mustCreate(t, p.a, fmt.Sprint("a", i))
	}
	long := storetest.NewGrant("long")
	long.Expires = long.Expires.Add(time.Hour)
	if _, err := p.a.Grants.Create(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	if _, err := p.a.Marks.Put(t.Context(), storetest.NewMark("jti", "a")); err != nil {
		t.Fatal(err)
	}
	expires := storetest.Start.Add(time.Hour)
	if err := p.a.Revocations.Revoke(t.Context(), store.Revocation{Subject: "a", IssuedBefore: p.now, Expires: expires}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all at both", func() bool {
		return p.b.Grants.known.len() == objects+1 && p.b.Marks.known.len() == 1 && p.b.Revocations.known.len() == 1
	})
	p.a.traffic.take()
	p.b.traffic.take()
	p.step(24*time.Hour + skew - time.Second)
	for range int(skew / time.Second) {
		p.step(2 * time.Second)
		var running sync.WaitGroup
		for _, r := range []*replica{p.a, p.b} {
			r.pace.SetLimit(1000)
			running.Go(func() { r.sweepOnce(t.Context()) })
		}
		running.Wait()
	}
	eventually(t, "nothing left at both", func() bool {
		left := 0
		for _, r := range []*replica{p.a, p.b} {
			left += r.Grants.known.len() - 1 + r.Marks.known.len() + r.Revocations.known.len()
		}
		return left == 0
	})
	deletes := p.a.traffic.take()[http.MethodDelete] + p.b.traffic.take()[http.MethodDelete]
	t.Logf("%d deletions of %d objects by two replicas", deletes, objects+2)
	if deletes > (objects+2)*3/2 {
		t.Errorf("%d deletions of %d objects: the replicas do each other's work", deletes, objects+2)
	}
	var left v1alpha1.TokenGrantList
	if err := p.Client.List(t.Context(), &left, client.InNamespace(p.namespace)); err != nil || len(left.Items) != 1 {
		t.Errorf("%d grants left (%v), want the long one", len(left.Items), err)
	}
}
