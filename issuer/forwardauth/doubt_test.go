package forwardauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
)

const discoveryPath = "/.well-known/openid-configuration"

// introspects is an issuer that answers every introspection alike.
func (w *world) introspects(status int, body string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == discoveryPath {
			w.issuer.Handler.ServeHTTP(rw, r)
			return
		}
		rw.Header().Set("Location", "/verify")
		rw.WriteHeader(status)
		_, _ = rw.Write([]byte(body))
	}
}

// TestDoubtfulAnswers holds the guard to refusing whatever it cannot make sense of: a fault of the issuer is no 401,
// which would tell the client that its token is no good.
func TestDoubtfulAnswers(t *testing.T) {
	const active = `{"active":true}`
	for _, tc := range []struct {
		name   string
		status int
		body   string
		want   int
	}{
		{"active", 200, active, 200},
		{"not active", 200, `{"active":false}`, 401},
		{"bound to a key", 200, `{"active":true,"cnf":{"jkt":"x"}}`, 401},
		{"no JSON", 200, "active", 503},
		{"nothing", 200, "", 503},
		{"a subject that writes headers", 200, `{"active":true,"sub":"a\r\nX-Auth-Scope: all"}`, 503},
		{"of another issuer", 200, `{"active":true,"iss":"https://other.example"}`, 503},
		{"endless", 200, `{"active":true,"x":"` + strings.Repeat("x", 1<<20) + `"}`, 503},
		{"created", 201, active, 503},
		{"a redirect", 302, active, 503},
		{"a bad request", 400, active, 503},
		{"wrong credentials", 401, active, 503},
		{"forbidden", 403, active, 503},
		{"nowhere", 404, active, 503},
		{"too many", 429, active, 503},
		{"an error", 500, active, 503},
		{"away", 503, active, 503},
	} {
		w := newWorld(t)
		w.replace(w.introspects(tc.status, tc.body))
		got := w.verify("/verify", "Bearer x")
		answered(t, tc.name, got, tc.want)
		if retry := got.Header().Get("Retry-After"); (retry == "1") != (tc.want == 503) {
			t.Errorf("%s: Retry-After %q", tc.name, retry)
		}
		if asked := w.asked.Load(); asked > 4 {
			t.Errorf("%s: the issuer was asked %d times", tc.name, asked)
		}
	}
}

func TestDoubtfulMetadata(t *testing.T) {
	for _, tc := range []struct{ name, body string }{
		{"no JSON", "x"},
		{"nothing in it", `{}`},
		{"of another issuer", `{"issuer":"https://other.example","introspection_endpoint":"https://other.example/introspect"}`},
		{"of another spelling", `{"issuer":"ISSUER/","introspection_endpoint":"ISSUER/introspect"}`},
		{"no introspection", `{"issuer":"ISSUER"}`},
		{"in the clear", `{"issuer":"ISSUER","introspection_endpoint":"http://issuer.example/introspect"}`},
		{"in the clear on a name like loopback", `{"issuer":"ISSUER","introspection_endpoint":"http://127.0.0.1.example/introspect"}`},
		{"no URL", `{"issuer":"ISSUER","introspection_endpoint":"/introspect"}`},
	} {
		w := newWorld(t)
		w.replace(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != discoveryPath {
				t.Errorf("%s: credentials went to %s", tc.name, r.URL)
			}
			_, _ = rw.Write([]byte(strings.ReplaceAll(tc.body, "ISSUER", w.site.URL)))
		})
		answered(t, tc.name, w.verify("/verify", "Bearer x"), http.StatusServiceUnavailable)
	}
}

