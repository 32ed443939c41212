package kube

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

// Revocations is a store.Revocations.
type Revocations struct {
	conn   *connection
	now    func() time.Time
	budget index.Budget

	known   *table[written]
	index   index.Revocations   // with the lock of known
	waiting map[string]struct{} // by name: those of people whose status does not say yet what became of them; likewise

	applied chan string // by people, to be told of, by name
}

var _ store.Revocations = (*Revocations)(nil)

func newRevocations(conn *connection, now func() time.Time) *Revocations {
	r := &Revocations{
		conn: conn, now: now, budget: index.NewBudget(), waiting: map[string]struct{}{}, applied: make(chan string, maxApplied),
	}
	r.known = newTable(func(w written) time.Time { return w.Expires }, r.entered, r.left)
	return r
}

func (r *Revocations) entered(name string, w written) {
	for _, each := range w.each() {
		r.index.Add(name, each)
	}
	if !w.settled() && r.ofPeople(name, w) {
		r.waiting[name] = struct{}{}
	}
}

func (r *Revocations) left(name string, w written) {
	for _, each := range w.each() {
		r.index.Remove(name, each)
	}
	delete(r.waiting, name)
}

// Revoked tells whether any revocation covers i.
func (r *Revocations) Revoked(i store.Issued) bool {
	r.known.mu.RLock()
	defer r.known.mu.RUnlock()
	return r.index.Cover(i)
}

// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenrevocations,verbs=get;list;watch;create;delete

// Revoke keeps a revocation. Its name follows from what it says, so repeating one costs nothing.
func (r *Revocations) Revoke(ctx context.Context, revocation store.Revocation) error {
	now := r.now()
	o := r.object(revocation)
	if _, known := r.known.get(o.Name); known || !now.Before(revocation.Expires) {
		return nil
	}
	spent := r.budget.Spent(revocation, now)
	if spent || r.known.len() >= store.MaxRevocations {
		return store.ErrFull
	}
	stored := new(v1alpha1.TokenRevocation)
	err := r.conn.create(ctx, revocations, o, stored)
	if errors.Is(err, store.ErrExists) { // another replica was faster, and the watch has not told yet
		err = r.conn.get(ctx, revocations, o.Name, stored)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: there is no such namespace or kind, or the revocation comes and goes", store.ErrUnavailable)
	case err != nil:
		return err
	}
	r.known.wrote(o.Name, row[written]{value: readRevocation(stored), uid: stored.UID, version: version(stored)})
	return nil
}

func (r *Revocations) object(revocation store.Revocation) *v1alpha1.TokenRevocation {
	spec := v1alpha1.TokenRevocationSpec{
		IssuerName: r.conn.issuer,
		TokenID:    revocation.TokenID, SessionID: revocation.SessionID,
		ClientID: v1alpha1.ClientID(revocation.ClientID), Subject: revocation.Subject,
		IssuedBefore: metav1.NewTime(revocation.IssuedBefore), ExpiresAt: metav1.NewTime(revocation.Expires),
	}
	parts := []string{
		spec.IssuerName, spec.TokenID, spec.SessionID, string(spec.ClientID), spec.Subject,
		second(revocation.IssuedBefore), second(revocation.Expires),
	}
	switch {
	case revocation.User != store.User{}:
		spec.User = &v1alpha1.RevokedUser{Provider: revocation.User.Provider, Username: revocation.User.Username}
		parts = append(parts, spec.User.Provider, spec.User.Username)
	case revocation.TokenID+revocation.SessionID+revocation.ClientID+revocation.Subject == "":
		spec.Match = v1alpha1.MatchAll
	default:
	}
	name := hashed(parts...)
	return &v1alpha1.TokenRevocation{ObjectMeta: r.conn.meta(name, ""), Spec: spec}
}

// second writes t as the API server keeps it.
func second(t time.Time) string { return t.UTC().Format(time.RFC3339) }
