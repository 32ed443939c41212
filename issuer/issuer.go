package issuer

import (
	"log/slog"
	"net/http"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/endpoint"
	"tokenwright.dev/issuer/registry"
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
	// Now is the clock; time.Now when nil.
	Now func() time.Time
	// Proxies are those whose X-Forwarded-For is believed; nobody when empty.
	Proxies throttle.Proxies
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
}

// New wires an issuer together.
func New(config Config) *Issuer {
	if config.Now == nil {
		config.Now = time.Now
	}
	metrics := audit.NewMetrics()
	known := registry.New(config.Reader, metrics, config.Now)
	readiness := new(endpoint.Readiness)
	server := endpoint.New(endpoint.Config{
		Name:               config.Name,
		Registry:           known,
		Metrics:            metrics,
		Audit:              audit.NewLog(config.Log, config.Now),
		Log:                slog.New(config.Log),
		Now:                config.Now,
		Readiness:          readiness,
		Proxies:            config.Proxies,
		SeparateOperations: config.SeparateOperations,
	})
	return &Issuer{
		Handler: server, Operations: server.Operations(), Registry: known, Metrics: metrics, Readiness: readiness,
	}
}
