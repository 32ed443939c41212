package prometheus

import (
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/promqltest"
)

// story is what a server sees, a sample a minute, and what an alert makes of that at a moment. A series that the story
// does not name is not there.
type story struct {
	alert  string
	series string
	minute int
	want   string // what fires; nothing when empty
}

const (
	of  = `job="tokenwright/issuer",namespace="n",issuer="i",pod="p"`
	one = `{issuer="i", namespace="n"}`
	pod = `{namespace="n", pod="p"}`
)

var stories = []story{
	{"IssuerGone", `up{` + of + `} 1x5 0x60`, 5, ``},
	{"IssuerGone", `up{` + of + `} 1x5 0x60`, 8, one},
	{"IssuerGone", `other 1x60`, 10, `{job="tokenwright/issuer"}`},
	{"IssuerReplicaDown", `up{` + of + `} 1x5 0x9 1x60`, 15, ``},
	{"IssuerReplicaDown", `up{` + of + `} 1x5 0x60`, 20, `{issuer="i", job="tokenwright/issuer", namespace="n", pod="p"}`},
	{"IssuerRefusesItself", `tokenwright_issuer_requests_total{` + of + `,code="503"} 0+1x60`, 15, one},
	{"IssuerRefusesItself", `tokenwright_issuer_requests_total{` + of + `,code="401"} 0+1x60`, 15, ``},
	{"TokensRefused", `tokenwright_issuer_requests_total{` + of + `,endpoint="token",code="401"} 0+9x60`, 40, one},
	{"TokensRefused", `tokenwright_issuer_requests_total{` + of + `,endpoint="token",code="200"} 0+9x60`, 40, ``},
	{"TokensSlow", `tokenwright_issuer_request_duration_seconds_bucket{` + of + `,endpoint="token",le="0.25"} 0+1x60
		tokenwright_issuer_request_duration_seconds_bucket{` + of + `,endpoint="token",le="1"} 0+9x60
		tokenwright_issuer_request_duration_seconds_bucket{` + of + `,endpoint="token",le="+Inf"} 0+9x60`, 30, one},
	{"TokensSlow", `tokenwright_issuer_request_duration_seconds_bucket{` + of + `,endpoint="token",le="0.25"} 0+9x60
		tokenwright_issuer_request_duration_seconds_bucket{` + of + `,endpoint="token",le="+Inf"} 0+9x60`, 30, ``},
	{"Throttled", `tokenwright_issuer_throttled_total{` + of + `,endpoint="token"} 0+90x60`, 40, `{endpoint="token", issuer="i", namespace="n"}`},
	{"Throttled", `tokenwright_issuer_throttled_total{` + of + `,endpoint="token"} 0+30x60`, 40, ``},
	{"StoreAway", `tokenwright_issuer_refusals_total{` + of + `,error="server_error"} 0+9x60`, 30, one},
	{"StoreAway", `tokenwright_issuer_refusals_total{` + of + `,error="invalid_grant"} 0+90x60`, 30, ``},
	{"IssuerHearsNothing", `tokenwright_issuer_last_sync_timestamp_seconds{` + of + `,resource="secrets"} 0x60`, 10, pod},
	{"IssuerHearsNothing", `tokenwright_issuer_last_sync_timestamp_seconds{` + of + `,resource="secrets"} 0+60x60`, 10, ``},
	{"WatchFails", `tokenwright_issuer_watch_errors_total{` + of + `,resource="secrets"} 0+1x60`, 30, `{namespace="n", pod="p", resource="secrets"}`},
	{"WatchFails", `tokenwright_issuer_watch_errors_total{` + of + `,resource="secrets"} 0x5 1x60`, 15, ``},
	{"ServesFromSnapshot", `tokenwright_issuer_snapshot_stale{` + of + `} 1x60`, 5, pod},
	{"ServesFromSnapshot", `tokenwright_issuer_snapshot_stale{` + of + `} 0x60`, 5, ``},
	{"CertificateExpires", `tokenwright_issuer_certificate_expiry_timestamp_seconds{` + of + `} 170000x200`, 90, pod},
	{"CertificateExpires", `tokenwright_issuer_certificate_expiry_timestamp_seconds{` + of + `} 260000x200`, 90, ``},
	{"KeyRotationOverdue", `tokenwright_operator_signing_key_rotation_due_timestamp_seconds{issuer_namespace="n",issuer="i"} 60x200`, 150, `{issuer="i", issuer_namespace="n"}`},
	{"KeyRotationOverdue", `tokenwright_operator_signing_key_rotation_due_timestamp_seconds{issuer_namespace="n",issuer="i"} 9000x200`, 149, ``},
	{"Unreadable", `tokenwright_issuer_unreadable_objects_total{` + of + `,kind="Secret"} 0x5 1x60`, 10, `{issuer="i", job="tokenwright/issuer", kind="Secret", namespace="n", pod="p"}`},
	{"Unreadable", `tokenwright_issuer_unreadable_objects_total{` + of + `,kind="Secret"} 0x60`, 10, ``},
	{"NobodyCanLogIn", `tokenwright_issuer_identity_provider_ready{` + of + `,provider="staff"} 0x60`, 10, `{issuer="i", namespace="n", provider="staff"}`},
	{"NobodyCanLogIn", `tokenwright_issuer_identity_provider_ready{` + of + `,provider="staff"} 1x60`, 10, ``},
	{"UserEntriesRefused", `tokenwright_issuer_user_entries_refused{` + of + `,secret="s"} 2x60`, 10, `{namespace="n", secret="s"}`},
	{"UserEntriesRefused", `tokenwright_issuer_user_entries_refused{` + of + `,secret="s"} 0x60`, 10, ``},
	{"DeparturesDropped", `tokenwright_issuer_departures_total{` + of + `,outcome="dropped"} 0x5 1x60`, 10, `{issuer="i", job="tokenwright/issuer", namespace="n", outcome="dropped", pod="p"}`},
	{"DeparturesDropped", `tokenwright_issuer_departures_total{` + of + `,outcome="ended"} 0x5 1x60`, 10, ``},
	{"PasswordsUnchecked", `tokenwright_issuer_password_logins_total{` + of + `,outcome="busy"} 0+2x60`, 15, `{issuer="i", job="tokenwright/issuer", namespace="n", outcome="busy", pod="p"}`},
	{"PasswordsUnchecked", `tokenwright_issuer_password_logins_total{` + of + `,outcome="wrong"} 0+2x60`, 15, ``},
	{"Guessing", `tokenwright_issuer_password_logins_total{` + of + `,outcome="account_throttled"} 0+3x60`, 15, one},
	{"Guessing", `tokenwright_issuer_password_logins_total{` + of + `,outcome="account_throttled"} 0+1x60`, 15, ``},
	{"NoticesLost", `tokenwright_issuer_logout_notices_total{` + of + `,outcome="undelivered"} 0x5 1x60`, 10, `{issuer="i", job="tokenwright/issuer", namespace="n", outcome="undelivered", pod="p"}`},
	{"NoticesLost", `tokenwright_issuer_logout_notices_total{` + of + `,outcome="delivered"} 0+1x60`, 10, ``},
	{"ConnectionsEvicted", `tokenwright_issuer_evictions_total{` + of + `,kind="connection"} 0+1x60`, 30, `{issuer="i", job="tokenwright/issuer", kind="connection", namespace="n", pod="p"}`},
	{"ConnectionsEvicted", `tokenwright_issuer_evictions_total{` + of + `,kind="connection"} 0x5 1x60`, 20, ``},
	{"GuardCannotAsk", `tokenwright_forward_auth_introspections_total{job="g",namespace="n",outcome="failed"} 0+1x60`, 15, `{job="g", namespace="n"}`},
	{"GuardCannotAsk", `tokenwright_forward_auth_introspections_total{job="g",namespace="n",outcome="inactive"} 0+1x60`, 15, ``},
	{"OperatorGone", `up{job="tokenwright/operator",namespace="n",pod="p"} 0x60`, 15, `{namespace="n"}`},
	{"OperatorGone", `other 1x60`, 15, `{job="tokenwright/operator"}`},
	{"OperatorGone", `up{job="tokenwright/operator",namespace="n",pod="p"} 0x5 1x60`, 15, ``},
	{"NobodyLeads", `leader_election_master_status{job="tokenwright/operator",namespace="n",pod="p"} 0x60`, 15, `{namespace="n"}`},
	{"NobodyLeads", `leader_election_master_status{job="tokenwright/operator",namespace="n",pod="p"} 0x60
		leader_election_master_status{job="tokenwright/operator",namespace="n",pod="q"} 1x60`, 15, ``},
	{"OperatorCannotReach", `rest_client_requests_total{job="tokenwright/operator",namespace="n",code="<error>"} 0+9x60`, 30, `{namespace="n"}`},
	{"OperatorCannotReach", `rest_client_requests_total{job="tokenwright/operator",namespace="n",code="409"} 0+9x60`, 30, ``},
	{"ReconcileErrors", `controller_runtime_reconcile_errors_total{job="tokenwright/operator",namespace="n",controller="c"} 0+9x60`, 40, `{controller="c", namespace="n"}`},
	{"ReconcileErrors", `controller_runtime_reconcile_errors_total{job="tokenwright/operator",namespace="n",controller="c"} 0+5x60`, 40, ``},
	{"RegistrationsOverdue", `workqueue_depth{job="tokenwright/operator",namespace="n",name="oauthclient"} 9x60
		workqueue_depth{job="tokenwright/operator",namespace="n",name="oauthclient",priority="-100"} 0x60`, 35, `{name="oauthclient", namespace="n"}`},
	{"RegistrationsOverdue", `workqueue_depth{job="tokenwright/operator",namespace="n",name="oauthclient"} 9x20 0 9x60`, 35, ``},
}

