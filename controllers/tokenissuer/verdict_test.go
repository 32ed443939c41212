package tokenissuer

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/condition"
	"tokenwright.dev/test/build"
)

// speaks is the report of a replica on one provider.
func speaks(provider string, health v1alpha1.ProviderHealth, fault v1alpha1.ProviderFault, message string) v1alpha1.IssuerReportSpec {
	return v1alpha1.IssuerReportSpec{IdentityProviders: []v1alpha1.IdentityProviderReport{
		{Name: provider, Health: health, Fault: fault, Message: message},
	}}
}

// TestVerdicts is the table of what the operator sees and what replicas say of one provider, and what comes of both: for its
// condition, for Ready, and for the clients that need people.
func TestVerdicts(t *testing.T) {
	ours := map[string]string{v1alpha1.IssuerLabel: "default"}
	well := map[string]seen{"users": {labels: ours, users: fileWith(t, 64)}}
	partly := map[string]seen{"users": {labels: ours, users: partlyWith(t, 64)}}
	damaged := map[string]seen{"users": {labels: ours, unreadable: errors.New("the file is no YAML, near line 7")}}
	usable, starting := speaks("staff", v1alpha1.ProviderUsable, "", ""), speaks("staff", v1alpha1.ProviderUnknown, "", "")
	former := speaks("staff", v1alpha1.ProviderUsable, v1alpha1.FaultUsersNotAccepted, "near line 7")
	costly := speaks("staff", v1alpha1.ProviderUnusable, v1alpha1.FaultUsersTooCostly, "line 3: it needs 65536 KiB")
	deaf := speaks("staff", v1alpha1.ProviderUnusable, v1alpha1.FaultUsersMissing, "no Secret users with users has arrived")
	older, another := v1alpha1.IssuerReportSpec{}, speaks("corp", v1alpha1.ProviderUsable, "", "")
	type reports = []v1alpha1.IssuerReportSpec
	const possible, impaired, impossible, unknown = v1alpha1.LoginPossible, v1alpha1.LoginImpaired, v1alpha1.LoginImpossible, v1alpha1.LoginUnknown
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	for _, tc := range []struct {
		name    string
		found   map[string]seen
		reports reports
		login   v1alpha1.LoginState
		status  metav1.ConditionStatus
		reason  string
		says    string
	}{
		{"no replica has reported", well, nil, unknown, yes, v1alpha1.ReasonProvidersReady, ""},
		{"an older one says nothing", well, reports{older}, unknown, yes, v1alpha1.ReasonProvidersReady, ""},
		{"one has just started", well, reports{starting}, unknown, yes, v1alpha1.ReasonProvidersReady, ""},
		{"one knows another spec yet", well, reports{another}, unknown, yes, v1alpha1.ReasonProvidersReady, ""},
		{"well", well, reports{usable, usable}, possible, yes, v1alpha1.ReasonProvidersReady, ""},
		{"one well, one starting", well, reports{usable, starting}, possible, yes, v1alpha1.ReasonProvidersReady, ""},
		{"some entries are refused", partly, reports{usable}, possible, yes, v1alpha1.ReasonUserEntriesRefused, "line 3: disabled"},
		{"damaged from the start", damaged, nil, impossible, no, v1alpha1.ReasonUsersNotAccepted, "near line 7"},
		{"damaged, and the former version is in use", damaged, reports{former}, impaired, no, v1alpha1.ReasonUsersNotAccepted, "near line 7"},
		{"damaged, and older ones may have a former version", damaged, reports{older}, impaired, no, v1alpha1.ReasonUsersNotAccepted, "near line 7"},
		{"damaged, and restarted", damaged, reports{starting}, impossible, no, v1alpha1.ReasonUsersNotAccepted, "near line 7"},
		{"gone", nil, reports{deaf}, impossible, no, v1alpha1.ReasonUsersSecretMissing, "create secret generic users"},
		{"a replica has less memory", well, reports{costly}, impossible, no, v1alpha1.ReasonProviderUnusable,
			"identity provider staff: nobody can log in by it: line 3: it needs 65536 KiB: give the issuer's process more memory"},
		{"one of two", well, reports{usable, costly}, impaired, no, v1alpha1.ReasonProviderUnusable, "not every replica lets people log in by it: line 3"},
		{"one, beside an older", well, reports{older, costly}, impaired, no, v1alpha1.ReasonProviderUnusable, "not every replica"},
		{"one has not heard", well, reports{deaf, starting}, impossible, no, v1alpha1.ReasonProviderUnusable, "look whether the replica reaches the API server"},
		{"one has not heard, and entries are refused", partly, reports{usable, deaf}, impaired, no, v1alpha1.ReasonProviderUnusable, "has not heard of it"},
		{"two differ", well, reports{deaf, costly}, impossible, no, v1alpha1.ReasonProviderUnusable, "no Secret users with users has arrived"},
		{"two differ, the other way round", well, reports{costly, deaf}, impossible, no, v1alpha1.ReasonProviderUnusable, "no Secret users with users has arrived"},
	} {
		ti := build.TokenIssuer("system/default", usersIn("users"))
		ti.Status.IdentityProviders = judge(ti, tc.found, math.MaxInt64, tc.reports)
		got := providersReady(ti.Status.IdentityProviders)
		if got.Status != tc.status || got.Reason != tc.reason || !strings.Contains(got.Message, tc.says) || ti.Status.IdentityProviders[0].Login != tc.login {
			t.Errorf("%s: %s is %s/%s %q, want %s and %s/%s saying %q", tc.name, ti.Status.IdentityProviders[0].Login,
				got.Status, got.Reason, got.Message, tc.login, tc.status, tc.reason, tc.says)
		}
		if ti.NobodyLogsIn() != (tc.login == impossible) || oneWell(ti.Status.IdentityProviders) != (tc.status == yes) {
			t.Errorf("%s: nobody logs in %v, one is well %v", tc.name, ti.NobodyLogsIn(), oneWell(ti.Status.IdentityProviders))
		}
	}
}

