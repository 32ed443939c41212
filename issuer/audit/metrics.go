package audit

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

const namespace = "tokenwright_issuer"

// Outcome is what became of a live read of one registration.
type Outcome string

// The outcomes of read-through.
const (
	// ReadFresh found a registration that was newer than the one in memory.
	ReadFresh Outcome = "fresh"
	// ReadUnchanged found nothing new.
	ReadUnchanged Outcome = "unchanged"
	// ReadFailed got no answer in time.
	ReadFailed Outcome = "failed"
	// ReadSpared was not made, since the budget was spent or the last answer was just a moment old.
	ReadSpared Outcome = "spared"
)

// SnapshotOutcome is what became of writing a snapshot, or of opening one.
type SnapshotOutcome string

// The outcomes of snapshots. All but the first two are of opening one, at a start while the API server is away.
const (
	// SnapshotWritten was written.
	SnapshotWritten SnapshotOutcome = "written"
	// SnapshotUnwritten could not be written; the former one stays.
	SnapshotUnwritten SnapshotOutcome = "unwritten"
	// SnapshotTaken is what is served from.
	SnapshotTaken SnapshotOutcome = "taken"
	// SnapshotMissing was not there.
	SnapshotMissing SnapshotOutcome = "missing"
	// SnapshotOld is older than may be.
	SnapshotOld SnapshotOutcome = "old"
	// SnapshotForeign is another TokenIssuer's.
	SnapshotForeign SnapshotOutcome = "foreign"
	// SnapshotVersion is of a version that is not known here.
	SnapshotVersion SnapshotOutcome = "version"
	// SnapshotLocked is sealed under a key that is not there.
	SnapshotLocked SnapshotOutcome = "locked"
	// SnapshotDamaged is none, or not as it was written.
	SnapshotDamaged SnapshotOutcome = "damaged"
)

// Metrics is what the issuer counts, in a registry of its own. It is safe for concurrent use.
type Metrics struct {
	Registry *prometheus.Registry
	// Registrations is the number of clients that this replica knows.
	Registrations prometheus.Gauge
	// SnapshotStale is 1 while this replica serves from a snapshot of what it knew before its start.
	SnapshotStale prometheus.Gauge

	requests    *prometheus.CounterVec
	seconds     *prometheus.HistogramVec
	refusals    *prometheus.CounterVec
	issued      *prometheus.CounterVec
	reads       *prometheus.CounterVec
	throttled   *prometheus.CounterVec
	passwords   *prometheus.CounterVec
	omitted     *prometheus.CounterVec
	unreadable  *prometheus.CounterVec
	watchErrors *prometheus.CounterVec
	synced      *prometheus.GaugeVec
	signFrom    *prometheus.GaugeVec
	revokedKeys *prometheus.GaugeVec
	snapshots   *prometheus.CounterVec
	snapshotOf  prometheus.Gauge
	servedUntil *prometheus.GaugeVec // without labels, so that it is absent where no certificate is served

	notices        *prometheus.CounterVec
	noticesWaiting prometheus.Gauge
	namespaces     *namespaces
	evicted        *prometheus.CounterVec
	departures     *prometheus.CounterVec
	userEntries    *prometheus.GaugeVec
	providers      *prometheus.GaugeVec
	unfit          *prometheus.CounterVec
	sessionsEnded  *prometheus.CounterVec
	authorized     *prometheus.CounterVec
	otherURLs      *prometheus.CounterVec
}

