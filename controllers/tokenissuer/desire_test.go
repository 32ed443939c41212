package tokenissuer

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/keyring"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// signs is a key that signs from one time to another, both relative to noon; the zero value of either is none.
func signs(algorithm string, from, until time.Duration) keys.Key {
	k := keys.Key{JWK: jose.JSONWebKey{KeyID: "k", Algorithm: algorithm}, CreatedAt: noon.Add(-time.Hour)}
	if from != 0 {
		k.SignFrom = noon.Add(from)
	}
	if until != 0 {
		k.SignUntil = noon.Add(until)
	}
	return k
}

// TestReasons is the table of all reasons that a pass over a TokenIssuer can give.
func TestReasons(t *testing.T) {
	const yes, no = metav1.ConditionTrue, metav1.ConditionFalse
	wraps := func(err error) error { return fmt.Errorf("pass: %w", err) }
	for _, tc := range []struct {
		name   string
		keys   []keys.Key
		wanted []string
		failed error
		status metav1.ConditionStatus
		reason string
	}{
		{"one signs", []keys.Key{signs("ES256", -1, 0)}, []string{"ES256"}, nil, yes, v1alpha1.ReasonKeysActive},
		{"one signs beside its successor", []keys.Key{signs("ES256", -1, 1), signs("ES256", 1, 0)}, []string{"ES256"}, nil, yes,
			v1alpha1.ReasonKeysActive},
		{"the successor signs", []keys.Key{signs("ES256", -2, -1), signs("ES256", -1, 0)}, []string{"ES256"}, nil, yes,
			v1alpha1.ReasonKeysActive},
		{"none", nil, []string{"ES256"}, nil, no, v1alpha1.ReasonKeysPending},
		{"one waits for reports", []keys.Key{signs("ES256", 0, 0)}, []string{"ES256"}, nil, no, v1alpha1.ReasonKeysPending},
		{"one waits for its time", []keys.Key{signs("ES256", 1, 0)}, []string{"ES256"}, nil, no, v1alpha1.ReasonKeysPending},
		{"one has stopped", []keys.Key{signs("ES256", -2, -1)}, []string{"ES256"}, nil, no, v1alpha1.ReasonKeysPending},
		{"the preferred one has its time, and another signs", []keys.Key{signs("ES256", -1, 0), signs("EdDSA", 1, 0)}, []string{"EdDSA", "ES256"}, nil, yes,
			v1alpha1.ReasonKeysScheduled},
		{"and if the other is not wanted any more", []keys.Key{signs("ES256", -1, 0), signs("EdDSA", 1, 0)}, []string{"EdDSA"}, nil, yes,
			v1alpha1.ReasonKeysScheduled},
		{"the preferred one waits for reports", []keys.Key{signs("ES256", -1, 0), signs("EdDSA", 0, 0)}, []string{"EdDSA", "ES256"}, nil, no,
			v1alpha1.ReasonKeysPending},
		{"the preferred one has its time, and another has none", []keys.Key{signs("ES256", -1, 0), signs("EdDSA", 1, 0)},
			[]string{"EdDSA", "ES256", "RS256"}, nil, no, v1alpha1.ReasonKeysPending},
		{"the other has its time", []keys.Key{signs("ES256", -1, 0), signs("EdDSA", 1, 0)}, []string{"ES256", "EdDSA"}, nil, no,
			v1alpha1.ReasonKeysPending},
		{"one of two", []keys.Key{signs("ES256", -1, 0)}, []string{"ES256", "EdDSA"}, nil, no, v1alpha1.ReasonKeysPending},
		{"not served", nil, nil, errNotServed, no, v1alpha1.ReasonNamespaceNotServed},
		{"unreadable", nil, nil, wraps(keyring.ErrUnreadable), no, v1alpha1.ReasonKeyRingUnreadable},
		{"a ring's name is taken", nil, nil, wraps(keyring.ErrNotOurs), no, v1alpha1.ReasonNameTaken},
		{"the configuration's name is taken", nil, nil, wraps(errNameTaken), no, v1alpha1.ReasonNameTaken},
	} {
		got := keysReady(keys.Ring{Keys: tc.keys}, tc.wanted, noon)
		if tc.failed != nil {
			got = *refusal(build.TokenIssuer("system/default"), tc.failed)
		}
		kind := v1alpha1.KeysReady
		if errors.Is(tc.failed, errNotServed) {
			kind = v1alpha1.Accepted
		}
		if got.Type != kind || got.Status != tc.status || got.Reason != tc.reason || got.Message == "" {
			t.Errorf("%s: %v, want %s/%s", tc.name, got, tc.status, tc.reason)
		}
	}
	if got := refusal(build.TokenIssuer("system/default"), errors.New("timeout")); got != nil {
		t.Errorf("a failure that passes is told as %v", got)
	}
}

// usersIn adds an identity provider whose users stand in a Secret.
func usersIn(secret string) func(*v1alpha1.TokenIssuer) {
	return func(ti *v1alpha1.TokenIssuer) {
		ti.Spec.IdentityProviders = append(ti.Spec.IdentityProviders, v1alpha1.IdentityProvider{
			Name: "staff", Users: &v1alpha1.UsersProvider{SecretRef: v1alpha1.SecretReference{Name: secret}},
		})
	}
}

