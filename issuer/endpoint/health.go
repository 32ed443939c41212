package endpoint

import (
	"net/http"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const (
	healthPath  = "/healthz"
	readyPath   = "/readyz"
	metricsPath = "/metrics"
)

// Readiness says whether requests should come to this replica. The zero value waits for one synchronization.
type Readiness struct {
	awaited, synced atomic.Int32
	standIn         atomic.Bool
	draining        atomic.Bool
}

// Await says how many parts are to be synchronized before requests may come.
func (r *Readiness) Await(parts int32) { r.awaited.Store(parts) }

// Synced says that all that the API server has of one part is here. Each part says it once: an API server that goes away
// later takes nothing from what is known.
func (r *Readiness) Synced() { r.synced.Add(1) }

// StandIn says whether what was known before a start may stand in for what the API server has not told yet.
func (r *Readiness) StandIn(may bool) { r.standIn.Store(may) }

func (r *Readiness) complete() bool {
	return r.standIn.Load() || r.all()
}

// all tells whether all parts are synchronized, with nothing from before the start in place of any.
func (r *Readiness) all() bool { return r.synced.Load() >= max(1, r.awaited.Load()) }

// Drain says that this replica is about to end. From now on each answer ends its connection, so that clients which keep
// theirs have gone elsewhere before nobody listens any more.
func (r *Readiness) Drain() { r.draining.Store(true) }

// obstacle names what is missing; empty when nothing is.
func (s *Server) obstacle() string {
	switch snapshot := s.Registry.Snapshot(); {
	case s.Readiness.draining.Load():
		return "draining"
	case !s.Readiness.complete():
		return "waiting for the API server"
	case snapshot.Config() == nil:
		return "waiting for the issuer's configuration"
	case snapshot.Keys() == nil:
		return "waiting for the issuer's signing keys"
	default:
		return ""
	}
}

// operations are the endpoints for whoever runs the issuer.
func (s *Server) operations() map[string]*route {
	exposition := promhttp.HandlerFor(s.Metrics.Registry, promhttp.HandlerOpts{})
	return map[string]*route{
		healthPath:  get(serveHealth, s.counts.operations),
		readyPath:   get(s.serveReadiness, s.counts.operations),
		metricsPath: get(func(x *exchange) error { return serveMetrics(x, exposition) }, s.counts.operations),
	}
}

// serveHealth says that the process answers.
func serveHealth(x *exchange) error {
	x.writeText(http.StatusOK, "ok")
	return nil
}

// serveReadiness says whether requests should come here, and if not why.
func (s *Server) serveReadiness(x *exchange) error {
	if missing := s.obstacle(); missing != "" {
		x.writeText(http.StatusServiceUnavailable, missing)
		return nil
	}
	x.writeText(http.StatusOK, "ok")
	return nil
}

func serveMetrics(x *exchange, exposition http.Handler) error {
	x.status = http.StatusOK
	exposition.ServeHTTP(x.w, x.r)
	return nil
}

func (x *exchange) writeText(status int, text string) {
	header := x.w.Header()
	header["Content-Type"], header["Cache-Control"] = []string{"text/plain; charset=utf-8"}, noStore
	x.write(status, []byte(text+"\n"))
}
