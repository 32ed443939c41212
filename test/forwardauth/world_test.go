package forwardauth

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/forwardauth/nginx"
)

// folder holds the examples.
const folder = "../../config/examples/forward-auth"

func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// world is an application behind nginx, and the guard and issuer that nginx asks.
type world struct {
	issuer    *issuertest.Server
	issuerURL string
	away      atomic.Bool // the issuer is

	nginx string
	asked atomic.Pointer[http.Header] // of what the guard got last
	seen  atomic.Pointer[http.Header] // of what the application got last
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{}
	site := serve(t, httptest.NewTLSServer, func(rw http.ResponseWriter, r *http.Request) {
		if w.away.Load() {
			panic(http.ErrAbortHandler)
		}
		w.issuer.Handler.ServeHTTP(rw, r)
	})
	w.issuer, w.issuerURL = issuertest.New(t, issuertest.AtURL(site.URL)), site.URL
	mounted := t.TempDir()
	write(t, filepath.Join(mounted, "issuer-uri"), site.URL)
	write(t, filepath.Join(mounted, "client-id"), issuertest.GuardID)
	write(t, filepath.Join(mounted, "client-secret"), issuertest.GuardSecret)
	resource, err := forwardauth.ParseResource(issuertest.Audience)
	if err != nil {
		t.Fatal(err)
	}
	guard := forwardauth.New(forwardauth.Config{ // as the example's Deployment has it
		Resources: []forwardauth.Resource{resource}, ScopesSupported: []string{"orders:read", "orders:write"},
		MethodHeader: "X-Original-Method", URLHeader: "X-Original-Url", PassPreflights: true, Origins: []string{app},
		Credentials: func(bool) (forwardauth.Credentials, error) { return forwardauth.ReadCredentials(mounted) },
		Transport:   site.Client().Transport, Now: w.issuer.Clock.Now,
	})
	asked := serve(t, httptest.NewServer, func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/verify") {
			w.asked.Store(new(r.Header.Clone()))
		}
		guard.ServeHTTP(rw, r)
	})
	app := serve(t, httptest.NewServer, func(rw http.ResponseWriter, r *http.Request) {
		w.seen.Store(new(r.Header.Clone()))
		_, _ = io.WriteString(rw, "an order")
	})
	w.nginx = nginx.Start(t, host(asked.URL), host(app.URL))
	return w
}

func serve(t *testing.T, start func(http.Handler) *httptest.Server, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := start(handler)
	t.Cleanup(server.Close)
	return server
}

// ask sends a request to nginx and reads the answer.
func (w *world) ask(t *testing.T, method, path string, changes ...issuertest.Request) *http.Response {
	t.Helper()
	body := ""
	if method == http.MethodPost {
		body = "an order"
	}
	r, err := http.NewRequestWithContext(t.Context(), method, w.nginx+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		change(r)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer
}

// arrived is what the application has seen since it was asked last; nil if nothing came through.
func (w *world) arrived() http.Header {
	if seen := w.seen.Swap(nil); seen != nil {
		return *seen
	}
	return nil
}

// The ends of challenges: where to find out more, and that for whoever lacks a token to read orders.
const (
	more     = `, resource_metadata="https://orders.example` + metadata + `"`
	moreRead = `, scope="orders:read"` + more
)

// invalidToken is the challenge for a token that is no good.
func (*world) invalidToken() string {
	return `Bearer realm="tokenwright", error="invalid_token", ` +
		`error_description="the access token is malformed, expired, revoked or not for this"` + moreRead
}
