package kube

import (
	"context"
	"errors"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

// evictions is how many marks may make way for one, or have changed when they should: a source and a client may be full at
// once, and other replicas put marks, too.
const evictions = 4

// makeRoom deletes what has to make way for a mark, and tells how many that was. Without an error the mark has its place, so
// that many that come at once do not all take the last one; who does not store it then gives it back by giveBack.
func (m *Marks) makeRoom(ctx context.Context, mark *store.Mark) (int, error) {
	evicted := 0
	for range evictions {
		free, oldest := m.room(mark)
		if free {
			return evicted, nil
		}
		if oldest == "" {
			return evicted, store.ErrFull
		}
		switch err := m.evict(ctx, oldest); {
		case err == nil:
			evicted++
		case !errors.Is(err, store.ErrConflict):
			return evicted, err
		}
	}
	if free, _ := m.room(mark); free {
		return evicted, nil
	}
	return evicted, store.ErrFull
}

// room asks whether there is room, of what has not expired, and takes it. A mark that is not stored makes way for none.
func (m *Marks) room(mark *store.Mark) (bool, string) {
	m.known.mu.Lock()
	defer m.known.mu.Unlock()
	m.counted.Expire(m.now())
	free, oldest := m.counted.Room(mark.ClientID, mark.Source, mark.Subject)
	if free {
		taken := index.CountOf(mark)
		taken.MayMakeWay = false
		m.counted.Set(m.name(mark.Kind, mark.Name), taken)
	}
	return free, oldest
}

// giveBack counts what is known under the name of a mark that was not stored.
func (m *Marks) giveBack(mark *store.Mark) {
	name := m.name(mark.Kind, mark.Name)
	m.known.mu.Lock()
	defer m.known.mu.Unlock()
	if r, ok := m.known.rows[name]; ok && !r.hidden {
		m.counted.Set(name, r.value)
		return
	}
	m.counted.Remove(name)
}

// evict deletes a mark as this replica knows it. It fails with ErrConflict when it has changed: somebody has opened it just
// now, and it stays.
func (m *Marks) evict(ctx context.Context, name string) error {
	r, _ := m.known.get(name)
	known := strconv.FormatUint(r.version, 10)
	m.known.hide(name, r.uid)
	err := m.conn.deleteExactly(ctx, marks, name, metav1.Preconditions{UID: &r.uid, ResourceVersion: &known})
	if err == nil || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	m.known.show(name, r.uid)
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	o := new(v1alpha1.TokenMark)
	if lost := m.conn.get(ctx, marks, name, o); lost != nil {
		return errors.Join(store.ErrConflict, lost)
	}
	m.known.wrote(name, row[index.MarkCount]{value: countMark(o), uid: o.UID, version: version(o)})
	return store.ErrConflict
}
