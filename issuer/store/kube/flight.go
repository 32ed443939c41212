package kube

import (
	"context"
	"sync"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

// flights lets those who ask for the same grant at the same time wait for one answer.
type flights struct {
	mu     sync.Mutex
	flying map[string]*flight
}

type flight struct {
	done  chan struct{}
	grant store.Grant // after done, like err
	err   error
}

// join returns what read answers, or what it answers somebody who asked before. A read does not end with the request that
// began it, since others may wait too.
func (f *flights) join(ctx context.Context, id string, read func(context.Context, string) (store.Grant, error)) (store.Grant, error) {
	f.mu.Lock()
	one, ok := f.flying[id]
	if !ok {
		one = &flight{done: make(chan struct{})}
		f.flying[id] = one
	}
	f.mu.Unlock()
	if !ok {
		one.grant, one.err = read(context.WithoutCancel(ctx), id)
		f.mu.Lock()
		delete(f.flying, id)
		f.mu.Unlock()
		close(one.done)
	}
	select {
	case <-one.done:
		return index.Copy(one.grant), one.err
	case <-ctx.Done():
		return store.Grant{}, ctx.Err()
	}
}
