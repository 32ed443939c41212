package conformance

import (
	"crypto/tls"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tokenwright.dev/issuer/issuertest"
)

// TestBundle has programs read an issuer's metadata as docs/applications.md tells them to take ca.crt: with it they believe the
// issuer, and without it they do not, so that it is the file that they go by.
func TestBundle(t *testing.T) {
	ca, folder := newAuthority(t), t.TempDir()
	server := httptest.NewUnstartedServer(issuertest.New(t).Handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{ca.issue(t)}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	bundle := filepath.Join(folder, "ca.crt")
	// Two certificates, as while one CA follows another: the one that counts is the second.
	if err := os.WriteFile(bundle, append(newAuthority(t).pem(), ca.pem()...), 0o600); err != nil {
		t.Fatal(err)
	}
	url := server.URL + "/.well-known/oauth-authorization-server"
	program := filepath.Join(folder, "main.go")
	if err := os.WriteFile(program, []byte(fetchInGo), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name          string
		told, untold  []string // the command, with ca.crt and without
		environment   string   // with ca.crt only
		neededProgram string
	}{
		{"curl", []string{"curl", "-sSf", "--cacert", bundle, url}, []string{"curl", "-sSf", url}, "", "curl"},
		{"node", []string{"node", "-e", fetchInNode, url}, []string{"node", "-e", fetchInNode, url}, "NODE_EXTRA_CA_CERTS=" + bundle, "node"},
		{"go, by the environment", []string{"go", "run", program, url}, []string{"go", "run", program, url}, "SSL_CERT_FILE=" + bundle, "go"},
		{"go, by the lines in the docs", []string{"go", "run", program, url, bundle}, []string{"go", "run", program, url}, "", "go"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := exec.LookPath(tc.neededProgram); err != nil {
				t.Skipf("%v", err)
			}
			if said, err := spoken(t, tc.untold, ""); err == nil {
				t.Errorf("it believes anybody: %s", said)
			}
			if said, err := spoken(t, tc.told, tc.environment); err != nil {
				t.Errorf("%v: %s", err, said)
			}
		})
	}
}

func spoken(t *testing.T, command []string, environment string) ([]byte, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), command[0], command[1:]...)
	c.Env = append(os.Environ(), environment)
	return c.CombinedOutput()
}

const fetchInNode = `fetch(process.argv[1]).then(r => r.json()).then(m => { if (!m.issuer) process.exit(1) })
	.catch(e => { console.error(e.cause?.code ?? e); process.exit(1) })`

const fetchInGo = `package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
)

func main() {
	if err := run(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func run() error {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if len(os.Args) > 2 {
		pool, err := x509.SystemCertPool()
		if err != nil {
			return err
		}
		bundle, err := os.ReadFile(os.Args[2])
		if err != nil || !pool.AppendCertsFromPEM(bundle) {
			return fmt.Errorf("no certificate in ca.crt (%w)", err)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	response, err := (&http.Client{Transport: transport}).Get(os.Args[1])
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s", response.Status)
	}
	return err
}
`
