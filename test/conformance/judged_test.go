package conformance

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

// judged is an issuer on a socket of the loopback, and what the judges need to reach it.
type judged struct {
	*issuer.Issuer

	url       string // the issuer identifier
	callback  string // where answers to clients arrive
	authority *authority
	client    *http.Client // trusts the authority
	version   uint64       // of the last registration
}

// judge serves an issuer with all clients and one user, until the test is over. The path is that of its identifier.
func judge(t *testing.T, path string, changes ...func(*issuer.Config)) *judged {
	t.Helper()
	j := &judged{authority: newAuthority(t)}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: j.authority.pool(), MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	config := issuer.Config{Name: "default", Log: slog.DiscardHandler, Upstream: transport}
	for _, change := range changes {
		change(&config)
	}
	j.Issuer = issuer.New(config)
	server := httptest.NewUnstartedServer(j.Handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{j.authority.issue(t)}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	arrivals := httptest.NewServer(http.HandlerFunc(arrive))
	t.Cleanup(arrivals.Close)
	j.url, j.callback = server.URL+path, arrivals.URL+"/callback"
	j.client = &http.Client{Transport: transport, Timeout: time.Minute}
	j.feed(t)
	return j
}

// feed tells the issuer what a cluster would.
func (j *judged) feed(t *testing.T) {
	t.Helper()
	j.Registry.Configure(registration.IssuerConfig{
		URL: j.url, Algorithms: []string{keys.ES256, keys.RS256}, Storage: registration.StorageMemory,
		IdentityProviders: []registration.IdentityProvider{{Name: "staff", DisplayName: "Staff", UsersSecret: "users"}},
	})
	set, err := keys.NewSet(newRing(t, keys.ES256, keys.RS256))
	if err != nil {
		t.Fatal(err)
	}
	j.Registry.UseKeys(set)
	if err := j.Registry.UseSealing(newRing(t, keys.XC20P)); err != nil {
		t.Fatal(err)
	}
	if err := j.Registry.UseUsers("users", usersFile(t)); err != nil {
		t.Fatal(err)
	}
	for name := range clients {
		j.register(register(name, j.callback))
	}
	j.Readiness.Synced()
}

// register publishes a registration.
func (j *judged) register(r *registration.Registration) {
	j.version++
	j.Registry.Apply(issuertest.Update(r, j.version))
}

// newRing makes a ring with an active key for each algorithm.
func newRing(t *testing.T, algorithms ...string) keys.Ring {
	t.Helper()
	ring := keys.Ring{Version: keys.RingVersion, Revision: 1}
	for _, algorithm := range algorithms {
		key, err := keys.Generate(algorithm, time.Now().Add(-time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		key.SignFrom = key.CreatedAt
		ring.Keys = append(ring.Keys, key)
	}
	return ring
}
