package forwardauth_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/issuer/issuertest"
)

// world is a guard and the issuer that it asks, over TLS.
type world struct {
	*forwardauth.Guard

	issuer *issuertest.Server
	site   *httptest.Server
	// answer takes the issuer's place if it is set.
	answer atomic.Pointer[http.HandlerFunc]
	// asked counts all questions to the issuer.
	asked atomic.Int64
	// secret is what the guard's files hold, stale what it has read of them.
	secret, stale atomic.Pointer[string]
	log           *issuertest.Buffer
}

var errNoFiles = errors.New("there are no credentials yet")

func newWorld(tb testing.TB, changes ...func(*forwardauth.Config)) *world {
	tb.Helper()
	w := &world{log: &issuertest.Buffer{}}
	w.site = httptest.NewTLSServer(http.HandlerFunc(w.serveIssuer))
	tb.Cleanup(w.site.Close)
	w.issuer = issuertest.New(tb, issuertest.AtURL(w.site.URL))
	w.use(issuertest.GuardSecret)
	config := forwardauth.Config{
		Credentials: w.credentials, Transport: w.site.Client().Transport, Now: w.issuer.Clock.Now,
		Log: slog.New(slog.NewJSONHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
	for _, change := range changes {
		change(&config)
	}
	w.Guard = forwardauth.New(config)
	return w
}

func (w *world) serveIssuer(rw http.ResponseWriter, r *http.Request) {
	w.asked.Add(1)
	if answer := w.answer.Load(); answer != nil {
		(*answer)(rw, r)
		return
	}
	w.issuer.Handler.ServeHTTP(rw, r)
}

// replace has somebody else answer for the issuer; the issuer itself when nil.
func (w *world) replace(answer http.HandlerFunc) {
	if answer == nil {
		w.answer.Store(nil)
		return
	}
	w.answer.Store(&answer)
}

// use writes the secret to the files, and has the guard read it; write leaves it to the guard to notice.
func (w *world) use(secret string) { w.secret.Store(&secret); w.stale.Store(&secret) }

func (w *world) write(secret string) { w.secret.Store(&secret) }

func (w *world) credentials(again bool) (forwardauth.Credentials, error) {
	if again {
		w.stale.Store(w.secret.Load())
	}
	secret := *w.stale.Load()
	if secret == "" {
		return forwardauth.Credentials{}, errNoFiles
	}
	return forwardauth.Credentials{Issuer: w.site.URL, ClientID: issuertest.GuardID, ClientSecret: secret}, nil
}

// verify asks the guard with an Authorization header, unless that is empty.
func (w *world) verify(path, authorization string, changes ...issuertest.Request) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	for _, change := range changes {
		change(r)
	}
	rw := httptest.NewRecorder()
	w.ServeHTTP(rw, r)
	return rw
}

// counted is the value of a metric of the guard.
func (w *world) counted(t *testing.T, line string) int {
	t.Helper()
	rw := httptest.NewRecorder()
	w.Operations().ServeHTTP(rw, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	_, rest, found := bytes.Cut(rw.Body.Bytes(), []byte("\n"+line+" "))
	value, _, _ := bytes.Cut(rest, []byte("\n"))
	n, err := strconv.Atoi(string(value))
	if !found || err != nil {
		t.Fatalf("%s: %v in:\n%s", line, err, rw.Body)
	}
	return n
}

// answered wants a status, and no body that a client might see.
func answered(t *testing.T, name string, got *httptest.ResponseRecorder, want int) {
	t.Helper()
	if got.Code != want || got.Header().Get("Cache-Control") != "no-store" || got.Body.Len() > 0 {
		t.Errorf("%s: status %d, headers %v, body %q; want %d, no-store, nothing", name, got.Code, got.Header(), got.Body, want)
	}
	passed := strings.Join(got.Header().Values("X-Auth-Subject"), ",")
	if want != http.StatusOK && passed != "" {
		t.Errorf("%s: refused and yet introduced as %q", name, passed)
	}
}
