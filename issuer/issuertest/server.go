package issuertest

import (
	"log/slog"
	"sync"
	"testing"
	"time"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

const (
	// Name is the TokenIssuer's name.
	Name = "default"
	// URL is the issuer identifier, unless AtURL says another.
	URL = "https://issuer.example"
	// Audience is what the clients' tokens are for, and what Guard guards.
	Audience = "https://orders.example"
)

// Start is what the clock says at first.
var Start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Server is an issuer with two clients: Client, which may get tokens for Audience, and Guard, which may introspect them.
type Server struct {
	*issuer.Issuer

	Clock *Clock
	// Ring is the signing ring in use.
	Ring keys.Ring
	// Sealing is the sealing ring, where people log in.
	Sealing keys.Ring
	// Log is everything that was logged.
	Log *Buffer
	// NextVersion is the version of the next registration that Register publishes.
	NextVersion uint64
}

type setup struct {
	config    issuer.Config
	issuer    registration.IssuerConfig
	bare      bool
	people    bool
	algorithm string
}

// Option changes what New builds.
type Option func(*setup)

// AtURL gives the issuer another identifier.
func AtURL(url string) Option { return func(s *setup) { s.issuer.URL = url } }

// Signing makes the ring of one key for algorithm; ES256 otherwise.
func Signing(algorithm string) Option {
	return func(s *setup) { s.algorithm, s.issuer.Algorithms = algorithm, []string{algorithm} }
}

// Bare leaves the registry empty: without configuration, keys and clients.
func Bare() Option { return func(s *setup) { s.bare = true } }

// With changes the issuer's Config at will.
func With(change func(*issuer.Config)) Option { return func(s *setup) { change(&s.config) } }

// New builds a server.
func New(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	server := &Server{Clock: &Clock{now: Start}, Log: &Buffer{}, NextVersion: 1}
	s := setup{
		config:    issuer.Config{Name: Name, Now: server.Clock.Now, Log: slog.NewJSONHandler(server.Log, nil)},
		issuer:    registration.IssuerConfig{URL: URL, Algorithms: []string{keys.ES256}},
		algorithm: keys.ES256,
	}
	for _, option := range options {
		option(&s)
	}
	server.Issuer = issuer.New(s.config)
	if s.bare {
		return server
	}
	server.Registry.Configure(s.issuer)
	server.UseRing(tb, NewRing(tb, 1, s.algorithm))
	server.Register(Client())
	server.Register(Guard())
	if s.people {
		server.welcome(tb)
	}
	server.Readiness.Synced()
	return server
}

// NewRing makes a ring of one key that has signed since an hour before Start.
func NewRing(tb testing.TB, revision int64, algorithm string) keys.Ring {
	tb.Helper()
	key, err := keys.Generate(algorithm, Start.Add(-time.Hour))
	if err != nil {
		tb.Fatalf("generate a key: %v", err)
	}
	key.SignFrom = key.CreatedAt
	return keys.Ring{Version: keys.RingVersion, Revision: revision, Keys: []keys.Key{key}}
}

// UseRing replaces the signing ring.
func (s *Server) UseRing(tb testing.TB, ring keys.Ring) {
	tb.Helper()
	set, err := keys.NewSet(ring)
	if err != nil {
		tb.Fatalf("use a key ring: %v", err)
	}
	s.Ring = ring
	s.Registry.UseKeys(set)
}

// Register publishes a version of a registration, as the watch would.
func (s *Server) Register(r *registration.Registration) {
	s.Registry.Apply(Update(r, s.NextVersion))
	s.NextVersion++
}

// Unregister publishes the end of a registration.
func (s *Server) Unregister(clientID string) {
	s.Registry.Delete(registration.SecretName(Name, clientID), s.NextVersion)
	s.NextVersion++
}

// Update is what the watch or a live read brings of r.
func Update(r *registration.Registration, version uint64) registry.Update {
	return registry.Update{Name: registration.SecretName(Name, r.ClientID), Version: version, Client: policy.NewClient(r)}
}

// Clock stands still until it is moved. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Step moves the clock.
func (c *Clock) Step(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// Buffer collects what is written. It is safe for concurrent use.
type Buffer struct {
	mu   sync.Mutex
	text []byte
}

// Write appends p.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

// String is all that was written.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}
