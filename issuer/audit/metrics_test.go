package audit_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tokenwright.dev/issuer/audit"
)

func TestMetrics(t *testing.T) {
	m := audit.NewMetrics()
	token := m.Endpoint("token")
	token.Answered(200, time.Millisecond)
	token.Answered(418, time.Millisecond) // not among the usual ones
	token.Refused("invalid_client")
	token.Throttled()
	m.Issued("client_credentials").Inc()
	m.Read(audit.ReadFresh)
	m.Unreadable("Secret")
	m.WatchFailed("secrets")
	m.Synced("secrets", time.UnixMilli(1500))
	m.SignsFrom("old", "ES256", 1)
	m.ResetKeys()
	m.SignsFrom("new", "ES256", 2)
	m.Registrations.Set(3)
	m.SnapshotStale.Set(1)
	m.Snapshot(audit.SnapshotTaken)
	m.SnapshotOf(time.UnixMilli(2500))
	m.Departed(audit.DepartureEnded, 4)
	w := httptest.NewRecorder()
	promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	got := w.Body.String()
	for _, line := range []string{
		`tokenwright_issuer_requests_total{code="200",endpoint="token"} 1`,
		`tokenwright_issuer_requests_total{code="418",endpoint="token"} 1`,
		`tokenwright_issuer_refusals_total{endpoint="token",error="invalid_client"} 1`,
		`tokenwright_issuer_throttled_total{endpoint="token"} 1`,
		`tokenwright_issuer_tokens_issued_total{grant_type="client_credentials"} 1`,
		`tokenwright_issuer_read_throughs_total{outcome="fresh"} 1`,
		`tokenwright_issuer_unreadable_objects_total{kind="Secret"} 1`,
		`tokenwright_issuer_watch_errors_total{resource="secrets"} 1`,
		`tokenwright_issuer_last_sync_timestamp_seconds{resource="secrets"} 1.5`,
		`tokenwright_issuer_signing_key_sign_from_timestamp_seconds{algorithm="ES256",kid="new"} 2`,
		`tokenwright_issuer_registrations 3`,
		`tokenwright_issuer_snapshot_stale 1`,
		`tokenwright_issuer_departures_total{outcome="ended"} 4`,
		`tokenwright_issuer_snapshots_total{outcome="taken"} 1`,
		`tokenwright_issuer_snapshot_timestamp_seconds 2.5`,
		`tokenwright_issuer_request_duration_seconds_count{endpoint="token"} 2`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(got, `kid="old"`) {
		t.Error("a key of the former ring is still there")
	}
}
