package endpoint

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/registry"
	"tokenwright.dev/issuer/throttle"
	"tokenwright.dev/issuer/token"
)

// Config is what the endpoints need. All fields are required but Proxies and SeparateOperations.
type Config struct {
	// Name is the TokenIssuer's name; logs use it to name registrations.
	Name     string
	Registry *registry.Registry
	Metrics  *audit.Metrics
	Audit    *audit.Log
	// Log is for what is no audit event: faults of ours.
	Log *slog.Logger
	Now func() time.Time
	// Readiness decides what /readyz answers.
	Readiness *Readiness
	// Proxies are those whose X-Forwarded-For is believed.
	Proxies throttle.Proxies
	// SeparateOperations leaves /healthz, /readyz and /metrics to another listener: see Operations.
	SeparateOperations bool
}

// Server serves the endpoints of one issuer. It is safe for concurrent use.
type Server struct {
	Config

	minter   token.Minter
	failures *throttle.Failures
	scans    *throttle.Table
	issued   map[string]func()
	counts   counts
	fixed    map[string]*route // the same at every issuer
	view     atomic.Pointer[view]
}

// counts are the metrics of each endpoint.
type counts struct {
	token, introspection, jwks, metadata, operations, unknown *audit.Endpoint
}

// New makes a server.
func New(config Config) *Server {
	s := &Server{
		Config:   config,
		failures: throttle.NewFailures(),
		scans:    throttle.NewTable(scanBudget, rememberedScanners),
		issued:   map[string]func(){},
		counts: counts{
			token:         config.Metrics.Endpoint("token"),
			introspection: config.Metrics.Endpoint("introspection"),
			jwks:          config.Metrics.Endpoint("jwks"),
			metadata:      config.Metrics.Endpoint("metadata"),
			operations:    config.Metrics.Endpoint("operations"),
			unknown:       config.Metrics.Endpoint("unknown"),
		},
	}
	for _, grantType := range grant.Types() {
		s.issued[grantType] = config.Metrics.Issued(grantType).Inc
	}
	if !config.SeparateOperations {
		s.fixed = s.operations()
	}
	s.view.Store(&view{routes: s.fixed})
	return s
}

// Operations serves /healthz, /readyz and /metrics alone, for a listener that only the cluster reaches.
func (s *Server) Operations() http.Handler {
	routes := s.operations()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.handle(w, r, s.present(), routes[r.URL.Path]) })
}

// ServeHTTP serves all endpoints.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := s.present()
	s.handle(w, r, v, s.route(v, r.URL.Path))
}
