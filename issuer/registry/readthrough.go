package registry

import (
	"context"
	"sync"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/throttle"
)

// Reader reads one registration from the API server.
type Reader interface {
	// Read returns the present version of a client's registration. Without a Client there is none that can be read.
	Read(ctx context.Context, clientID string) (Update, error)
}

const (
	// readTimeout bounds how long a refusal waits for the API server.
	readTimeout = 500 * time.Millisecond
	// readMemory is how long a read that brought nothing is believed, before the same client is read again.
	readMemory = time.Second
	// rememberedReads bounds the tables of clients and sources.
	rememberedReads = 4096
)

// Budgets of live reads. They allow what a storm of new clients needs, and no more than an API server hardly notices.
var (
	readsPerClient = throttle.Budget{PerSecond: 1, Burst: 5}
	readsPerSource = throttle.Budget{PerSecond: 10, Burst: 50}
	readsInTotal   = throttle.Budget{PerSecond: 50, Burst: 200}
)

// readThrough makes live reads: one at a time per client, within budgets.
type readThrough struct {
	reader                  Reader
	clients, sources, total *throttle.Table

	mu     sync.Mutex
	flying map[string]*flight
	recent map[string]time.Time // of clients whose read brought nothing: until when to believe it
}

// flight is one read that several requests may wait for.
type flight struct {
	done  chan struct{}
	fresh bool // after done
}

func newReadThrough(reader Reader) *readThrough {
	return &readThrough{
		reader:  reader,
		clients: throttle.NewTable(readsPerClient, rememberedReads),
		sources: throttle.NewTable(readsPerSource, rememberedReads),
		total:   throttle.NewTable(readsInTotal, 1),
		flying:  map[string]*flight{},
		recent:  map[string]time.Time{},
	}
}

// refresh reads the registration of one client live, if that can be afforded.
func (r *Registry) refresh(ctx context.Context, clientID, source string) {
	if r.live == nil || clientID == "" {
		return
	}
	f, first := r.live.join(clientID, source, r.now())
	if f == nil {
		r.metrics.Read(audit.ReadSpared)
		return
	}
	if first {
		r.read(ctx, clientID, f)
	}
	select {
	case <-f.done:
	case <-ctx.Done():
	}
}

// read makes the read that f waits for. It does not end with the request that began it, since others may wait too.
func (r *Registry) read(ctx context.Context, clientID string, f *flight) {
	defer func() { r.live.land(clientID, f, r.now()) }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readTimeout)
	defer cancel()
	update, err := r.live.reader.Read(ctx, clientID)
	outcome := audit.ReadUnchanged
	switch {
	case err != nil:
		outcome = audit.ReadFailed
	case update.Client != nil && r.offer(update):
		outcome, f.fresh = audit.ReadFresh, true
	}
	r.metrics.Read(outcome)
}

// join returns the flight that reads clientID, and whether the caller is the first on it and has to make the read; or nil
// when it must be spared.
func (t *readThrough) join(clientID, source string, now time.Time) (*flight, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f, ok := t.flying[clientID]; ok {
		return f, false
	}
	if now.Before(t.recent[clientID]) || !t.afford(clientID, source, now) {
		return nil, false
	}
	f := &flight{done: make(chan struct{})}
	t.flying[clientID] = f
	return f, true
}

func (t *readThrough) afford(clientID, source string, now time.Time) bool {
	return t.sources.Spend(throttle.Network(source), now) == 0 && t.clients.Spend(clientID, now) == 0 && t.total.Spend("", now) == 0
}

// land lets all who wait go on. That a read brought nothing is remembered for a moment.
func (t *readThrough) land(clientID string, f *flight, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.flying, clientID)
	for id, until := range t.recent { // never more than the total budget lets happen within readMemory
		if !now.Before(until) {
			delete(t.recent, id)
		}
	}
	if !f.fresh {
		t.recent[clientID] = now.Add(readMemory)
	}
	close(f.done)
}
