package audit_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	m.Evicted(audit.EvictedGrant, 2)
	m.Omitted(audit.OmittedFromIDToken, 3)
	m.Password(audit.PasswordAccountThrottled)
	m.Unreadable("Secret")
	m.WatchFailed("secrets")
	m.Synced("secrets", time.UnixMilli(1500))
	m.SignsFrom("old", "ES256", 1)
	m.ResetKeys()
	m.SignsFrom("new", "ES256", 2)
	m.RevokedKeys(audit.SealingRing, 3)
	m.Registrations.Set(3)
	m.SnapshotStale.Set(1)
	m.Snapshot(audit.SnapshotTaken)
	m.SnapshotOf(time.UnixMilli(2500))
	m.ServedUntil(time.UnixMilli(3500))
	m.Notice(audit.NoticeDropped)
	m.NoticesWaiting(4)
	m.Departed(audit.DepartureEnded, 4)
	m.UserEntries("staff", 2)
	m.UserEntries("former", 1)
	m.NoUserEntries("former")
	m.Unfit(audit.UnfitClaims)
	m.Evicted(audit.EvictedParked, 2)
	w := httptest.NewRecorder()
	promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	got := w.Body.String()
	for _, line := range []string{
		`tokenwright_issuer_requests_total{code="200",endpoint="token"} 1`,
		`tokenwright_issuer_requests_total{code="418",endpoint="token"} 1`,
		`tokenwright_issuer_evictions_total{kind="grant"} 2`,
		`tokenwright_issuer_claims_omitted_total{place="id_token"} 3`,
		`tokenwright_issuer_refusals_total{endpoint="token",error="invalid_client"} 1`,
		`tokenwright_issuer_throttled_total{endpoint="token"} 1`,
		`tokenwright_issuer_tokens_issued_total{grant_type="client_credentials"} 1`,
		`tokenwright_issuer_read_throughs_total{outcome="fresh"} 1`,
		`tokenwright_issuer_password_logins_total{outcome="account_throttled"} 1`,
		`tokenwright_issuer_unreadable_objects_total{kind="Secret"} 1`,
		`tokenwright_issuer_watch_errors_total{resource="secrets"} 1`,
		`tokenwright_issuer_last_sync_timestamp_seconds{resource="secrets"} 1.5`,
		`tokenwright_issuer_signing_key_sign_from_timestamp_seconds{algorithm="ES256",kid="new"} 2`,
		`tokenwright_issuer_revoked_keys{ring="sealing"} 3`,
		`tokenwright_issuer_registrations 3`,
		`tokenwright_issuer_snapshot_stale 1`,
		`tokenwright_issuer_departures_total{outcome="ended"} 4`,
		`tokenwright_issuer_user_entries_refused{secret="staff"} 2`,
		`tokenwright_issuer_unfit_total{what="claims"} 1`,
		`tokenwright_issuer_evictions_total{kind="parked"} 2`,
		`tokenwright_issuer_snapshots_total{outcome="taken"} 1`,
		`tokenwright_issuer_snapshot_timestamp_seconds 2.5`,
		`tokenwright_issuer_certificate_expiry_timestamp_seconds 3.5`,
		`tokenwright_issuer_logout_notices_total{outcome="dropped"} 1`,
		`tokenwright_issuer_logout_notices_waiting 4`,
		`tokenwright_issuer_request_duration_seconds_count{endpoint="token"} 2`,
	} {
		if !strings.Contains(got, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	if strings.Contains(got, "registrations_by_namespace{") {
		t.Error("clients by namespace, though nobody counts them")
	}
	if strings.Contains(got, `kid="old"`) {
		t.Error("a key of the former ring is still there")
	}
}

// The namespaces that have the most clients are named, so many and no more.
func TestNamespaces(t *testing.T) {
	m := audit.NewMetrics()
	counts := map[string]int{"team-most": 100, "z-least": 1, "other": 50}
	for i := range 25 {
		counts[fmt.Sprintf("team-%02d", i)] = 2
	}
	m.CountNamespaces(func() map[string]int { return counts })
	w := httptest.NewRecorder()
	promhttp.HandlerFor(m.Registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	var got []string
	for line := range strings.Lines(w.Body.String()) {
		if rest, ok := strings.CutPrefix(line, "tokenwright_issuer_registrations_by_namespace{namespace="); ok {
			got = append(got, strings.TrimSpace(rest))
		}
	}
	want := []string{`"(other)"} 15`, `"other"} 50`, `"team-most"} 100`}
	for i := range 18 {
		want = append(want, fmt.Sprintf(`"team-%02d"} 2`, i))
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
