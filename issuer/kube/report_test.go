package kube

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/client-go/rest"

	"tokenwright.dev/issuer/issuertest"
)

// apiServer answers every request with status, and remembers its method.
type apiServer struct {
	mu      sync.Mutex
	status  int
	methods []string
}

func (a *apiServer) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.methods = append(a.methods, r.Method)
	return &http.Response{
		StatusCode: a.status, Request: r, Body: io.NopCloser(strings.NewReader(`{}`)),
		Header: http.Header{"Content-Type": {"application/json"}},
	}, nil
}

// take returns the methods since the last call.
func (a *apiServer) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	taken := a.methods
	a.methods = nil
	return taken
}

func (a *apiServer) answer(status int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status = status
}

func TestReportTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &apiServer{status: http.StatusOK}
		cluster, err := Connect(&rest.Config{Host: "http://api.example", Transport: server}, "ns", issuertest.Name)
		if err != nil {
			t.Fatal(err)
		}
		known := issuertest.New(t).Registry
		reporter := NewReporter(cluster, known, slog.New(slog.DiscardHandler), "a")
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { reporter.Run(ctx) })
		expect := func(step string, after time.Duration, least, most int) {
			t.Helper()
			time.Sleep(after) //nolint:forbidigo // the clock is the bubble's
			synctest.Wait()
			if got := len(server.take()); got < least || got > most {
				t.Errorf("%s: %d requests within %v, want %d to %d", step, got, after, least, most)
			}
		}
		expect("nothing has changed", 10*time.Minute, 9, 10)
		reporter.Changed()
		expect("a change", 0, 1, 1)
		for range 100 {
			reporter.Changed()
		}
		expect("many changes at once", 3*time.Second, 1, 2)
		server.answer(http.StatusInternalServerError)
		reporter.Changed()
		expect("a failure is tried again", time.Minute, 4, 7)
		server.answer(http.StatusOK)
		expect("and then mended", time.Minute, 1, 2)
		end()
		running.Wait()
		if got := server.take(); len(got) != 1 || got[0] != http.MethodDelete {
			t.Errorf("at the end: %q, want the deletion", got)
		}
	})
}
