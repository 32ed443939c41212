package hostile

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/registration"
)

const (
	// mostConnections is how many connections a replica may hold here, as TestStranger says; beingClosed is how many more may
	// look open to whoever opened them, since the word of their end is under way.
	mostConnections, beingClosed = 1024, 32
	// opened is how many a stranger opens, and leaves idle after one request each.
	opened = mostConnections + 300
)

// idleConnections opens connections and keeps them, while a machine goes on with the one that it has.
func (s *street) idleConnections(t *testing.T, _ *world) {
	before := memory(t, s.Replica.PID, "VmRSS")
	machine := &http.Client{Transport: s.HTTP.Transport.(*http.Transport).Clone(), Timeout: 10 * time.Second}
	defer machine.CloseIdleConnections()
	config := s.trust(t)
	open := make([]*tls.Conn, 0, opened)
	refused := 0
	for i := range opened {
		connection, err := s.idle(config)
		if err != nil {
			refused++
		} else {
			open = append(open, connection)
		}
		if i%20 == 0 {
			s.askAsMachine(t, machine)
		}
	}
	held := 0
	for _, connection := range open {
		if stillOpen(t, connection) {
			held++
		}
		connection.Close()
	}
	s.figures.note("connections", "held of", opened, held, "refused", refused, "RSS in MiB before and after",
		before>>20, memory(t, s.Replica.PID, "VmRSS")>>20)
	if held > mostConnections+beingClosed {
		t.Errorf("%d idle connections are held, want at most %d", held, mostConnections)
	}
}

func (s *street) askAsMachine(t *testing.T, machine *http.Client) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.ReplicaURL+registration.JWKSPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := machine.Do(request)
	if err != nil {
		t.Errorf("a client that keeps its connection: %v", err)
		return
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("a client that keeps its connection: %s (%v)", answer.Status, err)
	}
}

// trust is how the stranger's connections are made. They resume sessions, which costs both sides less.
func (s *street) trust(t *testing.T) *tls.Config {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.IssuerCA) {
		t.Fatal("no certificate")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12, ClientSessionCache: tls.NewLRUClientSessionCache(1)}
}

// idle makes one request over a connection of its own.
func (s *street) idle(config *tls.Config) (*tls.Conn, error) {
	_, address, _ := strings.Cut(s.ReplicaURL, "://")
	connection, err := tls.DialWithDialer(&net.Dialer{Timeout: soon}, "tcp", address, config)
	if err != nil {
		return nil, err
	}
	request := "GET " + registration.JWKSPath + " HTTP/1.1\r\nHost: " + address + "\r\n\r\n"
	if err := connection.SetDeadline(time.Now().Add(soon)); err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	if _, err := io.WriteString(connection, request); err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	answer, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return connection, err
}

// stillOpen tells whether the issuer holds its end: there is nothing to read, and no end.
func stillOpen(t *testing.T, connection *tls.Conn) bool {
	t.Helper()
	if err := connection.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
		return false
	}
	_, err := connection.Read(make([]byte, 1))
	return errors.Is(err, os.ErrDeadlineExceeded)
}
