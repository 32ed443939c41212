package forwardauth

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Drain says that this replica is about to end.
func (g *Guard) Drain() { g.draining.Store(true) }

// Operations serves /healthz, /readyz and /metrics. They are never among what ServeHTTP answers: see there.
func (g *Guard) Operations() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { tell(w, "") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { tell(w, g.obstacle(r.Context())) })
	mux.Handle("GET /metrics", promhttp.HandlerFor(g.Metrics.Registry, promhttp.HandlerOpts{}))
	return mux
}

// obstacle names what is missing; empty when nothing is. It asks for the issuer's metadata until it is there: nobody
// else does before the first request, which comes to those who are ready. An issuer that goes away later changes
// nothing: another replica could not ask it either.
func (g *Guard) obstacle(ctx context.Context) string {
	if g.draining.Load() {
		return "draining"
	}
	with, err := g.Credentials(false)
	if err != nil {
		return "waiting for credentials"
	}
	if g.issuer.site.found.Load() {
		return ""
	}
	if _, err := g.issuer.site.discover(ctx, with.Issuer); err != nil {
		g.Log.DebugContext(ctx, "Waiting for the issuer's metadata", "cause", err)
		return "waiting for the issuer's metadata"
	}
	return ""
}

// tell says that all is well, or what is not.
func tell(w http.ResponseWriter, obstacle string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if obstacle == "" {
		_, _ = w.Write([]byte("ok\n"))
		return
	}
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(obstacle + "\n"))
}