// TestRecheck says when a pass wants the next one though nothing happens.
func TestRecheck(t *testing.T) {
	due := func(after time.Duration) keys.Step { return keys.Step{Next: noon.Add(after)} }
	waits := keys.Step{Ring: keys.Ring{Keys: []keys.Key{signs("ES256", 0, 0)}}}
	taken := refusal(build.TokenIssuer("system/default"), errNameTaken)
	unreadable := refusal(build.TokenIssuer("system/default"), keyring.ErrUnreadable)
	missing := providersReady(judge(build.TokenIssuer("system/default", usersIn("users")), nil, 0, nil))
	for _, tc := range []struct {
		name       string
		conditions []metav1.Condition
		steps      []keys.Step
		want       time.Duration
	}{
		{"nothing to do", nil, []keys.Step{{}, {}}, 0},
		{"the sooner of two", nil, []keys.Step{due(time.Hour), due(time.Minute)}, time.Minute},
		{"overdue", nil, []keys.Step{due(-time.Hour)}, time.Second},
		{"a key waits", nil, []keys.Step{waits, due(time.Hour)}, recheckPending},
		{"a key was asked for", nil, []keys.Step{{Generate: []string{"ES256"}}}, recheckPending},
		{"a step was taken", nil, []keys.Step{{Changed: true}}, recheckPending},
		{"a name is taken", []metav1.Condition{*taken}, []keys.Step{{}, {}}, recheckForeign},
		{"a name is taken, and a key is due", []metav1.Condition{*taken}, []keys.Step{due(time.Second)}, time.Second},
		{"a ring is unreadable", []metav1.Condition{*unreadable}, []keys.Step{{}, {}}, 0},
		{"users are missing", []metav1.Condition{*missing}, []keys.Step{due(time.Hour)}, recheckMissing},
	} {
		if got := recheck(noon, tc.conditions, tc.steps...); got != tc.want {
			t.Errorf("%s: look again after %v, want %v", tc.name, got, tc.want)
		}
	}
}

// TestBuiltin says what an issuer does whose spec does not say.
func TestBuiltin(t *testing.T) {
	for _, tc := range []struct {
		name       string
		issuer     *v1alpha1.TokenIssuer
		algorithms []string
		interval   time.Duration
	}{
		{"nothing", build.TokenIssuer("system/default"), []string{"ES256"}, DefaultRotationInterval},
		{"an empty block", build.TokenIssuer("system/default", build.Signs("")), []string{"ES256"}, DefaultRotationInterval},
		{"an interval", build.TokenIssuer("system/default", build.Signs("1h")), []string{"ES256"}, time.Hour},
		{"algorithms", build.TokenIssuer("system/default", build.Signs("", "EdDSA", "RS256")), []string{"EdDSA", "RS256"}, DefaultRotationInterval},
		{"people log in", build.TokenIssuer("system/default", usersIn("users")), []string{"ES256", "RS256"}, DefaultRotationInterval},
		{"people log in, and RS256 is listed", build.TokenIssuer("system/default", usersIn("users"), build.Signs("", "RS256", "ES256")),
			[]string{"RS256", "ES256"}, DefaultRotationInterval},
	} {
		if got := policy.SigningAlgorithms(&tc.issuer.Spec); !slices.Equal(got, tc.algorithms) {
			t.Errorf("%s: signs with %v, want %v", tc.name, got, tc.algorithms)
		}
		if got := rotationInterval(tc.issuer); got != tc.interval {
			t.Errorf("%s: a key signs for %v, want %v", tc.name, got, tc.interval)
		}
	}
}

// TestPublishLead says how long the next key waits, by rotationInterval and publishLead.
func TestPublishLead(t *testing.T) {
	for _, tc := range []struct {
		interval, lead v1alpha1.Duration
		want           time.Duration
	}{
		{"", "", 24 * time.Hour},
		{"48h", "", 24 * time.Hour},
		{"47h", "", 23*time.Hour + 30*time.Minute},
		{"1h", "", 30 * time.Minute},
		{"", "90s", 90 * time.Second},
		{"", "168h", 168 * time.Hour},
		{"1h", "168h", 30 * time.Minute}, // which admission refuses
	} {
		ti := build.TokenIssuer("system/default")
		if got := publishLead(ti); got != DefaultPublishLead {
			t.Errorf("without a block: %v", got)
		}
		ti.Spec.Signing = &v1alpha1.Signing{RotationInterval: tc.interval, PublishLead: tc.lead}
		if got := publishLead(ti); got != tc.want || signingRing(ti).plan.Lead != tc.want || sealingRing(ti).plan.Lead != 0 {
			t.Errorf("%q of %q: %v, want %v", tc.lead, tc.interval, got, tc.want)
		}
	}
}

// TestDescribe leaves out the oldest keys of a ring that has more than a status may list.
func TestDescribe(t *testing.T) {
	ring := keys.Ring{}
	for i := range 40 {
		k := signs("ES256", time.Duration(i-39)*time.Hour-1, time.Duration(i-38)*time.Hour-1)
		k.JWK.KeyID = fmt.Sprint(i)
		ring.Keys = append(ring.Keys, k)
	}
	for i := range 20 {
		ring.Revoked = append(ring.Revoked, keys.Revoked{KID: fmt.Sprint("gone", i), Algorithm: "ES256", RevokedAt: noon})
	}
	all := describe(ring, noon)
	revoked, rows := all[:16], all[16:]
	if revoked[0].KID != "gone4" || revoked[15].State != v1alpha1.KeyRevoked || !revoked[15].RevokedAt.Time.Equal(noon) {
		t.Errorf("revoked: %v", revoked)
	}
	if first, last := rows[0], rows[len(rows)-1]; len(rows) != 32 || first.KID != "8" || last.KID != "39" || last.State != v1alpha1.KeyActive {
		t.Errorf("%d rows, from %v to %v; want the newest 32", len(rows), first, last)
	}
}
