package tokenissuer

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/test/build"
)

// fileWith is a file of users whose one hash needs so many KiB.
func fileWith(t *testing.T, kib int) *login.Users {
	t.Helper()
	return parsed(t, fmt.Sprintf("users: [{username: alice, passwordHash: %s}]", hashOf(kib)))
}

// partlyWith is the same with another entry, which cannot be read.
func partlyWith(t *testing.T, kib int) *login.Users {
	t.Helper()
	return parsed(t, fmt.Sprintf("users:\n- {username: alice, passwordHash: %s}\n- {username: bob, passwordHash: %s, disabled: perhaps}\n", hashOf(kib), hashOf(1024)))
}

func hashOf(kib int) string {
	return fmt.Sprintf("'$argon2id$v=19$m=%d,t=3,p=4$c2FsdHNhbHRzYWx0MTIzNA$mU4Ul2/LiEGvVNCwmZc+/XUJFVsAQ79/5Lrc48iv3XI'", kib)
}

func parsed(t *testing.T, text string) *login.Users {
	t.Helper()
	users, err := login.ParseUsers("", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return users
}

// here lets the operator run the issuer, with the usual resources.
var here = build.RunHere(v1alpha1.Deployment{})

// limited lets the operator run the issuer, with a limit of memory; with none where it is empty.
func limited(memory string) func(*v1alpha1.TokenIssuer) {
	resources := &v1alpha1.Resources{}
	if memory != "" {
		resources.Limits = &v1alpha1.ResourceAmounts{Memory: new(resource.MustParse(memory))}
	}
	return build.RunHere(v1alpha1.Deployment{Resources: resources})
}

// TestProviders is the table of what identity providers lack.
func TestProviders(t *testing.T) {
	marked := func(name, issuer string) map[string]seen {
		return map[string]seen{name: {labels: map[string]string{v1alpha1.IssuerLabel: issuer}, users: fileWith(t, 64)}}
	}
	costing := func(kib int) map[string]seen {
		return map[string]seen{"users": {labels: map[string]string{v1alpha1.IssuerLabel: "default"}, users: fileWith(t, kib)}}
	}
	partly := func(kib int) map[string]seen {
		return map[string]seen{"users": {labels: map[string]string{v1alpha1.IssuerLabel: "default"}, users: partlyWith(t, kib)}}
	}
	unreadable := map[string]seen{"users": {labels: map[string]string{v1alpha1.IssuerLabel: "default"}, unreadable: errors.New("entry 7 is wrong")}}
	users := usersIn("users")
	for _, tc := range []struct {
		name   string
		issuer *v1alpha1.TokenIssuer
		found  map[string]seen
		reason string // empty: no condition
		says   string
	}{
		{"no providers", build.TokenIssuer("system/default"), nil, "", ""},
		{"marked as ours", build.TokenIssuer("system/default", users), marked("users", "default"), v1alpha1.ReasonProvidersReady, ""},
		{"not there", build.TokenIssuer("system/default", users), nil, v1alpha1.ReasonUsersSecretMissing,
			"kubectl -n system create secret generic users --type=oauth.tokenwright.dev/users --from-file=users.yaml"},
		{"not marked", build.TokenIssuer("system/default", users), marked("users", ""), v1alpha1.ReasonUsersSecretMissing,
			"kubectl -n system label secret users oauth.tokenwright.dev/issuer=default"},
		{"another issuer's", build.TokenIssuer("system/default", users), marked("users", "other"), v1alpha1.ReasonUsersSecretMissing, "not marked"},
		{"one of two", build.TokenIssuer("system/default", users, usersIn("more")), marked("users", "default"),
			v1alpha1.ReasonUsersSecretMissing, "no Secret more"},
		{"unreadable", build.TokenIssuer("system/default", users), unreadable, v1alpha1.ReasonUsersNotAccepted, "staff: entry 7 is wrong; issuers keep the last"},
		{"an entry of the file", build.TokenIssuer("system/default", users), partly(64), v1alpha1.ReasonUserEntriesRefused,
			"identity provider staff: users: line 3: disabled: write true or false; nobody logs in by these entries until they are repaired"},
		{"no entry is left", build.TokenIssuer("system/default", users), map[string]seen{"users": {
			labels: map[string]string{v1alpha1.IssuerLabel: "default"}, users: parsed(t, "users: [{username: bob, disabled: perhaps}]"),
		}}, v1alpha1.ReasonUsersNotAccepted, "nobody can log in, since no entry can be read: users: line 1: disabled: write true or false"},
		{"an entry, and too costly for a limit", build.TokenIssuer("system/default", users, limited("256Mi")), partly(64 << 10), v1alpha1.ReasonUsersTooCostly, "269Mi"},
		{"as we recommend", build.TokenIssuer("system/default", users, here), costing(64 << 10), v1alpha1.ReasonProvidersReady, ""},
		{"as costly as can be", build.TokenIssuer("system/default", users, here), costing(256 << 10), v1alpha1.ReasonProvidersReady, ""},
		{"too costly for a limit", build.TokenIssuer("system/default", users, limited("256Mi")), costing(64 << 10), v1alpha1.ReasonUsersTooCostly,
			`identity provider staff: users: line 1: passwordHash: a hash may use a quarter of the issuer's limit of memory: it needs 65536 KiB ` +
				"and there are 62500: allow the issuer more memory, or write a hash of m=62500 at most; a limit of 269Mi is enough " +
				"(spec.deployment.resources.limits.memory)"},
		{"one less than enough", build.TokenIssuer("system/default", users, limited("268Mi")), costing(64 << 10), v1alpha1.ReasonUsersTooCostly, "269Mi"},
		{"a limit that is enough", build.TokenIssuer("system/default", users, limited("269Mi")), costing(64 << 10), v1alpha1.ReasonProvidersReady, ""},
		{"no limit", build.TokenIssuer("system/default", users, limited("")), costing(256 << 10), v1alpha1.ReasonProvidersReady, ""},
		{"elsewhere", build.TokenIssuer("system/default", users), costing(256 << 10), v1alpha1.ReasonProvidersReady, ""},
	} {
		needs, _ := hashing(tc.issuer, tc.found)
		got := providersReady(judge(tc.issuer, tc.found, budget(tc.issuer, needs), nil))
		switch {
		case tc.reason == "" && got == nil:
		case got == nil || got.Type != v1alpha1.IdentityProvidersReady || got.Reason != tc.reason || !strings.Contains(got.Message, tc.says):
			t.Errorf("%s: %v, want %q saying %q", tc.name, got, tc.reason, tc.says)
		case (got.Status == metav1.ConditionTrue) != (tc.reason == v1alpha1.ReasonProvidersReady || tc.reason == v1alpha1.ReasonUserEntriesRefused):
			t.Errorf("%s: %s is %s", tc.name, got.Reason, got.Status)
		}
	}
}

// What Pods need is that of the costliest password; a file that is away leaves it open.
func TestHashing(t *testing.T) {
	ours := map[string]string{v1alpha1.IssuerLabel: "default"}
	for _, tc := range []struct {
		name  string
		found map[string]seen
		want  int64
		known bool
	}{
		{"both", map[string]seen{"users": {ours, fileWith(t, 64), nil}, "more": {ours, fileWith(t, 1024), nil}}, 1 << 20, true},
		{"one", map[string]seen{"users": {ours, fileWith(t, 64), nil}}, 64 << 10, false},
		{"one is unreadable", map[string]seen{"users": {ours, fileWith(t, 64), nil}, "more": {ours, nil, errors.New("x")}}, 64 << 10, false},
		{"an entry of one is unreadable", map[string]seen{"users": {ours, fileWith(t, 64), nil}, "more": {ours, partlyWith(t, 128), nil}}, 128 << 10, false},
		{"one is another's", map[string]seen{"users": {ours, fileWith(t, 64), nil}, "more": {nil, fileWith(t, 1024), nil}}, 64 << 10, false},
	} {
		ti := build.TokenIssuer("system/default", usersIn("users"), elsewhere(withSecret), usersIn("more"))
		if memory, known := hashing(ti, tc.found); memory != tc.want || known != tc.known {
			t.Errorf("%s: %d, known %v; want %d, %v", tc.name, memory, known, tc.want, tc.known)
		}
	}
	if got := budget(build.TokenIssuer("system/default"), 1<<30); got != math.MaxInt64 {
		t.Errorf("an issuer elsewhere has a budget of %d", got)
	}
}

// Where a gateway or an ingress leads to the issuer, it must be told whom to believe.
func TestWarnings(t *testing.T) {
	route := func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Exposure = &v1alpha1.Exposure{HTTPRoute: &v1alpha1.HTTPRouteExposure{ParentRefs: []v1alpha1.GatewayReference{{Name: "public"}}}}
	}
	behindIngress := func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Exposure = &v1alpha1.Exposure{Ingress: &v1alpha1.IngressExposure{}}
	}
	trusting := func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.Deployment = &v1alpha1.Deployment{TrustedProxies: []v1alpha1.CIDR{"10.60.8.0/28"}}
	}
	service := func(ti *v1alpha1.TokenIssuer) { ti.Spec.Exposure = &v1alpha1.Exposure{} }
	for _, tc := range []struct {
		name    string
		options []func(*v1alpha1.TokenIssuer)
		want    string // reason
	}{
		{"in the cluster", nil, ""},
		{"by a Service", []func(*v1alpha1.TokenIssuer){service}, ""},
		{"by a Service, and a proxy of somebody's own", []func(*v1alpha1.TokenIssuer){service, trusting}, ""},
		{"by a gateway", []func(*v1alpha1.TokenIssuer){route}, v1alpha1.ReasonNoTrustedProxies},
		{"by an ingress", []func(*v1alpha1.TokenIssuer){behindIngress}, v1alpha1.ReasonNoTrustedProxies},
		{"by a gateway that is trusted", []func(*v1alpha1.TokenIssuer){route, trusting}, v1alpha1.ReasonTrustedProxies},
		{"by an ingress that is trusted", []func(*v1alpha1.TokenIssuer){behindIngress, trusting}, v1alpha1.ReasonTrustedProxies},
	} {
		got := warnings(build.TokenIssuer("system/default", tc.options...))
		switch {
		case tc.want == "" && len(got) == 0:
		case len(got) != 1 || got[0].Type != v1alpha1.SourcesKnown || got[0].Reason != tc.want:
			t.Errorf("%s: %v, want %q", tc.name, got, tc.want)
		case (got[0].Status == metav1.ConditionTrue) != (tc.want == v1alpha1.ReasonTrustedProxies):
			t.Errorf("%s: %s is %s", tc.name, got[0].Reason, got[0].Status)
		}
	}
}

// The sealing ring remembers as long as browsers are familiar, where people log in by password; not with keys by the hour.
func TestFamiliarity(t *testing.T) {
	for _, tc := range []struct {
		name   string
		issuer *v1alpha1.TokenIssuer
		want   time.Duration
	}{
		{"nobody logs in", build.TokenIssuer("system/default"), 720 * time.Hour},
		{"elsewhere", build.TokenIssuer("system/default", elsewhere(withSecret)), 720 * time.Hour},
		{"by password", build.TokenIssuer("system/default", usersIn("users")), login.FamiliarLifetime},
		{"by password, with a key a day", build.TokenIssuer("system/default", usersIn("users"), build.Signs("24h")), login.FamiliarLifetime},
		{"by password, with a key an hour", build.TokenIssuer("system/default", usersIn("users"), build.Signs("1h")), 720 * time.Hour},
	} {
		if got := sealingRing(tc.issuer).longest; got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}
