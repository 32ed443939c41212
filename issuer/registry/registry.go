package registry

import (
	"sync"
	"sync/atomic"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// Update is one version of one registration.
type Update struct {
	// Name is the name of the Secret that holds the registration.
	Name string
	// Version is the Secret's resource version. Those of Secrets are ordered, whichever Secret they belong to.
	Version uint64
	// Client is nil when the registration is gone, or cannot be read: then nobody is that client.
	Client *policy.Client
}

// Registry hands each request one consistent view of the cluster: readers never lock, a writer replaces the whole.
type Registry struct {
	current atomic.Pointer[Snapshot]
	now     func() time.Time
	metrics *audit.Metrics
	hashing int64        // what checking a password may use, in bytes
	live    *readThrough // nil without a Reader

	mu      sync.Mutex // writers only
	known   map[string]entry
	seen    uint64 // the watch has delivered all versions up to this one
	told    told
	changes uint64 // made so far

	departures departures
	people     func() // nil where nobody is to know
}

// entry is what the registry holds of one name. A client that cannot be read keeps its version and so its place.
type entry struct {
	version uint64
	client  *policy.Client
}

// New makes a registry that knows nothing. Reader may be nil: then nothing is read live. Hashing is the memory that checking a
// password may use, in bytes.
func New(reader Reader, metrics *audit.Metrics, now func() time.Time, hashing int64) *Registry {
	r := &Registry{now: now, metrics: metrics, hashing: hashing, known: map[string]entry{}}
	if reader != nil {
		r.live = newReadThrough(reader)
	}
	r.current.Store(&Snapshot{})
	metrics.CountNamespaces(func() map[string]int { return r.Snapshot().byNamespace() })
	return r
}

// Snapshot is the present state. It never changes; the next one is another.
func (r *Registry) Snapshot() *Snapshot { return r.current.Load() }

// Configure replaces the issuer's configuration.
func (r *Registry) Configure(config registration.IssuerConfig) {
	r.change(func(next *Snapshot) {
		r.told.config = true
		next.config = &config
		next.reseal()
		r.gather(next, r.now())
	})
}

// Unconfigure takes the configuration away: an issuer without one serves nobody.
func (r *Registry) Unconfigure() {
	r.change(func(next *Snapshot) {
		r.told.config = true
		next.config = nil
		next.reseal()
		r.gather(next, r.now())
	})
}

// UseKeys replaces the signing ring.
func (r *Registry) UseKeys(set *keys.Set) { r.UseRing(set, nil) }

// UseRing replaces the signing ring, and keeps its wire form for State.
func (r *Registry) UseRing(set *keys.Set, wire []byte) {
	r.change(func(next *Snapshot) { next.signing, next.ring = set, wire })
}

func (r *Registry) change(set func(next *Snapshot)) {
	if gone := r.step(set); len(gone) > 0 && r.departures.tell != nil {
		r.departures.tell(gone)
	}
	if r.people != nil {
		r.people()
	}
}

// step publishes the next snapshot, and tells who has left with it.
func (r *Registry) step(set func(next *Snapshot)) []Departure {
	r.mu.Lock()
	defer r.mu.Unlock()
	next := *r.current.Load()
	set(&next)
	r.publish(&next)
	return r.departures.take()
}

func (r *Registry) publish(next *Snapshot) {
	r.current.Store(next)
	r.changes++
	r.metrics.Registrations.Set(float64(next.count))
}