// TestOutage takes the issuer away and brings it back. Meanwhile nobody passes, and the issuer is asked for its
// metadata once a second at most.
func TestOutage(t *testing.T) {
	w := newWorld(t)
	token := "Bearer " + w.issuer.Token(t)
	answered(t, "before", w.verify("/verify", token), http.StatusOK)
	w.replace(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for range 5 {
		answered(t, "away", w.verify("/verify", token), http.StatusServiceUnavailable)
	}
	answered(t, "away, without a token", w.verify("/verify", ""), http.StatusUnauthorized)
	before := w.asked.Load()
	for range 5 {
		answered(t, "still away", w.verify("/verify", token), http.StatusServiceUnavailable)
	}
	if asked := w.asked.Load() - before; asked > 0 {
		t.Errorf("an issuer that was just away was asked %d times", asked)
	}
	w.replace(nil)
	w.issuer.Clock.Step(time.Second)
	answered(t, "back", w.verify("/verify", token), http.StatusOK)
	if lines := strings.Count(w.log.String(), `"level":"WARN"`); lines != 1 {
		t.Errorf("%d warnings, want one for the whole outage:\n%s", lines, w.log)
	}
}

// A replica of the issuer that ends takes the request along that it was about to answer: it is sent again.
func TestOneFailureIsNotice(t *testing.T) {
	w := newWorld(t)
	token := "Bearer " + w.issuer.Token(t)
	answered(t, "before", w.verify("/verify", token), http.StatusOK)
	w.replace(func(rw http.ResponseWriter, r *http.Request) {
		w.replace(nil)
		panic(http.ErrAbortHandler)
	})
	answered(t, "with one answer lost", w.verify("/verify", token), http.StatusOK)
}

// TestRotatedSecret has the guard hold a secret that the issuer no longer takes: the new one is read, and nobody is
// refused.
func TestRotatedSecret(t *testing.T) {
	w := newWorld(t)
	token := "Bearer " + w.issuer.Token(t)
	answered(t, "before", w.verify("/verify", token), http.StatusOK)
	rotated := issuertest.NewRegistration(issuertest.GuardID, "tw_cs_rotated-rotated-rotated-rotated-rotated")
	rotated.Guards = []string{issuertest.Audience}
	w.issuer.Register(rotated)
	answered(t, "the new secret is not in the files yet", w.verify("/verify", token), http.StatusServiceUnavailable)
	w.write("tw_cs_rotated-rotated-rotated-rotated-rotated")
	answered(t, "it is now", w.verify("/verify", token), http.StatusOK)
	if got := w.counted(t, `tokenwright_forward_auth_introspections_total{outcome="refused"}`); got != 2 {
		t.Errorf("%d refused introspections, want 2", got)
	}
}

// Whoever goes away while the issuer thinks is no reason to complain of the issuer.
func TestClientGoesAway(t *testing.T) {
	w := newWorld(t)
	token := "Bearer " + w.issuer.Token(t)
	ctx, leave := context.WithCancel(t.Context())
	w.replace(func(_ http.ResponseWriter, r *http.Request) {
		leave()
		<-r.Context().Done()
	})
	got := w.verify("/verify", token, func(r *http.Request) { *r = *r.WithContext(ctx) })
	answered(t, "gone", got, http.StatusServiceUnavailable)
	w.replace(nil)
	answered(t, "the next one", w.verify("/verify", token), http.StatusOK)
	if strings.Contains(w.log.String(), `"level":"WARN"`) {
		t.Errorf("a warning:\n%s", w.log)
	}
}

// TestReadiness is what a Pod's probes see. Asking is what brings the metadata, since no request comes before.
func TestReadiness(t *testing.T) {
	w := newWorld(t)
	ready := func() string {
		rw := httptest.NewRecorder()
		w.Operations().ServeHTTP(rw, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if (rw.Code == http.StatusOK) != (rw.Body.String() == "ok\n") {
			t.Errorf("status %d: %s", rw.Code, rw.Body)
		}
		return strings.TrimSpace(rw.Body.String())
	}
	for _, step := range []struct {
		name   string
		change func()
		want   string
	}{
		{"no credentials", func() { w.use("") }, "waiting for credentials"},
		{"no issuer", func() { w.use(issuertest.GuardSecret); w.replace(http.NotFound) }, "waiting for the issuer's metadata"},
		{"all is there", func() { w.replace(nil); w.issuer.Clock.Step(time.Second) }, "ok"},
		{"the issuer goes away", func() { w.replace(http.NotFound) }, "ok"},
		{"the end is near", w.Drain, "draining"},
	} {
		step.change()
		if got := ready(); got != step.want {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
	last := w.verify("/verify", "")
	answered(t, "draining", last, http.StatusUnauthorized)
	if got := last.Header().Get("Connection"); got != "close" {
		t.Errorf("draining: Connection %q, want close", got)
	}
}
