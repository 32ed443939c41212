package issuer

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/endpoint"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
	"tokenwright.dev/issuer/throttle"
)

// Config is what an issuer is made from. Name and Log are required.
type Config struct {
	// Name is the TokenIssuer's name.
	Name string
	// Log receives audit events and everything else that is logged.
	Log slog.Handler
	// Reader reads one registration live before a client is refused; nothing is read live when nil.
	Reader registry.Reader
	// Stores are where grants are kept, by the kind of storage that the configuration names (registration.StorageKubernetes
	// and others); what is missing is kept in memory.
	Stores map[string]store.Stores
	// Metrics counts what is done, and what the stores do; its own when nil.
	Metrics *audit.Metrics
	// Readiness is told what has arrived; its own when nil.
	Readiness *endpoint.Readiness
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// HashingMemory is what passwords that are hashed at a time may use together, in bytes; the share of the runtime's memory
	// limit that is login.HashingBudget's when zero.
	HashingMemory int64
	// Proxies are those whose X-Forwarded-For is believed; nobody when empty.
	Proxies throttle.Proxies
	// Outbound carries what clients are sent by themselves, such as logout tokens; a transport that reaches only where clients
	// may be when nil.
	Outbound http.RoundTripper
	// Upstream carries what identity providers elsewhere are asked; a transport of their own when nil.
	Upstream http.RoundTripper
	// HealthChanged is called when Health has news; nobody is when nil. It must not wait.
	HealthChanged func()
	// SeparateOperations keeps /healthz, /readyz and /metrics out of Handler.
	SeparateOperations bool
}

// Issuer is an issuer that waits to be fed. It is safe for concurrent use.
type Issuer struct {
	// Handler serves the OAuth endpoints, and those of Operations unless they are separate.
	Handler http.Handler
	// Operations serves /healthz, /readyz and /metrics.
	Operations http.Handler
	// Registry takes the configuration, the keys and the clients.
	Registry *registry.Registry
	// Metrics counts what Handler does, and what the feeder tells.
	Metrics *audit.Metrics
	// Readiness is told when the registry is complete, and when the end is near.
	Readiness *endpoint.Readiness
	// Finish waits for what Handler has begun beside its requests, such as to tell clients of a logout, or until its context
	// ends. It comes after the last request.
	Finish func(context.Context)
	// Run looks after the identity providers, and tells of login sessions that end by their age where grants are kept in memory,
	// until its context ends. What else keeps grants tells by itself.
	Run func(context.Context)
	// Health is what this replica knows of the issuer's identity providers; empty before there is a configuration.
	Health func() []v1alpha1.IdentityProviderReport
}

// New wires an issuer together.
func New(config Config) *Issuer {
	if config.Now == nil {
		config.Now = time.Now
	}
	metrics := config.Metrics
	if metrics == nil {
		metrics = audit.NewMetrics()
	}
	hashing := cmp.Or(config.HashingMemory, login.HashingBudget(debug.SetMemoryLimit(-1)))
	known := registry.New(config.Reader, metrics, config.Now, hashing)
	readiness := config.Readiness
	if readiness == nil {
		readiness = new(endpoint.Readiness)
	}
	grants := memory.NewGrants(config.Now)
	server := endpoint.New(endpoint.Config{
		Name:               config.Name,
		Registry:           known,
		Metrics:            metrics,
		Audit:              audit.NewLog(config.Log, config.Now),
		Log:                slog.New(config.Log),
		Now:                config.Now,
		Readiness:          readiness,
		Stores:             storesOf(config, grants),
		HashingMemory:      hashing,
		Proxies:            config.Proxies,
		Outbound:           config.Outbound,
		Upstream:           config.Upstream,
		SeparateOperations: config.SeparateOperations,
		HealthChanged:      config.HealthChanged,
	})
	return &Issuer{
		Handler: server, Operations: server.Operations(), Registry: known, Metrics: metrics, Readiness: readiness,
		Finish: server.Finish, Health: server.ProvidersHealth, Run: together(grants.Run, server.WatchProviders),
	}
}

// together runs all of these until the last has ended.
func together(all ...func(context.Context)) func(context.Context) {
	return func(ctx context.Context) {
		var running sync.WaitGroup
		for _, run := range all {
			running.Go(func() { run(ctx) })
		}
		running.Wait()
	}
}

// storesOf completes config.Stores by such as keep grants in memory.
func storesOf(config Config, grants *memory.Grants) map[string]store.Stores {
	inMemory := store.Stores{
		Grants: grants, Index: grants, Marks: memory.NewMarks(config.Now), Revocations: memory.NewRevocations(config.Now), Ends: grants,
	}
	stores := map[string]store.Stores{registration.StorageKubernetes: inMemory, registration.StorageMemory: inMemory}
	maps.Copy(stores, config.Stores)
	return stores
}