// TestRestartMendsNothing: what replicas said of a provider holds while none of them says anything, and no longer.
func TestRestartMendsNothing(t *testing.T) {
	found := map[string]seen{"users": {labels: map[string]string{v1alpha1.IssuerLabel: "default"}, users: fileWith(t, 64)}}
	bad := speaks("staff", v1alpha1.ProviderUnusable, v1alpha1.FaultUsersMissing, "gone")
	ti := build.TokenIssuer("system/default", usersIn("users"))
	for _, tc := range []struct {
		name    string
		reports []v1alpha1.IssuerReportSpec
		change  func()
		want    v1alpha1.LoginState
	}{
		{"it says so", []v1alpha1.IssuerReportSpec{bad}, nil, v1alpha1.LoginImpossible},
		{"it restarts", nil, nil, v1alpha1.LoginImpossible},
		{"it is back, and knows nothing yet", []v1alpha1.IssuerReportSpec{speaks("staff", v1alpha1.ProviderUnknown, "", "")}, nil, v1alpha1.LoginImpossible},
		{"it is well", []v1alpha1.IssuerReportSpec{speaks("staff", v1alpha1.ProviderUsable, "", "")}, nil, v1alpha1.LoginPossible},
		{"it restarts, well", nil, nil, v1alpha1.LoginUnknown},
		{"it says so again", []v1alpha1.IssuerReportSpec{bad}, nil, v1alpha1.LoginImpossible},
		{"somebody changes spec", nil, func() { ti.Generation++ }, v1alpha1.LoginUnknown},
	} {
		ti.Status.ObservedGeneration = ti.Generation
		if tc.change != nil {
			tc.change()
		}
		ti.Status.IdentityProviders = judge(ti, found, math.MaxInt64, tc.reports)
		if got := ti.Status.IdentityProviders[0].Login; got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// TestEachFaultHasACure: of each that a replica may report the message says what to do.
func TestEachFaultHasACure(t *testing.T) {
	for fault, cure := range map[v1alpha1.ProviderFault]string{
		v1alpha1.FaultUsersMissing: "reaches the API server", v1alpha1.FaultUsersNotAccepted: "reaches the API server",
		v1alpha1.FaultClientSecretMissing: "reaches the API server", v1alpha1.FaultUsersTooCostly: "more memory",
		v1alpha1.FaultNoUsableEntry: "repair", v1alpha1.FaultClaimsNotAccepted: "same version",
		v1alpha1.FaultUnreachable: "https://id.example is there", v1alpha1.FaultCertificateNotTrusted: "certificate of https://id.example",
		v1alpha1.FaultMetadataRefused: "https://id.example/.well-known/openid-configuration", v1alpha1.FaultMetadataInvalid: "oidc.issuerURL",
		v1alpha1.FaultKeysUnavailable: "jwks_uri",
	} {
		ti := build.TokenIssuer("system/default", elsewhere(func(*v1alpha1.OIDCProvider) {}))
		verdicts := judge(ti, nil, math.MaxInt64, []v1alpha1.IssuerReportSpec{speaks("corp", v1alpha1.ProviderUnusable, fault, "it is so")})
		if got := providersReady(verdicts); got.Reason != v1alpha1.ReasonProviderUnusable || !strings.Contains(got.Message, cure) || !strings.Contains(got.Message, "it is so") {
			t.Errorf("%s: %v, want %q", fault, got, cure)
		}
	}
	if len(cures) != 11 {
		t.Errorf("there are %d cures, and 11 rows here", len(cures))
	}
}

// TestSpeaking: reports of long ago tell of keys, and of nobody's login.
func TestSpeaking(t *testing.T) {
	at := func(ago time.Duration) v1alpha1.IssuerReport {
		return v1alpha1.IssuerReport{Spec: v1alpha1.IssuerReportSpec{RenewedAt: metav1.NewTime(noon.Add(-ago)), Registrations: int32(ago / time.Second)}}
	}
	for _, tc := range []struct {
		name    string
		reports []v1alpha1.IssuerReport
		want    []int32
	}{
		{"nobody", nil, nil},
		{"all", []v1alpha1.IssuerReport{at(0), at(4 * time.Minute)}, []int32{0, 240}},
		{"one has ended", []v1alpha1.IssuerReport{at(0), at(6 * time.Minute)}, []int32{0}},
		{"all have ended", []v1alpha1.IssuerReport{at(time.Hour)}, nil},
		{"a clock that is far ahead", []v1alpha1.IssuerReport{at(-time.Hour)}, nil},
	} {
		var got []int32
		for _, spec := range speaking(noon, tc.reports) {
			got = append(got, spec.Registrations)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// TestAllFaultsAtOnce: Ready has the most urgent of all faults and names the others; a provider that works keeps another one's
// faults out of it, save for a word.
func TestAllFaultsAtOnce(t *testing.T) {
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	accepted := condition.True(v1alpha1.Accepted, v1alpha1.ReasonAccepted, "")
	keys := condition.True(v1alpha1.KeysReady, v1alpha1.ReasonKeysActive, "")
	pending := condition.False(v1alpha1.KeysReady, v1alpha1.ReasonKeysPending, "pending")
	certificate := condition.False(v1alpha1.CertificateReady, v1alpha1.ReasonCertificateMissing, "no certificate")
	starts := condition.False(v1alpha1.DeploymentReady, v1alpha1.ReasonProgressing, "starts")
	silent := condition.False(v1alpha1.Answering, v1alpha1.ReasonNotAnswering, "silent")
	missing := v1alpha1.IdentityProviderStatus{Name: "staff", Login: v1alpha1.LoginImpossible, Reason: v1alpha1.ReasonUsersSecretMissing, Message: "no Secret"}
	partly := v1alpha1.IdentityProviderStatus{Name: "staff", Login: v1alpha1.LoginPossible, Reason: v1alpha1.ReasonUserEntriesRefused, Message: "line 3"}
	corp := v1alpha1.IdentityProviderStatus{Name: "corp", Login: v1alpha1.LoginUnknown}
	away := v1alpha1.IdentityProviderStatus{Name: "corp", Login: v1alpha1.LoginImpaired, Reason: v1alpha1.ReasonProviderUnusable, Message: "away"}
	type providers = []v1alpha1.IdentityProviderStatus
	for _, tc := range []struct {
		name      string
		parts     []metav1.Condition
		providers providers
		status    metav1.ConditionStatus
		reason    string
		says      string
		who       string
	}{
		{"well", []metav1.Condition{accepted, keys}, providers{corp}, yes, v1alpha1.ReasonReady, "the issuer runs elsewhere", ""},
		{"a certificate before users", []metav1.Condition{accepted, keys, certificate, starts, silent}, providers{missing}, no, v1alpha1.ReasonCertificateMissing,
			"no certificate; see also IdentityProvidersReady (UsersSecretMissing), DeploymentReady (Progressing), Answering (NotAnswering)", v1alpha1.Stalled},
		{"users before what passes by itself", []metav1.Condition{accepted, pending, starts}, providers{missing}, no, v1alpha1.ReasonUsersSecretMissing,
			"identity provider staff: no Secret; see also KeysReady (KeysPending), DeploymentReady (Progressing)", v1alpha1.Stalled},
		{"what passes by itself", []metav1.Condition{accepted, pending, silent}, providers{corp}, no, v1alpha1.ReasonKeysPending, "see also Answering", v1alpha1.Reconciling},
		{"one of two providers", []metav1.Condition{accepted, keys}, providers{missing, corp}, yes, v1alpha1.ReasonReady,
			"; see also IdentityProvidersReady (UsersSecretMissing)", ""},
		{"both", []metav1.Condition{accepted, keys}, providers{away, missing}, no, v1alpha1.ReasonUsersSecretMissing,
			"identity provider staff: no Secret; identity provider corp: away", v1alpha1.Stalled},
		{"entries", []metav1.Condition{accepted, keys}, providers{partly}, yes, v1alpha1.ReasonReady, "; see also IdentityProvidersReady (UserEntriesRefused)", ""},
	} {
		got := summed(build.TokenIssuer("system/default"), tc.parts, tc.providers)
		if got[0].Type != v1alpha1.Ready || got[0].Status != tc.status || got[0].Reason != tc.reason || !strings.Contains(got[0].Message, tc.says) {
			t.Errorf("%s: %v, want %s/%s saying %q", tc.name, got[0], tc.status, tc.reason, tc.says)
		}
		var who string
		for _, c := range got {
			if c.Type == v1alpha1.Stalled || c.Type == v1alpha1.Reconciling {
				who = c.Type
			}
		}
		told := slices.ContainsFunc(got, func(c metav1.Condition) bool { return c.Type == v1alpha1.IdentityProvidersReady })
		if who != tc.who || !told {
			t.Errorf("%s: %q acts, want %q; IdentityProvidersReady is there: %v", tc.name, who, tc.who, told)
		}
	}
}