// NewMetrics makes and registers all metrics.
func NewMetrics() *Metrics {
	m := &Metrics{Registry: prometheus.NewRegistry(), namespaces: newNamespaces()}
	m.requests = m.counter("requests_total", "Requests by endpoint and HTTP status.", "endpoint", "code")
	m.seconds = m.histogram("request_duration_seconds", "Time from the first line of a request's handler to its last.", "endpoint")
	m.refusals = m.counter("refusals_total", "Requests refused, by endpoint and OAuth error code.", "endpoint", "error")
	m.issued = m.counter("tokens_issued_total", "Access tokens issued, by grant type.", "grant_type")
	m.reads = m.counter("read_throughs_total", "Live reads of a registration before a refusal, by outcome.", "outcome")
	m.throttled = m.counter("throttled_total", "Refusals that asked the client to slow down, by endpoint.", "endpoint")
	m.passwords = m.counter("password_logins_total", "Attempts to log in by password, by outcome.", "outcome")
	m.omitted = m.counter("claims_omitted_total", "Claims of people left out of an ID token or at a login elsewhere, by place.", "place")
	m.unreadable = m.counter("unreadable_objects_total", "Versions of objects that could not be read, by kind.", "kind")
	m.watchErrors = m.counter("watch_errors_total", "Failures to list or watch, by resource.", "resource")
	m.synced = m.gauge("last_sync_timestamp_seconds", "Time of the last word from the API server, by resource.", "resource")
	m.signFrom = m.gauge("signing_key_sign_from_timestamp_seconds",
		"Time from which a key of the loaded ring signs, until the next of its algorithm does.", "kid", "algorithm")
	m.revokedKeys = m.gauge("revoked_keys", "Keys that the loaded ring names as revoked, by ring.", "ring")
	m.snapshots = m.counter("snapshots_total", "Snapshots written, or opened at a start, by outcome.", "outcome")
	m.evicted = m.counter("evictions_total", "What made way for something newer because a limit was reached, by kind.", "kind")
	m.unfit = m.counter("unfit_total", "What people brought along that fits neither a cookie nor a code, and is stored for a while, by what it is.", "what")
	m.departures = m.counter("departures_total", "People who left a users file or got another password, by what became of their access.", "outcome")
	m.userEntries = m.gauge("user_entries_refused", "Entries of users files that cannot be read, by Secret: nobody logs in by them.", "secret")
	m.providers = m.gauge("identity_provider_ready", "Whether people can log in by an identity provider of the issuer, by provider.", "provider")
	m.sessionsEnded = m.counter("sessions_ended_total", "Login sessions that have ended, or what a client that listens had of them, by cause.", "cause")
	m.authorized = m.counter("authorizations_total", "Codes given to clients, by whether the resource owner was asked.", "consent")
	m.servedUntil = m.gauge("certificate_expiry_timestamp_seconds", "Time at which the certificate ends that is served.")
	m.otherURLs = m.counter("other_url_requests_total", "Requests under a URL of the issuer that is not its present one, by that URL.", "url")
	m.snapshotOf = single("snapshot_timestamp_seconds", "Time that the latest snapshot written or taken tells of.")
	m.notices = m.counter("logout_notices_total", "Clients told, or not, that a login session has ended, by outcome.", "outcome")
	m.noticesWaiting = single("logout_notices_waiting", "Notices of logouts that wait for their turn or another attempt.")
	m.SnapshotStale = single("snapshot_stale", "Whether this replica serves from a snapshot of what it knew before its start.")
	m.Registrations = single("registrations", "Clients that this replica knows.")
	m.Registry.MustRegister(m.Registrations, m.SnapshotStale, m.snapshotOf, m.noticesWaiting, m.namespaces, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.zeros()
	return m
}

// Read counts a read-through.
func (m *Metrics) Read(outcome Outcome) { m.reads.WithLabelValues(string(outcome)).Inc() }

// Unreadable counts a version of an object that could not be read.
func (m *Metrics) Unreadable(kind string) { m.unreadable.WithLabelValues(kind).Inc() }

// WatchFailed counts a failure to list or watch a resource.
func (m *Metrics) WatchFailed(resource string) { m.watchErrors.WithLabelValues(resource).Inc() }

// Synced notes a word from the API server on a resource.
func (m *Metrics) Synced(resource string, at time.Time) {
	m.synced.WithLabelValues(resource).Set(inSeconds(at))
}

// Snapshot counts what became of a snapshot.
func (m *Metrics) Snapshot(outcome SnapshotOutcome) {
	m.snapshots.WithLabelValues(string(outcome)).Inc()
}

// SnapshotOf notes what time the latest snapshot tells of.
func (m *Metrics) SnapshotOf(at time.Time) { m.snapshotOf.Set(inSeconds(at)) }

func inSeconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 } //nolint:mnd // milliseconds

// Issued is the counter of tokens under a grant type, to be looked up once.
func (m *Metrics) Issued(grantType string) prometheus.Counter {
	return m.issued.WithLabelValues(grantType)
}

// Endpoint counts the requests to one endpoint. It is safe for concurrent use.
type Endpoint struct {
	name     string
	metrics  *Metrics
	byStatus map[int]prometheus.Counter
	seconds  prometheus.Observer
}

// usual are the statuses that are counted without a look-up by label.
var usual = []int{
	http.StatusOK, http.StatusNotModified, http.StatusBadRequest, http.StatusUnauthorized, http.StatusTooManyRequests,
	http.StatusServiceUnavailable,
}

// Endpoint begins to count the requests to the endpoint called name.
func (m *Metrics) Endpoint(name string) *Endpoint {
	e := &Endpoint{name: name, metrics: m, byStatus: map[int]prometheus.Counter{}, seconds: m.seconds.WithLabelValues(name)}
	for _, status := range usual {
		e.byStatus[status] = m.requests.WithLabelValues(name, strconv.Itoa(status))
	}
	return e
}

// Answered counts one answer.
func (e *Endpoint) Answered(status int, took time.Duration) {
	counter, ok := e.byStatus[status]
	if !ok {
		counter = e.metrics.requests.WithLabelValues(e.name, strconv.Itoa(status))
	}
	counter.Inc()
	e.seconds.Observe(took.Seconds())
}

// Refused counts one refusal by its OAuth error code.
func (e *Endpoint) Refused(code string) { e.metrics.refusals.WithLabelValues(e.name, code).Inc() }

// Throttled counts one refusal that asked the client to slow down.
func (e *Endpoint) Throttled() { e.metrics.throttled.WithLabelValues(e.name).Inc() }

func single(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help})
}

func (m *Metrics) counter(name, help string, labels ...string) *prometheus.CounterVec {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.Registry.MustRegister(vec)
	return vec
}

func (m *Metrics) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	vec := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: namespace, Name: name, Help: help}, labels)
	m.Registry.MustRegister(vec)
	return vec
}

func (m *Metrics) histogram(name, help string, labels ...string) *prometheus.HistogramVec {
	vec := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: name, Help: help,
		Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .05, .25, 1},
	}, labels)
	m.Registry.MustRegister(vec)
	return vec
}
