package kube

import (
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"tokenwright.dev/issuer/store/index"
)

// skew is how long something stays at least after it has expired, since clocks differ, and at most twice as long: each
// replica draws a time of its own for each object, so one of them deletes it, and the others see that it is gone.
const skew = time.Minute

// table is what a replica knows of the objects of one kind: what the watch told, and what the replica itself wrote. The
// higher resource version wins. It is safe for concurrent use.
type table[T any] struct {
	keptUntil func(T) time.Time
	// entered and left keep the indexes of a kind; they are called with the lock held.
	entered, left func(name string, value T)

	mu     sync.RWMutex
	rows   map[string]row[T]
	due    index.Expiry // when to delete
	seen   uint64       // the watch has told all up to this version
	synced bool         // and it has told of all objects

	changes uint64 // made so far
}

// row is one object.
type row[T any] struct {
	value   T
	uid     types.UID // empty for what is in memory alone
	version uint64
	hidden  bool // it is being deleted: no answer is made of it
}

func newTable[T any](keptUntil func(T) time.Time, entered, left func(name string, value T)) *table[T] {
	return &table[T]{keptUntil: keptUntil, entered: entered, left: left, rows: map[string]row[T]{}}
}

// get returns a row that an answer can be made of.
func (t *table[T]) get(name string) (row[T], bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r, ok := t.rows[name]
	return r, ok && !r.hidden
}

// names lists what is known.
func (t *table[T]) names() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Collect(maps.Keys(t.rows))
}

// complete tells whether the watch has told of all objects.
func (t *table[T]) complete() bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.synced
}

func (t *table[T]) len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return len(t.rows)
}

// wrote takes what this replica wrote or read itself. What the watch has told of already it knows better: the object may
// have changed again, or be gone.
func (t *table[T]) wrote(name string, r row[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.version > t.seen {
		t.put(name, r)
	}
}

// told takes what the watch tells.
func (t *table[T]) told(name string, r row[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen = max(t.seen, r.version)
	t.put(name, r)
}

// passed notes how far the watch has come.
func (t *table[T]) passed(version uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen = max(t.seen, version)
}

// deleted takes the end of an object, and returns what it was.
func (t *table[T]) deleted(name string, version uint64) (row[T], bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen = max(t.seen, version)
	r, ok := t.rows[name]
	if !ok || r.version > version {
		return row[T]{}, false
	}
	t.remove(name)
	return r, true
}

// replace takes all objects that there are at a version, and returns those that are gone.
func (t *table[T]) replace(all map[string]row[T], version uint64) map[string]row[T] {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.seen, t.synced = max(t.seen, version), true
	gone := map[string]row[T]{}
	for name, r := range t.rows {
		if _, there := all[name]; !there && r.version <= version {
			gone[name] = r
			t.remove(name)
		}
	}
	for name, r := range all {
		t.put(name, r)
	}
	return gone
}

// restore takes rows of before a start, without versions, so that whatever the watch tells is newer. It does nothing when
// the watch has told of all objects.
func (t *table[T]) restore(rows map[string]row[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.synced {
		return
	}
	for name, r := range rows {
		t.put(name, r)
	}
}

// changed counts the changes so far.
func (t *table[T]) changed() uint64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.changes
}

// hide keeps answers from being made of the object of this UID, which is being deleted, and show undoes that.
func (t *table[T]) hide(name string, uid types.UID) { t.setHidden(name, uid, true) }

func (t *table[T]) show(name string, uid types.UID) { t.setHidden(name, uid, false) }

func (t *table[T]) setHidden(name string, uid types.UID, hidden bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r, ok := t.rows[name]; ok && r.uid == uid {
		t.remove(name)
		r.hidden = hidden
		t.put(name, r)
	}
}

// isDue tells whether next has something at now.
func (t *table[T]) isDue(now time.Time) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.due.IsDue(now)
}

// next takes out of the queue an object that is to be deleted at now.
func (t *table[T]) next(now time.Time) (string, row[T], bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	name, ok := t.due.Next(now)
	return name, t.rows[name], ok
}

// later puts an object back into the queue, if it is still there.
func (t *table[T]) later(name string, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.rows[name]; ok {
		t.due.Set(name, at)
	}
}

// put takes a row, unless a newer version is known. An object that is being deleted stays hidden.
func (t *table[T]) put(name string, r row[T]) {
	before, ok := t.rows[name]
	if ok && before.version >= r.version {
		return
	}
	if ok && !before.hidden {
		t.left(name, before.value)
	}
	r.hidden = r.hidden || before.hidden && before.uid == r.uid
	t.rows[name] = r
	t.changes++
	if !r.hidden {
		t.entered(name, r.value)
	}
	if until := t.keptUntil(r.value); !ok || !t.keptUntil(before.value).Equal(until) {
		t.due.Set(name, until.Add(wait.Jitter(skew, 1)))
	}
}

func (t *table[T]) remove(name string) {
	r := t.rows[name]
	delete(t.rows, name)
	t.changes++
	t.due.Remove(name)
	if !r.hidden {
		t.left(name, r.value)
	}
}

// version reads a resource version. Those of one kind are ordered.
func version(of object) uint64 {
	v, err := strconv.ParseUint(of.GetResourceVersion(), 10, 64)
	if err != nil {
		return 0 // no API server sends that; it loses to every other version
	}
	return v
}
