package main

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer"
)

// nothing is under way beside the requests.
func nothing(context.Context) {}

// TestTLS is row X-01: nothing below TLS 1.2, and of 1.2 only suites with ephemeral keys and authenticated encryption.
func TestTLS(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, "first")
	address := startServing(t, tlsServing(dir), quietIssuer(false))[0]
	for _, tc := range []struct {
		name   string
		config *tls.Config
		ok     bool
	}{
		{"TLS 1.3", &tls.Config{MinVersion: tls.VersionTLS13}, true},
		{"TLS 1.2", &tls.Config{MaxVersion: tls.VersionTLS12}, true},
		{"TLS 1.1", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, false},
		{"CBC", &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}}, false},
	} {
		tc.config.InsecureSkipVerify = true
		conn, err := tls.Dial("tcp", address, tc.config)
		if (err == nil) != tc.ok {
			t.Errorf("%s: %v, want success %v", tc.name, err, tc.ok)
		}
		if err == nil {
			_ = conn.Close()
		}
	}
	if resp, err := http.Get("http://" + address + "/healthz"); err == nil && resp.StatusCode == http.StatusOK {
		t.Error("served plain HTTP on a TLS port")
	}
}

// TestCertificateReload replaces the files while the server runs, first by half, then damaged, then well.
func TestCertificateReload(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, "first")
	now := time.Now()
	var told []time.Time // when each certificate ends
	pair := certificate(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"), func(at time.Time) { told = append(told, at) })
	served := func() string {
		now = now.Add(recheck)
		current, err := pair.get(now)
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(current.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.Subject.CommonName
	}
	for _, step := range []struct {
		name, want string
		change     func()
	}{
		{"at start", "first", func() {}},
		{"damaged", "first", func() { write(t, filepath.Join(dir, "tls.crt"), []byte("nonsense")) }},
		{"gone", "first", func() { _ = os.Remove(filepath.Join(dir, "tls.crt")) }},
		{"replaced", "second", func() { writePair(t, dir, "second") }},
	} {
		step.change()
		if got := served(); got != step.want {
			t.Errorf("%s: serving %q, want %q", step.name, got, step.want)
		}
	}
	if len(told) != 2 || !told[1].After(now) {
		t.Errorf("told of %v, want the ends of two certificates", told)
	}
}

// TestLimits is row X-10: a header that is too large is refused, and the server goes on.
func TestLimits(t *testing.T) {
	address := startServing(t, serving{address: "127.0.0.1:0", plain: true, errors: slog.DiscardHandler}, quietIssuer(false))[0]
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go func() {
		_, _ = fmt.Fprintf(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: %s\r\n\r\n", strings.Repeat("a", 2*maxHeaderBytes))
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("large header: status %d, want 431", resp.StatusCode)
	}
	if got := status(t, "http://"+address+"/healthz"); got != http.StatusOK {
		t.Errorf("afterwards: status %d, want 200", got)
	}
}

// TestDrain ends the context while the server runs: it stops being ready before it stops serving.
func TestDrain(t *testing.T) {
	served, s := quietIssuer(false), serving{address: "127.0.0.1:0", plain: true, errors: slog.DiscardHandler}
	servers, err := s.open(t.Context(), served)
	if err != nil {
		t.Fatal(err)
	}
	address := servers[0].listener.Addr().String()
	ctx, end := context.WithCancel(t.Context())
	end()
	var during int
	var patience time.Duration // for what the requests have begun
	finish := func(ctx context.Context) {
		until, _ := ctx.Deadline()
		patience = time.Until(until)
	}
	if err := run(ctx, servers, func() { during = status(t, "http://"+address+"/healthz") }, finish); err != nil {
		t.Errorf("run: %v", err)
	}
	if patience <= 0 || patience > shutdownTimeout {
		t.Errorf("%v to finish, want up to %v", patience, shutdownTimeout)
	}
	if during != http.StatusOK {
		t.Errorf("while draining: status %d, want 200", during)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("still listening after the end")
	}
}

// TestDrainEndsConnections shows clients that keep their connections that this replica is about to end: they get their
// answer, and go elsewhere before nobody listens any more.
func TestDrainEndsConnections(t *testing.T) {
	served := issuer.New(issuer.Config{Name: "default", Log: slog.DiscardHandler})
	s := serving{address: "127.0.0.1:0", plain: true, errors: slog.DiscardHandler}
	address := startServing(t, s, handlers{served.Handler, served.Operations, served.Finish})[0]
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	for _, step := range []struct {
		name   string
		before func()
		reused bool
	}{
		{"the first request", func() {}, false},
		{"the next one", func() {}, true},
		{"while draining", served.Readiness.Drain, true},
		{"after that answer", func() {}, false},
	} {
		step.before()
		if reused := ask(t, transport, "http://"+address+"/healthz"); reused != step.reused {
			t.Errorf("%s: on a connection that was there: %t, want %t", step.name, reused, step.reused)
		}
	}
}

// ask gets url and tells whether that took no new connection.
func ask(t *testing.T, transport *http.Transport, url string) (reused bool) {
	t.Helper()
	trace := &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", url, resp.Status, err)
	}
	return reused
}

// TestSeparateOperations keeps what is for the cluster off the address that everybody reaches.
func TestSeparateOperations(t *testing.T) {
	s := serving{address: "127.0.0.1:0", plain: true, operations: "127.0.0.1:0", errors: slog.DiscardHandler}
	addresses := startServing(t, s, quietIssuer(true))
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusServiceUnavailable, "/metrics": http.StatusOK} {
		if got := status(t, "http://"+addresses[1]+path); got != want {
			t.Errorf("operations %s: status %d, want %d", path, got, want)
		}
		if got := status(t, "http://"+addresses[0]+path); got == http.StatusOK {
			t.Errorf("%s is served on the main address", path)
		}
	}
}

