package main

import (
	"bufio"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// guarded is a guard that serves as the command does, the issuer that it asks over TLS, and the Secret that it reads.
type guarded struct {
	issuer               *issuertest.Server
	folder               string
	versions             int
	endpoints, operating string // URLs
}

func startGuard(t *testing.T) *guarded {
	t.Helper()
	g := &guarded{folder: t.TempDir()}
	site := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.issuer.Handler.ServeHTTP(w, r) }))
	t.Cleanup(site.Close)
	g.issuer = issuertest.New(t, issuertest.AtURL(site.URL))
	g.mount(t, site.URL, issuertest.GuardSecret)
	roots := filepath.Join(t.TempDir(), "ca.crt")
	write(t, roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: site.Certificate().Raw}))
	o := &forwardAuthOptions{credentials: filepath.Join(g.folder, "client"), caFile: roots, serving: serving{
		address: "127.0.0.1:0", plain: true, operations: "127.0.0.1:0", errors: slog.DiscardHandler,
	}}
	config, err := o.config()
	if err != nil {
		t.Fatal(err)
	}
	addresses := startServing(t, o.serving, guardHandlers(forwardauth.New(config)))
	g.endpoints, g.operating = "http://"+addresses[0], "http://"+addresses[1]
	return g
}

// mount replaces the Secret as the kubelet does: the files are links into a folder, and the link to that moves at once.
func (g *guarded) mount(t *testing.T, issuer, secret string) {
	t.Helper()
	g.versions++
	version := filepath.Join(g.folder, fmt.Sprintf("..%d", g.versions))
	files := map[string]string{"issuer-uri": issuer, "client-id": issuertest.GuardID, "client-secret": secret + "\n"}
	if err := os.Mkdir(version, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range files {
		write(t, filepath.Join(version, name), []byte(value))
	}
	next := filepath.Join(g.folder, "next")
	if err := os.Symlink(version, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(g.folder, "client")); err != nil {
		t.Fatal(err)
	}
}

// verify asks by a connection that stays open, and returns the status.
func (g *guarded) verify(token string) (int, error) {
	r, err := http.NewRequest(http.MethodGet, g.endpoints+"/verify/scope/orders:read", nil)
	if err != nil {
		return 0, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

// TestForwardAuthRotation rotates the guard's secret while requests go on, as the operator does: registration {old,
// new}, then the Secret, then registration {new}. The last step comes as early as it may, before the files are looked
// at again. Nobody is refused.
func TestForwardAuthRotation(t *testing.T) {
	g := startGuard(t)
	token, issuer, former := g.issuer.Token(t), g.issuerURI(t), issuertest.GuardSecret
	for i := range 20 {
		var running sync.WaitGroup
		for range 4 {
			running.Go(func() {
				for range 10 {
					if status, err := g.verify(token); status != http.StatusOK || err != nil {
						t.Errorf("rotation %d: status %d: %v", i, status, err)
					}
				}
			})
		}
		next := fmt.Sprintf("tw_cs_rotation-%d-rotation-rotation-rotation", i)
		g.issuer.Register(guardWith(former, next))
		g.mount(t, issuer, next)
		g.issuer.Register(guardWith(next))
		former = next
		running.Wait()
	}
}

// issuerURI is the issuer-uri of the mounted Secret.
func (g *guarded) issuerURI(t *testing.T) string {
	t.Helper()
	credentials, err := forwardauth.ReadCredentials(filepath.Join(g.folder, "client"))
	if err != nil {
		t.Fatal(err)
	}
	return credentials.Issuer
}

// guardWith is the registration of the guard with these secrets.
func guardWith(secrets ...string) *registration.Registration {
	guard := issuertest.Guard()
	guard.Credentials = nil
	for i, secret := range secrets {
		guard.Credentials = append(guard.Credentials, registration.Credential{
			ID: strconv.Itoa(i), SecretHash: registration.HashSecret(secret), CreatedAt: issuertest.Start,
		})
	}
	return guard
}

// TestForwardAuthServes is the whole guard over sockets: what is for the proxy and what is for the cluster stand apart,
// and nothing but a token is answered by 200.
func TestForwardAuthServes(t *testing.T) {
	g := startGuard(t)
	if got, err := g.verify(g.issuer.Token(t)); got != http.StatusOK || err != nil {
		t.Errorf("a good token: status %d: %v", got, err)
	}
	for path, want := range map[string]int{
		"/verify": 401, "/": 500, "/healthz": 500, "/readyz": 500, "/metrics": 500, "/verify/../healthz": 500, "//verify": 500,
		"/verify/scope/orders:read": 401, "/verify/scope/orders:read/": 500, "/verify/Scope/orders:read": 500, "/verify?x": 500,
	} {
		if got := status(t, g.endpoints+path); got != want {
			t.Errorf("%s: status %d, want %d", path, got, want)
		}
	}
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200, "/verify": 404} {
		if got := status(t, g.operating+path); got != want {
			t.Errorf("operations %s: status %d, want %d", path, got, want)
		}
	}
}

// TestForwardAuthBareRequests sends what clients of package http do not: net/http would answer some of it itself.
func TestForwardAuthBareRequests(t *testing.T) {
	g := startGuard(t)
	token := g.issuer.Token(t)
	for _, tc := range []struct {
		name, head string
		want       int
	}{
		{"a good token", "GET /verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token, 200},
		{"nginx", "GET /verify HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer " + token, 200},
		{"two headers", "GET /verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\nauthorization: Bearer " + token, 401},
		{"a folded header", "GET /verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer\r\n " + token, 200},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x", 500},
		{"CONNECT", "CONNECT x:80 HTTP/1.1\r\nHost: x", 500},
		{"an absolute URI", "GET http://x/verify HTTP/1.1\r\nHost: x", 401},
		{"100 KB", "GET /verify HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + strings.Repeat("a", 100<<10), 431},
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(g.endpoints, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = fmt.Fprintf(conn, "%s\r\n\r\n", tc.head) }()
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || answer.StatusCode != tc.want {
			t.Errorf("%s: %v: %v, want status %d", tc.name, answer, err, tc.want)
		}
		_ = conn.Close()
	}
}

func TestForwardAuthFlags(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "ca.crt")
	write(t, empty, nil)
	for _, tc := range []struct{ args, want string }{
		{"--cache=2m", "--cache 2m0s: choose from 0s to 1m0s"},
		{"--cache=-1s", "--cache -1s: choose from 0s to 1m0s"},
		{"--drain-delay=1h", "--drain-delay 1h0m0s: choose from 0s to 5m"},
		{"--path-prefix=/verify", `--path-prefix "/verify": choose envoy, or leave it out`},
		{"--original-method-header=:method", `--original-method-header ":method": this is no name of a header`},
		{"--original-url-header=origin", `--original-url-header "origin": this header is the client's own`},
		{"--original-method-header=x-o --original-url-header=X-O", "are the same"},
		{"--pass-preflights", "--pass-preflights needs --original-method-header"},
		{"--pass-preflights --original-url-header=X-Original-Url", "--pass-preflights needs --original-method-header"},
		{"--cors-origin=*", `--cors-origin "*": an origin is`},
		{"--resource=orders", `--resource "orders": a resource is a URL with https and a host`},
		{"--resource=https://a.example/x --resource=https://a.example/y", "several --resource need --original-url-header"},
		{"--resource=https://a.example --resource=https://a.example/", "would be at one path"},
		{"--resource-scope=a", "--resource-scope needs --resource"},
		{"--resource=https://a.example --resource-scope=a,b --resource-scope=", `--resource-scope "": name one scope`},
		{"--log-level=loud", `--log-level "loud": choose debug, info, warn or error`},
		{"--ca-file=/no/such/file", "--ca-file: open /no/such/file"},
		{"--ca-file=" + empty, "--ca-file holds no certificate"},
		{"--listen=127.0.0.1:0 --tls-cert-file=/no/such/file", "--plain-http"},
		{"extra", "unknown command"},
	} {
		command := rootCommand()
		command.SetArgs(append([]string{"forward-auth"}, strings.Fields(tc.args)...))
		err := command.ExecuteContext(t.Context())
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("tokenwright forward-auth %s: %v, want %q", tc.args, err, tc.want)
		}
	}
}

// TestForwardAuthExample parses the arguments of the example's Deployment, which go together.
func TestForwardAuthExample(t *testing.T) {
	text, err := os.ReadFile("../../config/examples/forward-auth/deployment.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		var deployment appsv1.Deployment
		if err := yaml.Unmarshal([]byte(document), &deployment); err != nil {
			t.Fatal(err)
		}
		if deployment.Kind != "Deployment" {
			continue
		}
		command, args, err := rootCommand().Find(deployment.Spec.Template.Spec.Containers[0].Args)
		if err != nil || command.Name() != "forward-auth" || command.ParseFlags(args) != nil {
			t.Errorf("%s %v: %v", command.Name(), args, err)
		}
		var told guarding
		flags := &cobra.Command{FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true}}
		told.register(flags)
		config := new(forwardauth.Config)
		if err := errors.Join(flags.ParseFlags(args), told.apply(config)); err != nil || len(config.Resources) != 1 {
			t.Errorf("%v: %+v, %v", args, config, err)
		}
		return
	}
	t.Error("there is no Deployment")
}
