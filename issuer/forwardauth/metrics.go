package forwardauth

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

const namespace = "tokenwright_forward_auth"

// Metrics is what a Guard counts, in a registry of its own. It is safe for concurrent use.
type Metrics struct {
	Registry *prometheus.Registry

	answers        *prometheus.CounterVec
	introspections *prometheus.CounterVec
	hits           prometheus.Counter
	preflights     prometheus.Counter
	seconds        prometheus.Histogram
}

// NewMetrics makes and registers all metrics.
func NewMetrics() *Metrics {
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "answers_total", Help: "Answers to the proxy, by HTTP status.",
		}, []string{"code"}),
		introspections: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Name: "introspections_total", Help: "Questions to the issuer, by what came of them.",
		}, []string{"outcome"}),
		hits: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "cache_hits_total", Help: "Tokens that the issuer was not asked for again.",
		}),
		preflights: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: namespace, Name: "preflights_total", Help: "CORS preflights that passed without a token.",
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: namespace, Name: "answer_duration_seconds", Help: "Time until the proxy had its answer.",
			Buckets: []float64{.0001, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}),
	}
	m.Registry.MustRegister(m.answers, m.introspections, m.hits, m.preflights, m.seconds,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, status := range []int{
		http.StatusOK, http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError, http.StatusServiceUnavailable,
	} {
		m.answers.WithLabelValues(strconv.Itoa(status))
	}
	for _, name := range []string{outcomeActive, outcomeInactive, outcomeRefused, outcomeThrottled, outcomeFailed} {
		m.introspections.WithLabelValues(name)
	}
	return m
}

// The outcomes of an introspection.
const (
	outcomeActive    = "active"
	outcomeInactive  = "inactive"
	outcomeRefused   = "refused"
	outcomeThrottled = "throttled"
	outcomeFailed    = "failed"
)

func (m *Metrics) introspected(err error) {
	m.introspections.WithLabelValues(outcome(err)).Inc()
}

func outcome(err error) string {
	switch {
	case err == nil:
		return outcomeActive
	case errors.Is(err, errInactive), errors.Is(err, errBound):
		return outcomeInactive
	case errors.Is(err, errRefused):
		return outcomeRefused
	case errors.Is(err, errThrottled):
		return outcomeThrottled
	default:
		return outcomeFailed
	}
}
