package memory

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

// Marks is a store.Marks.
type Marks struct {
	now func() time.Time

	mu       sync.Mutex
	revision uint64
	byName   map[string]store.Mark
	counted  index.Marks
	due      index.Expiry
}

var _ store.Marks = (*Marks)(nil)

// NewMarks makes an empty store whose clock is now.
func NewMarks(now func() time.Time) *Marks { return &Marks{now: now, byName: map[string]store.Mark{}} }

// Put keeps a new mark.
func (m *Marks) Put(_ context.Context, mark store.Mark) (store.Mark, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget()
	if m.holds(key(mark.Kind, mark.Name)) {
		return store.Mark{}, store.ErrExists
	}
	if !mark.Fits() {
		return store.Mark{}, store.ErrFull
	}
	evicted := 0
	for free, oldest := m.counted.Room(mark.ClientID, mark.Source, mark.Subject); !free; free, oldest = m.counted.Room(mark.ClientID, mark.Source, mark.Subject) {
		if oldest == "" {
			return store.Mark{}, store.ErrFull
		}
		m.drop(oldest)
		evicted++
	}
	kept := m.keep(mark)
	kept.Evicted = evicted
	return kept, nil
}

// Update replaces a mark.
func (m *Marks) Update(_ context.Context, mark store.Mark) (store.Mark, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forget()
	name := key(mark.Kind, mark.Name)
	switch {
	case !m.holds(name):
		return store.Mark{}, store.ErrNotFound
	case m.byName[name].Revision != mark.Revision:
		return store.Mark{}, store.ErrConflict
	case !mark.Fits():
		return store.Mark{}, store.ErrFull
	}
	return m.keep(mark), nil
}

// Get returns a mark.
func (m *Marks) Get(_ context.Context, kind, name string) (store.Mark, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.holds(key(kind, name)) {
		return store.Mark{}, store.ErrNotFound
	}
	mark := m.byName[key(kind, name)]
	mark.Data = slices.Clone(mark.Data)
	return mark, nil
}

// Delete forgets a mark.
func (m *Marks) Delete(_ context.Context, kind, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(key(kind, name))
	return nil
}

// key keeps names of different kinds apart: a kind has no NUL in it.
func key(kind, name string) string { return kind + "\x00" + name }

// holds tells whether there is such a mark that has not expired.
func (m *Marks) holds(name string) bool {
	mark, ok := m.byName[name]
	return ok && m.now().Before(mark.Expires)
}

// keep takes a version of a mark, under the next revision.
func (m *Marks) keep(mark store.Mark) store.Mark {
	name := key(mark.Kind, mark.Name)
	m.drop(name)
	m.revision++
	mark.Revision, mark.Data = strconv.FormatUint(m.revision, 10), slices.Clone(mark.Data)
	mark.Evicted = 0
	m.byName[name] = mark
	m.counted.Set(name, index.CountOf(&mark))
	m.due.Set(name, mark.Expires)
	mark.Data = slices.Clone(mark.Data)
	return mark
}

func (m *Marks) drop(name string) {
	m.counted.Remove(name)
	delete(m.byName, name)
	m.due.Remove(name)
}

// forget drops what has expired.
func (m *Marks) forget() {
	for range sweep {
		name, ok := m.due.Next(m.now())
		if !ok {
			return
		}
		m.drop(name)
	}
}
