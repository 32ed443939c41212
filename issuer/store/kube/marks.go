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

// putAttempts bounds how often a mark is put that others delete or replace meanwhile.
const putAttempts = 3

// Marks is a store.Marks. It reads live, and watches only to count and to delete: the caps hold over all replicas, save
// for what others put in the moment that a watch takes.
type Marks struct {
	conn *connection
	now  func() time.Time

	known   *table[index.MarkCount]
	counted index.Marks // with the lock of known: what has not expired
}

var _ store.Marks = (*Marks)(nil)

func newMarks(conn *connection, now func() time.Time) *Marks {
	m := &Marks{conn: conn, now: now}
	m.known = newTable(func(c index.MarkCount) time.Time { return c.Expires },
		func(name string, c index.MarkCount) { m.counted.Set(name, c) },
		func(name string, _ index.MarkCount) { m.counted.Remove(name) })
	return m
}

// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenmarks,verbs=get;list;watch;create;update;delete

// Put keeps a new mark, also in the place of one that has expired.
func (m *Marks) Put(ctx context.Context, mark store.Mark) (store.Mark, error) {
	if !mark.Fits() {
		return store.Mark{}, store.ErrFull
	}
	evicted, err := m.makeRoom(ctx, &mark)
	if err != nil {
		return store.Mark{}, err
	}
	for range putAttempts {
		kept, err := m.put(ctx, mark)
		if err == nil {
			kept.Evicted = evicted
			return kept, nil
		}
		if !errors.Is(err, store.ErrNotFound) {
			m.giveBack(&mark)
			return store.Mark{}, err
		}
	}
	m.giveBack(&mark)
	return store.Mark{}, fmt.Errorf("%w: there is no such namespace or kind, or the mark comes and goes", store.ErrUnavailable)
}

// put tries once. It fails with ErrNotFound when what was in the way has gone meanwhile.
func (m *Marks) put(ctx context.Context, mark store.Mark) (store.Mark, error) {
	mark.Revision = ""
	written, there := new(v1alpha1.TokenMark), new(v1alpha1.TokenMark)
	err := m.conn.create(ctx, marks, m.object(mark), written)
	if err == nil {
		return m.took(mark, written), nil
	}
	if !errors.Is(err, store.ErrExists) {
		return store.Mark{}, err
	}
	if err := m.conn.get(ctx, marks, m.name(mark.Kind, mark.Name), there); err != nil {
		return store.Mark{}, err
	}
	if m.now().Before(there.Spec.ExpiresAt.Time) {
		return store.Mark{}, store.ErrExists
	}
	mark.Revision = there.ResourceVersion
	kept, err := m.Update(ctx, mark)
	if errors.Is(err, store.ErrConflict) {
		return store.Mark{}, store.ErrExists // somebody else took it just now
	}
	return kept, err
}

// Update replaces a mark of the same revision.
func (m *Marks) Update(ctx context.Context, mark store.Mark) (store.Mark, error) {
	switch {
	case !mark.Fits():
		return store.Mark{}, store.ErrFull
	case mark.Revision == "":
		return store.Mark{}, store.ErrConflict // or the API server would take it over whatever is there
	}
	written := new(v1alpha1.TokenMark)
	if err := m.conn.update(ctx, marks, m.object(mark), written); err != nil {
		return store.Mark{}, err
	}
	return m.took(mark, written), nil
}

// Get reads a mark live.
func (m *Marks) Get(ctx context.Context, kind, name string) (store.Mark, error) {
	o := new(v1alpha1.TokenMark)
	if err := m.conn.get(ctx, marks, m.name(kind, name), o); err != nil {
		return store.Mark{}, err
	}
	if !m.now().Before(o.Spec.ExpiresAt.Time) {
		return store.Mark{}, store.ErrNotFound
	}
	return store.Mark{
		Name: name, Revision: o.ResourceVersion, Kind: kind, ClientID: string(o.Spec.ClientID), Data: o.Spec.Data,
		Source: o.Spec.Source, Subject: o.Spec.Subject, OpenedAt: moment(o.Spec.OpenedAt), Expires: moment(o.Spec.ExpiresAt),
	}, nil
}

// Delete forgets a mark.
func (m *Marks) Delete(ctx context.Context, kind, name string) error {
	return m.conn.delete(ctx, marks, m.name(kind, name), metav1.Preconditions{})
}

func (m *Marks) object(mark store.Mark) *v1alpha1.TokenMark {
	return &v1alpha1.TokenMark{
		ObjectMeta: m.conn.meta(m.name(mark.Kind, mark.Name), mark.Revision),
		Spec: v1alpha1.TokenMarkSpec{
			IssuerName: m.conn.issuer, Kind: mark.Kind, ClientID: v1alpha1.ClientID(mark.ClientID), Data: mark.Data,
			Source: mark.Source, Subject: mark.Subject, OpenedAt: metav1.NewTime(mark.OpenedAt), ExpiresAt: metav1.NewTime(mark.Expires),
		},
	}
}

// name is a hash, since a mark may be of anything and a name is of DNS. Issuers of one namespace do not collide.
func (m *Marks) name(kind, name string) string { return hashed(m.conn.issuer, kind, name) }

// took counts what this replica wrote, and returns it with its revision.
func (m *Marks) took(mark store.Mark, o *v1alpha1.TokenMark) store.Mark {
	m.known.wrote(o.Name, row[index.MarkCount]{value: countMark(o), uid: o.UID, version: version(o)})
	mark.Revision, mark.Data, mark.Evicted = o.ResourceVersion, o.Spec.Data, 0
	return mark
}

func countMark(o *v1alpha1.TokenMark) index.MarkCount {
	return index.CountOf(&store.Mark{
		ClientID: string(o.Spec.ClientID), Source: o.Spec.Source, Subject: o.Spec.Subject,
		OpenedAt: moment(o.Spec.OpenedAt), Expires: moment(o.Spec.ExpiresAt),
	})
}
