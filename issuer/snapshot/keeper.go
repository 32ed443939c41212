package snapshot

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registry"
	"tokenwright.dev/issuer/store"
)

// Revocations are those that are known in memory.
type Revocations interface {
	// Known are all of them, by name.
	Known() map[string]store.Revocation
	// Changes counts what has changed in Known so far.
	Changes() uint64
	// Restore takes what Known said before a start, where nothing newer has come.
	Restore(known map[string]store.Revocation)
}

// Config is what a Keeper needs. All fields are required but Dir.
type Config struct {
	// Dir is a folder of this replica's own; without one, the Keeper does nothing.
	Dir string
	// KeysFile is the sealing ring, read again each time.
	KeysFile string
	// MaxStaleness is how old a snapshot may be that is served from.
	MaxStaleness time.Duration
	// Namespace and Name are the TokenIssuer's.
	Namespace, Name string

	Registry    *registry.Registry
	Revocations Revocations
	Metrics     *audit.Metrics
	Log         *slog.Logger
	Now         func() time.Time
	// StandIn is told when a snapshot begins to stand in for the API server, and when it no longer may.
	StandIn func(standsIn bool)
}

// Keeper keeps the snapshot of one replica.
type Keeper struct {
	Config

	file    file
	pace    pace
	written changes
	kept    bool          // there is a file
	synced  chan struct{} // closed when there was a word on every resource
	word    chan struct{}

	mu    sync.Mutex
	heard map[string]time.Time // by resource
}

// changes are those that a file holds.
type changes struct{ registry, revocations uint64 }

// resources are those that a snapshot tells of. It is as old as the last word on the one that is silent the longest.
var resources = []string{"secrets", "configmaps", "tokenrevocations"}

// NewKeeper makes a Keeper. It reads and writes nothing before Run.
func NewKeeper(config Config) *Keeper {
	return &Keeper{
		Config: config, file: file{config.Dir},
		synced: make(chan struct{}), word: make(chan struct{}, 1), heard: map[string]time.Time{},
	}
}

// Heard takes a word from the API server on a resource, after what it said is known. It never waits for a file.
func (k *Keeper) Heard(resource string) {
	if !k.hear(resource) {
		return
	}
	select {
	case k.word <- struct{}{}:
	default:
	}
}

// hear notes the word, and reports whether there has been one on every resource.
func (k *Keeper) hear(resource string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	before := len(k.heard)
	for _, known := range resources {
		if known == resource {
			k.heard[resource] = k.Now()
		}
	}
	if len(k.heard) < len(resources) {
		return false
	}
	if before < len(resources) {
		close(k.synced)
	}
	return true
}

// of is the time that all that is known is true of.
func (k *Keeper) of() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	oldest := k.heard[resources[0]]
	for _, at := range k.heard {
		if at.Before(oldest) {
			oldest = at
		}
	}
	return oldest
}

// Run brings back what was known before the start, if it is needed, and from then on keeps what is known, until ctx ends.
// A file that cannot be written is no reason to end.
func (k *Keeper) Run(ctx context.Context) {
	if k.Dir != "" && k.await(ctx) {
		k.keep(ctx)
	}
}

func (k *Keeper) keep(ctx context.Context) {
	for {
		var due <-chan time.Time // never, until there is a word
		if again := k.step(ctx); again > 0 {
			due = time.After(again)
		}
		select {
		case <-ctx.Done():
			k.finish(context.WithoutCancel(ctx))
			return
		case <-k.word:
		case <-due:
		}
	}
}

// step does what is due and returns when to look again. The time comes before what is true of it: what changes meanwhile
// is of later.
func (k *Keeper) step(ctx context.Context) time.Duration {
	of := k.of()
	k.notice()
	for {
		switch todo, again := k.pace.next(k.Now(), of); todo {
		case write:
			k.write(ctx, of)
		case touch:
			k.touch(ctx, of)
		case wait:
			return again
		}
	}
}

// finish writes what a file does not have yet, at the end.
func (k *Keeper) finish(ctx context.Context) {
	of := k.of()
	k.notice()
	if !k.pace.changed.IsZero() {
		k.write(ctx, of)
	}
}

// notice looks whether anything has changed since the file was written.
func (k *Keeper) notice() {
	if k.pace.changed.IsZero() && k.changes() != k.written {
		k.pace.changed = k.Now()
	}
}

func (k *Keeper) changes() changes { return changes{k.Registry.Changes(), k.Revocations.Changes()} }

// write replaces the file by what is known. An issuer without configuration or keys serves nobody, and leaves nothing.
func (k *Keeper) write(ctx context.Context, of time.Time) {
	began, held := k.Now(), k.changes()
	known := k.Registry.State()
	k.kept = known.Config != nil && len(known.Signing) > 0
	var err error
	if !k.kept {
		err = k.file.remove()
	} else {
		err = k.store(&State{Issuer: k.issuer(), Registry: known, Revocations: k.Revocations.Known()}, of)
	}
	if err != nil {
		k.pace.failed(k.Now())
		k.Metrics.Snapshot(audit.SnapshotUnwritten)
		k.Log.WarnContext(ctx, "Failed to write the snapshot; the former one stays", "error", err)
		return
	}
	k.written = held
	k.pace.wrote(began, k.Now(), of)
	k.Metrics.Snapshot(audit.SnapshotWritten)
	k.Metrics.SnapshotOf(of)
}

func (k *Keeper) store(state *State, of time.Time) error {
	ring, err := k.ring()
	if err != nil {
		return err
	}
	return k.file.write(state, ring, of, k.Now())
}

// touch says of the file that nothing has changed since.
func (k *Keeper) touch(ctx context.Context, of time.Time) {
	k.pace.touched, k.pace.of = k.Now(), of
	if !k.kept {
		return
	}
	if err := k.file.touch(of); err != nil {
		k.pace.changed = k.Now() // somebody has removed it
		k.Log.WarnContext(ctx, "Writing the snapshot again, since it cannot be touched", "error", err)
		return
	}
	k.Metrics.SnapshotOf(of)
}

// ring reads the sealing ring. What is sealed under what stands there can be opened at the next start.
func (k *Keeper) ring() (keys.Ring, error) {
	data, err := os.ReadFile(k.KeysFile)
	if err != nil {
		return keys.Ring{}, err
	}
	return keys.DecodeRing(data)
}

func (k *Keeper) issuer() string { return k.Namespace + "/" + k.Name }