// TestAlerts tells each alert one story of which it should wake somebody, and one of which it should not.
func TestAlerts(t *testing.T) {
	all, told := rules(t), map[string]map[bool]bool{}
	runner := engine(t)
	for _, s := range stories {
		rule, ok := all["Tokenwright"+s.alert]
		if !ok {
			t.Errorf("there is no alert %s", s.alert)
			continue
		}
		var wait model.Duration
		if rule.For != nil {
			wait, _ = model.ParseDuration(string(*rule.For))
		}
		stored := promqltest.LoadedStorage(t, "load 1m\n  "+s.series)
		got := firing(t, runner, stored, rule.Expr.String(), time.Duration(wait), time.Duration(s.minute)*time.Minute)
		if len(got) > 1 || s.want != "" && len(got) == 0 || len(got) == 1 && got[0] != s.want {
			t.Errorf("%s after %d minutes of\n%s\nfires %q, want %q", s.alert, s.minute, s.series, got, s.want)
		}
		if told[rule.Alert] == nil {
			told[rule.Alert] = map[bool]bool{}
		}
		told[rule.Alert][s.want != ""] = true
	}
	for name := range all {
		if len(told[name]) != 2 {
			t.Errorf("%s has no story in which it fires, or none in which it does not", name)
		}
	}
}
