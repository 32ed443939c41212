package kube

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/client-go/rest"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

// Config is what a Store needs. All fields are required but Heard.
type Config struct {
	REST *rest.Config
	// Namespace and Name are the TokenIssuer's.
	Namespace, Name string
	Now             func() time.Time
	Log             *slog.Logger
	Metrics         *audit.Metrics
	// Synced is called once, when all that the API server has is in memory. Until then, Revoked knows too little.
	Synced func()
	// Heard is called with the name of a resource after each word on it, when that is in memory.
	Heard func(resource string)
}

// Store holds the three ports of package store, which share a connection, a namespace and a sweeper. All of it is safe for
// concurrent use.
type Store struct {
	Grants      *Grants
	Marks       *Marks
	Revocations *Revocations

	config   Config
	conn     *connection
	pace     *rate.Limiter // of what is written in the background
	unsynced atomic.Int32  // kinds that have not arrived yet
	complete chan struct{} // closed when all have
	audience index.Audience
}

// Pace of the background: an API server hardly notices it, and a hundred thousand grants that expire at once are gone in
// an hour and a half.
const (
	deletionsPerSecond = 20
	sweepInterval      = 5 * time.Second
)

// New prepares a store. It sends nothing yet, so it succeeds while the API server is away.
func New(config Config) (*Store, error) {
	conn, err := connect(config.REST, config.Namespace, config.Name)
	if err != nil {
		return nil, err
	}
	s := &Store{
		Grants: newGrants(conn, config.Now), Marks: newMarks(conn, config.Now), Revocations: newRevocations(conn, config.Now),
		config: config, conn: conn, pace: rate.NewLimiter(deletionsPerSecond, deletionsPerSecond),
		complete: make(chan struct{}),
	}
	s.Grants.untold = func() { config.Metrics.Notice(audit.NoticeDropped) }
	return s, nil
}

// Run watches, and deletes what has expired, until ctx ends. It is called once.
func (s *Store) Run(ctx context.Context) {
	s.unsynced.Store(3) //nolint:mnd // the kinds below
	var running sync.WaitGroup
	running.Go(func() {
		feed := &sink[*v1alpha1.TokenGrant, store.Grant]{
			Store: s, resource: grants, table: s.Grants.known, read: readGrant, gone: s.Grants.deleted,
		}
		feed.run(ctx, &v1alpha1.TokenGrant{})
	})
	running.Go(func() {
		feed := &sink[*v1alpha1.TokenMark, index.MarkCount]{Store: s, resource: marks, table: s.Marks.known, read: countMark}
		feed.run(ctx, &v1alpha1.TokenMark{})
	})
	running.Go(func() {
		feed := &sink[*v1alpha1.TokenRevocation, written]{
			Store: s, resource: revocations, table: s.Revocations.known, read: readRevocation, came: s.Revocations.came,
		}
		feed.run(ctx, &v1alpha1.TokenRevocation{})
	})
	running.Go(func() { s.sweep(ctx) })
	running.Go(func() { s.bury(ctx) })
	running.Go(func() { s.markOver(ctx) })
	running.Go(func() { s.tellRevoked(ctx) })
	running.Wait()
}

// arrived notes that the first complete list of a kind is in memory.
func (s *Store) arrived() {
	if s.unsynced.Add(-1) == 0 {
		close(s.complete)
		s.config.Synced()
	}
}
