package kube

import (
	"context"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

// sweep deletes what has expired, until ctx ends. It looks into memory only: an issuer of which nothing expires writes
// nothing.
func (s *Store) sweep(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait.Jitter(sweepInterval, 1)):
			s.sweepOnce(ctx)
		}
	}
}

// sweepKind deletes the objects of one kind that are due, the earliest first, at the pace of the store. While it waits, the
// watch takes away from it what another replica has deleted.
func sweepKind[T any](ctx context.Context, s *Store, resource string, t *table[T]) {
	for t.isDue(s.config.Now()) && s.pace.Wait(ctx) == nil {
		name, r, ok := t.next(s.config.Now())
		switch {
		case !ok:
			return
		case r.uid == "": // a tombstone that never was written
			t.deleted(name, r.version)
			continue
		}
		version := strconv.FormatUint(r.version, 10)
		err := s.conn.delete(ctx, resource, name, metav1.Preconditions{UID: &r.uid, ResourceVersion: &version})
		t.later(name, s.config.Now().Add(skew)) // in case the watch does not tell that it is gone
		if err != nil {
			s.config.Log.WarnContext(ctx, "Failed to delete what has expired", "resource", resource, "name", name, "error", err)
			return
		}
	}
}
