package kube

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"
)

// backoff is the pause between attempts to reach the API server. It stays short: revocations wait at the other end.
var backoff = wait.Backoff{Duration: 200 * time.Millisecond, Factor: 2, Jitter: 0.5, Steps: 6, Cap: 5 * time.Second}

var errUnexpected = errors.New("unexpected type of object")

// sink takes the objects of one kind from a reflector, which calls it from one goroutine at a time.
type sink[O object, T any] struct {
	*Store

	resource string
	table    *table[T]
	read     func(O) T
	// gone, if any, is told of each object that is not there any more.
	gone func(name string, last row[T], version uint64)
	// came, if any, is told of each version of an object.
	came func(name string, value T)

	first sync.Once
}

var _ cache.TransformingStore = (*sink[object, int])(nil)

// named is an object that has been read.
type named[T any] struct {
	name string
	row  row[T]
}

// run watches until ctx ends.
func (s *sink[O, T]) run(ctx context.Context, kind O) {
	source := s.conn.listWatch(s.resource, func() { s.config.Metrics.WatchFailed(s.resource) })
	pause := backoff
	cache.NewReflectorWithOptions(source, kind, s, cache.ReflectorOptions{Name: s.resource, Backoff: &pause}).RunWithContext(ctx)
}

// Transformer reads objects while the first list is still arriving, so that it never stands in memory as a whole.
func (s *sink[O, T]) Transformer() cache.TransformFunc {
	return func(object any) (any, error) { return s.take(object) }
}

// take reads an object of the watch or the list, once.
func (s *sink[O, T]) take(object any) (named[T], error) {
	if taken, ok := object.(named[T]); ok {
		return taken, nil
	}
	o, ok := object.(O)
	if !ok {
		return named[T]{}, errUnexpected
	}
	return named[T]{o.GetName(), row[T]{value: s.read(o), uid: o.GetUID(), version: version(o)}}, nil
}

// Add takes a new object.
func (s *sink[O, T]) Add(object any) error { return s.Update(object) }

// Update takes a new version of an object.
func (s *sink[O, T]) Update(object any) error {
	taken, err := s.take(object)
	if err != nil {
		return err
	}
	s.table.told(taken.name, taken.row)
	s.noteCame(taken)
	s.heard()
	return nil
}

// Delete takes the end of an object.
func (s *sink[O, T]) Delete(object any) error {
	taken, err := s.take(object)
	if err != nil {
		return err
	}
	if last, ok := s.table.deleted(taken.name, taken.row.version); ok && s.gone != nil {
		s.gone(taken.name, last, taken.row.version)
	}
	s.heard()
	return nil
}

// Replace takes all objects that there are.
func (s *sink[O, T]) Replace(list []any, resourceVersion string) error {
	version, err := strconv.ParseUint(resourceVersion, 10, 64)
	if err != nil {
		return err
	}
	all := make(map[string]row[T], len(list))
	for _, object := range list {
		taken, err := s.take(object)
		if err != nil {
			return err
		}
		all[taken.name] = taken.row
	}
	for name, last := range s.table.replace(all, version) {
		if s.gone != nil {
			s.gone(name, last, version)
		}
	}
	for name, row := range all {
		s.noteCame(named[T]{name, row})
	}
	s.heard()
	s.first.Do(s.arrived)
	return nil
}

func (s *sink[O, T]) noteCame(taken named[T]) {
	if s.came != nil {
		s.came(taken.name, taken.row.value)
	}
}

// Bookmark notes how far the watch has come.
func (s *sink[O, T]) Bookmark(resourceVersion string) error {
	version, err := strconv.ParseUint(resourceVersion, 10, 64)
	if err != nil {
		return err
	}
	s.table.passed(version)
	s.heard()
	return nil
}

// Resync has nothing to do.
func (s *sink[O, T]) Resync() error { return nil }

// heard notes a word from the API server.
func (s *sink[O, T]) heard() {
	s.config.Metrics.Synced(s.resource, s.config.Now())
	if s.config.Heard != nil {
		s.config.Heard(s.resource)
	}
}
