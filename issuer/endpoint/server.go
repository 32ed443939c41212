package endpoint

import (
	"log/slog"
	"net/http"
	"runtime"
	"sync/atomic"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registry"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/throttle"
	"tokenwright.dev/issuer/token"
)

// Config is what the endpoints need. All fields are required but Proxies, Outbound, Upstream,
// SeparateOperations and HealthChanged.
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
	// Stores are where grants are kept, by the kind of storage (registration.StorageKubernetes and others).
	Stores map[string]store.Stores
	// HashingMemory is what passwords that are hashed at a time may use together, in bytes.
	HashingMemory int64
	// Proxies are those whose X-Forwarded-For is believed.
	Proxies throttle.Proxies
	// Outbound carries what clients are sent by themselves; a transport that reaches only where clients may be when nil.
	Outbound http.RoundTripper
	// Upstream carries what identity providers elsewhere are asked; a transport of their own when nil.
	Upstream http.RoundTripper
	// SeparateOperations leaves /healthz, /readyz and /metrics to another listener: see Operations.
	SeparateOperations bool
	// HealthChanged is called when ProvidersHealth has news; nobody is when nil. It must not wait.
	HealthChanged func()
}

// Server serves the endpoints of one issuer. It is safe for concurrent use.
type Server struct {
	Config

	minter    token.Minter
	failures  *throttle.Failures
	scans     *throttle.Table
	codes     *throttle.Table
	changes   *throttle.Table // of sessions
	attempts  *login.Attempts
	gate      *login.Gate
	courier   *courier
	leavers   *leavers
	devices   *devices
	upstreams *upstreams
	providers *providers
	issued    map[string]func()
	counts    counts
	fixed     map[string]*route // the same at every issuer
	view      atomic.Pointer[view]
}

// counts are the metrics of each endpoint.
type counts struct {
	token, introspection, jwks, metadata, operations, unknown    *audit.Endpoint
	authorization, login, consent, account, revocation, userinfo *audit.Endpoint
	device, devices, assets                                      *audit.Endpoint
}

// New makes a server.
func New(config Config) *Server {
	s := &Server{
		Config:    config,
		failures:  throttle.NewFailures(),
		scans:     throttle.NewTable(scanBudget, rememberedScanners),
		codes:     throttle.NewTable(codeBudget, rememberedPersons),
		changes:   throttle.NewTable(sessionBudget, rememberedPersons),
		attempts:  login.NewAttempts(login.PairBudget, login.SourceBudget, login.AccountDelay),
		gate:      login.NewGate(runtime.GOMAXPROCS(0), config.HashingMemory),
		courier:   newCourier(config.Outbound, config.Metrics.NoticesWaiting),
		leavers:   newLeavers(),
		devices:   newDevices(),
		upstreams: newUpstreams(&config),
		providers: newProviders(config.HealthChanged),
		issued:    map[string]func(){},
		counts: counts{
			token:         config.Metrics.Endpoint("token"),
			introspection: config.Metrics.Endpoint("introspection"),
			jwks:          config.Metrics.Endpoint("jwks"),
			metadata:      config.Metrics.Endpoint("metadata"),
			operations:    config.Metrics.Endpoint("operations"),
			unknown:       config.Metrics.Endpoint("unknown"),
			authorization: config.Metrics.Endpoint("authorization"),
			login:         config.Metrics.Endpoint("login"),
			consent:       config.Metrics.Endpoint("consent"),
			account:       config.Metrics.Endpoint("account"),
			revocation:    config.Metrics.Endpoint("revocation"),
			userinfo:      config.Metrics.Endpoint("userinfo"),
			device:        config.Metrics.Endpoint("device"),
			devices:       config.Metrics.Endpoint("device_authorization"),
			assets:        config.Metrics.Endpoint("assets"),
		},
	}
	for _, grantType := range grant.Types(true) {
		s.issued[grantType] = config.Metrics.Issued(grantType).Inc
	}
	if !config.SeparateOperations {
		s.fixed = s.operations()
	}
	s.view.Store(&view{routes: s.fixed})
	s.Registry.OnDepartures(s.dismiss)
	s.Registry.OnPeople(s.providers.wake)
	s.hearEndings()
	return s
}

// Operations serves /healthz, /readyz and /metrics alone, for a listener that only the cluster reaches.
func (s *Server) Operations() http.Handler {
	routes := s.operations()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.handle(w, r, s.present(), routes[r.URL.Path]) //nolint:contextcheck // each request brings its own
	})
}

// ServeHTTP serves all endpoints.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := s.present()
	if v.family != nil {
		v = v.family.meet(r, s.Now())
	}
	s.handle(w, r, v, s.route(v, r.URL.Path)) //nolint:contextcheck // each request brings its own
}
