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

	known *table[store.Revocation]
	index index.Revocations // with the lock of known

	applied chan store.Revocation // by people, to be told of
}

var _ store.Revocations = (*Revocations)(nil)

func newRevocations(conn *connection, now func() time.Time) *Revocations {
	r := &Revocations{conn: conn, now: now, budget: index.NewBudget(), applied: make(chan store.Revocation, maxApplied)}
	r.known = newTable(func(revocation store.Revocation) time.Time { return revocation.Expires },
		func(name string, revocation store.Revocation) { r.index.Add(name, revocation) },
		func(name string, revocation store.Revocation) { r.index.Remove(name, revocation) })
	return r
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
	written := new(v1alpha1.TokenRevocation)
	err := r.conn.create(ctx, revocations, o, written)
	if errors.Is(err, store.ErrExists) { // another replica was faster, and the watch has not told yet
		err = r.conn.get(ctx, revocations, o.Name, written)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: there is no such namespace or kind, or the revocation comes and goes", store.ErrUnavailable)
	case err != nil:
		return err
	}
	r.known.wrote(o.Name, row[store.Revocation]{value: readRevocation(written), uid: written.UID, version: version(written)})
	return nil
}

func (r *Revocations) object(revocation store.Revocation) *v1alpha1.TokenRevocation {
	spec := v1alpha1.TokenRevocationSpec{
		IssuerName: r.conn.issuer,
		TokenID:    revocation.TokenID, SessionID: revocation.SessionID,
		ClientID: v1alpha1.ClientID(revocation.ClientID), Subject: revocation.Subject,
		IssuedBefore: metav1.NewTime(revocation.IssuedBefore), ExpiresAt: metav1.NewTime(revocation.Expires),
	}
	if revocation.TokenID+revocation.SessionID+revocation.ClientID+revocation.Subject == "" {
		spec.Match = v1alpha1.MatchAll
	}
	name := hashed(spec.IssuerName, spec.TokenID, spec.SessionID, string(spec.ClientID), spec.Subject,
		second(revocation.IssuedBefore), second(revocation.Expires))
	return &v1alpha1.TokenRevocation{ObjectMeta: r.conn.meta(name, ""), Spec: spec}
}

// second writes t as the API server keeps it.
func second(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func readRevocation(o *v1alpha1.TokenRevocation) store.Revocation {
	return store.Revocation{
		TokenID: o.Spec.TokenID, SessionID: o.Spec.SessionID, ClientID: string(o.Spec.ClientID), Subject: o.Spec.Subject,
		IssuedBefore: moment(o.Spec.IssuedBefore), Expires: moment(o.Spec.ExpiresAt),
	}
}