func TestFlags(t *testing.T) {
	for _, tc := range []struct{ args, want string }{
		{"issuer", "--namespace and --name are required"},
		{"issuer --namespace=a --name=b --drain-delay=1h", "--drain-delay 1h0m0s: choose from 0s to 5m"},
		{"issuer --namespace=a --name=b --log-level=loud", `--log-level "loud": choose debug, info, warn or error`},
		{"issuer --namespace=a --name=b --trusted-proxies=10.0.0.1", `--trusted-proxies "10.0.0.1": write a network such as 10.60.8.0/28, or 10.60.8.7/32 for one address`},
		{"issuer --namespace=a --name=b --max-connections=15", "--max-connections 15: choose from 16 to 1000000, or 0"},
		{"issuer --namespace=a --name=b --max-connections=-1", "--max-connections -1: choose from 16"},
		{"issuer --namespace=a --name=b extra", "unknown command"},
		{"issuer --namespace=a --name=b --state-dir=/", "--state-dir needs --sealing-keys-file"},
		{"issuer --namespace=a --name=b --sealing-keys-file=/ring.json", "--sealing-keys-file is for the snapshot in --state-dir"},
		{"issuer --namespace=a --name=b --state-dir=/nowhere/at/all --sealing-keys-file=/ring.json", "--state-dir: stat /nowhere/at/all"},
		{"issuer --namespace=a --name=b --state-dir=/dev/null --sealing-keys-file=/ring.json", "--state-dir /dev/null: it is no folder"},
		{"issuer --namespace=a --name=b --max-staleness=30s", "--max-staleness 30s: choose from 1m to 720h"},
		{"issuer --namespace=a --name=b --max-staleness=721h", "--max-staleness 721h0m0s: choose from 1m to 720h"},
		{"operator --workers=0", "--workers 0: choose from 1 to 256"},
		{"operator --default-issuer=default", `--default-issuer "default": write NAMESPACE/NAME`},
		{"operator --issuer-namespaces=", "--issuer-namespaces needs at least one namespace"},
		{"operator --watch-namespaces=a,,b", "--watch-namespaces: a name is empty"},
		{"operator --log-level=loud", `--log-level "loud": choose debug, info, warn or error`},
		{"operator --no-such-flag", "unknown flag"},
	} {
		command := rootCommand()
		command.SetArgs(strings.Fields(tc.args))
		err := command.ExecuteContext(t.Context())
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("tokenwright %s: %v, want %q", tc.args, err, tc.want)
		}
	}
}

// TestNoCertificate says what to do where there is neither a certificate nor --plain-http.
func TestNoCertificate(t *testing.T) {
	s := tlsServing(t.TempDir())
	err := s.serve(t.Context(), quietIssuer(false), func() {})
	if err == nil || !strings.Contains(err.Error(), "--plain-http") {
		t.Errorf("serve without a certificate: %v", err)
	}
}

func tlsServing(dir string) serving {
	return serving{
		address: "127.0.0.1:0", errors: slog.DiscardHandler,
		certFile: filepath.Join(dir, "tls.crt"), keyFile: filepath.Join(dir, "tls.key"),
	}
}

func quietIssuer(separate bool) handlers {
	i := issuer.New(issuer.Config{Name: "default", Log: slog.DiscardHandler, SeparateOperations: separate})
	return handlers{i.Handler, i.Operations, i.Finish}
}

// startServing serves until the test ends and returns the addresses.
func startServing(t *testing.T, s serving, served handlers) []string {
	t.Helper()
	servers, err := s.open(t.Context(), served)
	if err != nil {
		t.Fatal(err)
	}
	var addresses []string
	for _, server := range servers {
		addresses = append(addresses, server.listener.Addr().String())
	}
	ctx, end := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx, servers, func() {}, nothing) }()
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return addresses
}

func status(t *testing.T, url string) int {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Errorf("GET %s: %v", url, err)
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// writePair writes a fresh self-signed certificate for name, with a time stamp of its own.
func writePair(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "tls.crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, filepath.Join(dir, "tls.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

func write(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func dialTLS(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}
