package tokenissuer_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/keyring"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

func TestNewIssuerSignsAtOnce(t *testing.T) {
	s := begin(t)
	s.pass(t)
	want := []string{"create signing keys", "create sealing keys", "create configuration", "apply TokenIssuer status"}
	if diff := cmp.Diff(want, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	s.WantCondition(t, s.issuer, v1alpha1.KeysReady, metav1.ConditionTrue, v1alpha1.ReasonKeysActive)
	if diff := cmp.Diff([]string{"ES256 Active"}, states(s.issuer.Status.Keys)); diff != "" {
		t.Errorf("signing keys (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"XC20P Active"}, states(s.issuer.Status.SealingKeys)); diff != "" {
		t.Errorf("sealing keys (-want +got):\n%s", diff)
	}
	held := s.configuration()
	s.Read(t, held)
	config, err := registration.DecodeConfig([]byte(held.Data[registration.ConfigDataKey]))
	if err != nil || config.URL != build.URL || !metav1.IsControlledBy(held, s.issuer) {
		t.Errorf("configuration %+v (%v), of %v", config, err, held.OwnerReferences)
	}
	if told := s.Told(); len(told) != 0 {
		t.Errorf("told %q of an issuer that is well from the start", told)
	}
}

func TestSteadyStateWritesNothing(t *testing.T) {
	s := running(t, build.Signs("24h", "ES256", "EdDSA"))
	for range 4 {
		s.step(5 * time.Minute)
		s.report(t, "one")
		s.pass(t)
	}
	if writes := s.Writes(); len(writes) != 0 {
		t.Errorf("wrote %q, though nothing changed but reports", writes)
	}
}

// TestRotation follows one key through its life, beside two replicas of which one is slow.
func TestRotation(t *testing.T) {
	const interval = time.Hour
	s := running(t, build.Signs("1h", "ES256"))
	first := s.issuer.Status.Keys[0].KID
	s.report(t, "quick")
	s.report(t, "slow")
	old := s.ring(t, s.signingSecret()).Revision
	wantAhead(t, s, s.issuer.Status.Keys[0].SignFrom.Add(interval), time.Time{})

	s.step(interval)
	s.report(t, "quick")
	s.report(t, "slow")
	s.pass(t)
	wantStates(t, s, "ES256 Active", "ES256 Pending")
	wantAhead(t, s, time.Time{}, time.Time{}) // the replicas decide
	second := s.issuer.Status.Keys[1].KID

	s.step(30 * time.Second)
	s.report(t, "quick")
	s.reportRevisions(t, "slow", old, 1)
	if result := s.pass(t); result.RequeueAfter == 0 || result.RequeueAfter > time.Minute {
		t.Errorf("looks again after %v, with a key that waits for a report", result.RequeueAfter)
	}
	wantStates(t, s, "ES256 Active", "ES256 Pending")

	s.step(30 * time.Second)
	s.report(t, "slow")
	loaded := s.Clock.Now()
	s.pass(t)
	wantStates(t, s, "ES256 Active", "ES256 Published")
	from := s.issuer.Status.Keys[1].SignFrom.Time
	wantAhead(t, s, from, time.Time{})
	if lead := from.Sub(loaded); lead < interval/2 {
		t.Errorf("the key signs %v after the last replica has loaded it, want %v at least", lead, interval/2)
	}
	if until := s.issuer.Status.Keys[0].SignUntil; until == nil || !until.Time.Equal(from) {
		t.Errorf("the former key signs until %v, want %v, when the next one begins", until, from)
	}

	s.Clock.SetTime(from.Add(-time.Second))
	s.pass(t)
	wantStates(t, s, "ES256 Active", "ES256 Published")
	s.Told()

	s.Clock.SetTime(from)
	s.report(t, "quick")
	s.report(t, "slow")
	s.pass(t)
	wantStates(t, s, "ES256 Retiring", "ES256 Active")
	if told := s.Told(); len(told) != 1 || !strings.Contains(told[0], second) {
		t.Errorf("told %q, want that %s signs now", told, second)
	}

	s.report(t, "quick")
	s.report(t, "slow")
	s.pass(t)
	longest := time.Duration(s.ring(t, s.signingSecret()).LongestLifetime) * time.Second
	expiry := s.issuer.Status.Keys[0].RemoveAfter
	if expiry == nil || expiry.Time.Before(from.Add(longest)) {
		t.Fatalf("the former key is kept until %v, want %v at least, when its last token has expired", expiry, from.Add(longest))
	}

	wantAhead(t, s, from.Add(interval), expiry.Add(keys.Skew))

	s.Clock.SetTime(expiry.Time)
	s.report(t, "quick")
	s.report(t, "slow")
	s.pass(t)
	if row := s.issuer.Status.Keys[0]; row.KID != first || row.State != v1alpha1.KeyRetiring {
		t.Errorf("at the last token's expiry the first key is %v, want %s, still served", row, first)
	}

	s.step(2 * time.Minute)
	s.report(t, "quick")
	s.reportRevisions(t, "slow", old, 1)
	s.pass(t)
	if s.issuer.Status.Keys[0].KID != first {
		t.Error("a key was removed that a replica may still sign with")
	}
	s.report(t, "slow")
	s.pass(t)
	for _, row := range s.issuer.Status.Keys {
		if row.KID == first {
			t.Errorf("the first key is still there: %v", row)
		}
	}
}

// wantAhead compares what is said of the next rotation and removal; the zero time is nothing.
func wantAhead(t *testing.T, s *story, rotation, removal time.Time) {
	t.Helper()
	for _, row := range []struct {
		name string
		got  *metav1.Time
		want time.Time
	}{{"rotation", s.issuer.Status.NextKeyRotation, rotation}, {"removal", s.issuer.Status.NextKeyRemoval, removal}} {
		if row.got == nil && !row.want.IsZero() || row.got != nil && !row.got.Time.Equal(row.want) {
			t.Errorf("the next %s is at %v, want %v", row.name, row.got, row.want)
		}
	}
}

func wantStates(t *testing.T, s *story, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, states(s.issuer.Status.Keys)); diff != "" {
		t.Fatalf("signing keys (-want +got):\n%s", diff)
	}
}

// TestManyRotations lets days go by, with replicas that report now and then, and holds at each step what must never
// break: somebody signs, and whatever signs was served by everybody for half the interval.
func TestManyRotations(t *testing.T) {
	s := running(t, build.Signs("1h", "ES256", "EdDSA"))
	served := map[string]time.Time{} // since when every replica has had a key
	for _, row := range s.issuer.Status.Keys {
		served[row.KID] = s.Clock.Now().Add(-time.Hour) // nobody knew an older set
	}
	retired := map[string]time.Time{}
	removed := 0
	for range 95 {
		s.step(3 * time.Minute)
		s.report(t, "one")
		s.report(t, "two")
		now := s.Clock.Now()
		ring := s.ring(t, s.signingSecret())
		active := map[string]int{}
		for _, k := range ring.Keys {
			kid := k.JWK.KeyID
			if served[kid].IsZero() {
				served[kid] = now
			}
			switch k.StateAt(now) {
			case keys.Active:
				active[k.JWK.Algorithm]++
				if k.SignFrom.Sub(served[kid]) < 29*time.Minute {
					t.Errorf("key %s signs from %v, and is served since %v", kid, k.SignFrom, served[kid])
				}
			case keys.Retiring:
				retired[kid] = k.SignUntil
			case keys.Pending, keys.Published:
			}
		}
		if active["ES256"] != 1 || active["EdDSA"] != 1 {
			t.Fatalf("at %v these sign: %v, want one of each", now, active)
		}
		for kid, until := range retired {
			if !holds(ring, kid) {
				removed++
				delete(retired, kid)
				if gone := now.Sub(until); gone < time.Hour {
					t.Errorf("key %s was removed %v after it signed last", kid, gone)
				}
			}
		}
		s.pass(t)
	}
	if removed < 4 {
		t.Errorf("%d keys were removed, want several", removed)
	}
	if n := len(s.ring(t, s.signingSecret()).Keys); n > 8 {
		t.Errorf("%d keys are left", n)
	}
}

func holds(ring keys.Ring, kid string) bool {
	for _, k := range ring.Keys {
		if k.JWK.KeyID == kid {
			return true
		}
	}
	return false
}

// TestNewAlgorithmWaits adds an algorithm to an issuer that runs: it is not ready for it at once, and says so.
func TestNewAlgorithmWaits(t *testing.T) {
	s := running(t)
	s.report(t, "one")
	stage.Change(t, s.Stage, s.issuer, build.Signs("24h", "ES256", "EdDSA"))
	s.pass(t)
	wantStates(t, s, "ES256 Active", "EdDSA Pending")
	s.WantCondition(t, s.issuer, v1alpha1.KeysReady, metav1.ConditionFalse, v1alpha1.ReasonKeysPending)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonKeysPending)
	if stage.Message(s.issuer, v1alpha1.Stalled) != "" {
		t.Error("it is stalled, although it only has to wait")
	}
	s.WantCondition(t, s.issuer, v1alpha1.Reconciling, metav1.ConditionTrue, v1alpha1.ReasonKeysPending)
	s.report(t, "one")
	s.pass(t)
	s.step(2 * time.Minute)
	s.report(t, "one")
	s.pass(t)
	wantStates(t, s, "ES256 Active", "EdDSA Active")
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	if stage.Message(s.issuer, v1alpha1.Reconciling) != "" {
		t.Error("it says that it waits, although it is ready")
	}
}

// TestPreferredAlgorithmIsPublishedForLong prefers an algorithm that there is no key for: the former one signs for half a
// day more, in which nobody has to wait for the issuer.
func TestPreferredAlgorithmIsPublishedForLong(t *testing.T) {
	s := running(t)
	s.report(t, "one")
	stage.Change(t, s.Stage, s.issuer, build.Signs("24h", "EdDSA"))
	s.pass(t)
	s.report(t, "one")
	s.pass(t)
	for range 11 {
		wantStates(t, s, "ES256 Active", "EdDSA Published")
		s.WantCondition(t, s.issuer, v1alpha1.KeysReady, metav1.ConditionTrue, v1alpha1.ReasonKeysScheduled)
		s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
		s.step(time.Hour)
		s.report(t, "one")
		s.pass(t)
	}
	s.step(time.Hour + time.Minute)
	s.report(t, "one")
	s.pass(t)
	wantStates(t, s, "ES256 Active", "EdDSA Active") // the former one has a lead of its own
	s.WantCondition(t, s.issuer, v1alpha1.KeysReady, metav1.ConditionTrue, v1alpha1.ReasonKeysActive)
	s.step(2 * time.Minute)
	s.pass(t)
	wantStates(t, s, "ES256 Retiring", "EdDSA Active")
}

// TestRefusals is the table of what no retry can help: it is told, and nothing is overwritten.
func TestRefusals(t *testing.T) {
	unreadable := func(data string) func(*testing.T, *story, string) {
		return func(t *testing.T, s *story, name string) {
			s.pass(t)
			stage.Change(t, s.Stage, s.secret(name), func(held *corev1.Secret) {
				held.Data = map[string][]byte{registration.RingDataKey: []byte(data)}
			})
		}
	}
	foreign := func(kind corev1.SecretType, issuer string) func(*testing.T, *story, string) {
		return func(t *testing.T, s *story, name string) {
			held := s.secret(name)
			held.Type, held.Data = kind, map[string][]byte{"a": []byte("theirs")}
			held.Labels = map[string]string{v1alpha1.IssuerLabel: issuer}
			s.Create(t, held)
		}
	}
	signing, sealing := registration.SigningRingName("default"), registration.SealingRingName("default")
	for _, tc := range []struct {
		name   string
		secret string
		given  func(*testing.T, *story, string)
		reason string
	}{
		{"an empty signing ring", signing, unreadable(""), v1alpha1.ReasonKeyRingUnreadable},
		{"a garbled signing ring", signing, unreadable("{"), v1alpha1.ReasonKeyRingUnreadable},
		{"a signing ring of a later version", signing, unreadable(`{"version":2,"keys":[]}`), v1alpha1.ReasonKeyRingUnreadable},
		{"a garbled sealing ring", sealing, unreadable("{"), v1alpha1.ReasonKeyRingUnreadable},
		{"a Secret in the signing ring's place", signing, foreign(corev1.SecretTypeOpaque, "default"), v1alpha1.ReasonNameTaken},
		{"the signing ring of another issuer", signing, foreign(v1alpha1.KeyRingSecretType, "other"), v1alpha1.ReasonNameTaken},
		{"a Secret in the sealing ring's place", sealing, foreign(corev1.SecretTypeOpaque, "default"), v1alpha1.ReasonNameTaken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			tc.given(t, s, tc.secret)
			before := s.secret(tc.secret)
			s.Read(t, before)
			var result time.Duration
			for range 3 {
				result = s.pass(t).RequeueAfter
			}
			s.WantCondition(t, s.issuer, v1alpha1.KeysReady, metav1.ConditionFalse, tc.reason)
			s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionFalse, tc.reason)
			s.WantCondition(t, s.issuer, v1alpha1.Stalled, metav1.ConditionTrue, tc.reason)
			if message := stage.Message(s.issuer, v1alpha1.Ready); !strings.Contains(message, tc.secret) {
				t.Errorf("the message %q does not name %s", message, tc.secret)
			}
			after := s.secret(tc.secret)
			s.Read(t, after)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("the Secret changed (-before +after):\n%s", diff)
			}
			if tc.reason == v1alpha1.ReasonNameTaken && result == 0 {
				t.Error("nothing tells of a foreign Secret that goes, and nobody looks again")
			}
			s.Delete(t, after)
			s.settle(t)
			s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
		})
	}
}

// TestForeignConfigMap leaves the ConfigMap of somebody else alone.
func TestForeignConfigMap(t *testing.T) {
	s := begin(t)
	foreign := s.configuration()
	foreign.Data = map[string]string{"a": "theirs"}
	s.Create(t, foreign)
	result := s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonNameTaken)
	after := s.configuration()
	s.Read(t, after)
	if diff := cmp.Diff(foreign, after); diff != "" {
		t.Errorf("the ConfigMap changed (-before +after):\n%s", diff)
	}
	if result.RequeueAfter == 0 {
		t.Error("nothing tells of a foreign ConfigMap that goes, and nobody looks again")
	}
	s.Delete(t, foreign)
	s.settle(t)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
}

// TestConfigurationHeals undoes what others did to the ConfigMap, and writes nothing more than that.
func TestConfigurationHeals(t *testing.T) {
	for _, tc := range []struct {
		name  string
		alter func(*testing.T, *story)
		want  string
	}{
		{"altered", func(t *testing.T, s *story) {
			stage.Change(t, s.Stage, s.configuration(), func(c *corev1.ConfigMap) { c.Data[registration.ConfigDataKey] = "{}" })
		}, "update configuration"},
		{"given another key", func(t *testing.T, s *story) {
			stage.Change(t, s.Stage, s.configuration(), func(c *corev1.ConfigMap) { c.Data["extra"] = "x" })
		}, "update configuration"},
		{"without an owner", func(t *testing.T, s *story) {
			stage.Change(t, s.Stage, s.configuration(), func(c *corev1.ConfigMap) { c.OwnerReferences = nil })
		}, "update configuration"},
		{"without the label that it is watched by", func(t *testing.T, s *story) {
			stage.Change(t, s.Stage, s.configuration(), func(c *corev1.ConfigMap) { delete(c.Labels, v1alpha1.ManagedByLabel) })
		}, "update configuration"},
		{"deleted", func(t *testing.T, s *story) { s.Delete(t, s.configuration()) }, "create configuration"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := running(t)
			sound := s.configuration()
			s.Read(t, sound)
			tc.alter(t, s)
			s.pass(t)
			if diff := cmp.Diff([]string{tc.want}, s.Writes()); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			healed := s.configuration()
			s.Read(t, healed)
			if diff := cmp.Diff([]any{sound.Data, sound.Labels, sound.OwnerReferences},
				[]any{healed.Data, healed.Labels, healed.OwnerReferences}); diff != "" {
				t.Errorf("configuration (-sound +healed):\n%s", diff)
			}
		})
	}
}

func TestUnservedNamespace(t *testing.T) {
	s := begin(t)
	own := build.TokenIssuer(s.Apps + "/own")
	s.Create(t, own)
	s.Reconcile(t, s.reconciler, own)
	s.Reconcile(t, s.reconciler, own)
	if diff := cmp.Diff([]string{"apply TokenIssuer status"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.WantCondition(t, own, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonNamespaceNotServed)
	s.WantCondition(t, own, v1alpha1.Stalled, metav1.ConditionTrue, v1alpha1.ReasonNamespaceNotServed)
}

// TestBrokenSelector takes nothing from anybody and says so.
func TestBrokenSelector(t *testing.T) {
	s := running(t)
	s.issuer.Spec.ClientNamespaces = &v1alpha1.ClientNamespaces{
		From:     v1alpha1.NamespacesSelector,
		Selector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "a", Operator: "Foo"}}},
	}
	if err := s.Client.Update(t.Context(), s.issuer); err != nil {
		t.Fatal(err)
	}
	s.settle(t)
	s.WantCondition(t, s.issuer, v1alpha1.Accepted, metav1.ConditionFalse, v1alpha1.ReasonInvalidSelector)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonInvalidSelector)
	s.WantCondition(t, s.issuer, v1alpha1.KeysReady, metav1.ConditionTrue, v1alpha1.ReasonKeysActive)
}

// TestIssuersSideBySide gives each its own keys and reads of each its own replicas' reports only.
func TestIssuersSideBySide(t *testing.T) {
	s := running(t, build.Signs("1h", "ES256"))
	other := build.TokenIssuer(s.System+"/other", build.Signs("1h", "ES256"))
	s.Create(t, other, build.Report("of-other", s.System+"/other", s.Clock.Now(), 0, 0))
	s.Reconcile(t, s.reconciler, other)
	s.Read(t, other)
	if s.issuer.Status.Keys[0].KID == other.Status.Keys[0].KID {
		t.Error("two issuers share a key")
	}
	theirs := s.ring(t, s.secret(registration.SigningRingName("other")))

	s.step(time.Hour)
	stage.Change(t, s.Stage, build.Report("of-other", s.System+"/other", s.Clock.Now(), 0, 0), func(r *v1alpha1.IssuerReport) {
		r.Spec.RenewedAt = metav1.NewTime(s.Clock.Now())
	})
	s.pass(t)
	s.pass(t)
	wantStates(t, s, "ES256 Active", "ES256 Published")
	if diff := cmp.Diff(theirs.Revision, s.ring(t, s.secret(registration.SigningRingName("other"))).Revision); diff != "" {
		t.Errorf("the rotation of one issuer changed the other's ring: %s", diff)
	}
	s.Reconcile(t, s.reconciler, other)
	s.Reconcile(t, s.reconciler, other)
	s.Read(t, other)
	if diff := cmp.Diff([]string{"ES256 Active", "ES256 Pending"}, states(other.Status.Keys)); diff != "" {
		t.Errorf("the other's keys, whose replica has loaded nothing (-want +got):\n%s", diff)
	}
}

// TestReappliedIssuerHasItsKeys deletes a TokenIssuer and applies it again: every token is valid still.
func TestReappliedIssuerHasItsKeys(t *testing.T) {
	s := running(t)
	before := s.issuer.Status.Keys[0].KID
	s.Delete(t, s.issuer)
	s.Sync(t)
	s.settle(t)
	if !s.Gone(t, s.issuer) {
		t.Error("the TokenIssuer is held")
	}
	s.issuer = build.TokenIssuer(s.Issuer().String())
	s.Create(t, s.issuer)
	s.settle(t)
	s.Read(t, s.issuer)
	if diff := cmp.Diff([]string{before}, []string{s.issuer.Status.Keys[0].KID}); diff != "" {
		t.Errorf("keys (-before +after):\n%s", diff)
	}
	held := s.configuration()
	s.Read(t, held)
	if !metav1.IsControlledBy(held, s.issuer) {
		t.Error("the configuration still belongs to the former TokenIssuer, and will go with it")
	}
}

// TestCrashes lets the operator die at each write of a start and of a rotation.
func TestCrashes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		given func(*testing.T) *story
		want  []string
	}{
		{"a new issuer", func(t *testing.T) *story { return begin(t, build.Signs("1h", "ES256", "EdDSA")) },
			[]string{"ES256 Active", "EdDSA Active"}},
		{"a rotation that is due", func(t *testing.T) *story {
			s := running(t, build.Signs("1h", "ES256"))
			s.step(time.Hour)
			s.report(t, "one")
			return s
		}, []string{"ES256 Active", "ES256 Pending"}},
		{"a key that is to be revoked", func(t *testing.T) *story {
			s := running(t, build.Signs("1h", "ES256", "EdDSA"))
			s.revoke(t, []string{s.issuer.Status.Keys[0].KID}, []string{"unknown"})
			return s
		}, []string{"ES256 Revoked", "EdDSA Active", "ES256 Published"}},
	} {
		for _, moment := range []stage.Moment{stage.Before, stage.After} {
			crashed := true
			for n := 1; crashed; n++ {
				crashed = false // also when the story fails before it says
				t.Run(fmt.Sprint(tc.name, " ", moment, " write ", n), func(t *testing.T) {
					s := tc.given(t)
					s.CrashAt(n, moment)
					_, err := s.Try(t, s.reconciler, s.issuer)
					if crashed = s.Restart(); crashed != (err != nil) {
						t.Errorf("Reconcile: %v", err)
					}
					s.settle(t)
					s.Read(t, s.issuer)
					wantStates(t, s, tc.want...)
					if diff := cmp.Diff([]string{"XC20P Active"}, states(s.issuer.Status.SealingKeys)[:1]); diff != "" {
						t.Errorf("sealing keys (-want +got):\n%s", diff)
					}
				})
			}
		}
	}
}

// TestRingSurvivesRivals lets another writer change the ring while this one is about to: the later one has to look
// again, and nothing that either did is lost.
func TestRingSurvivesRivals(t *testing.T) {
	s := running(t, build.Signs("1h", "ES256"))
	s.step(time.Hour)
	s.Meanwhile("update signing keys", func() {
		if err := keyring.Raise(t.Context(), s.Client, s.Client, key(s.issuer), registration.SigningRingName("default"), 12*time.Hour); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Try(t, s.reconciler, s.issuer); !apierrors.IsConflict(err) {
		t.Errorf("Reconcile: %v, want a conflict", err)
	}
	s.pass(t)
	wantStates(t, s, "ES256 Active", "ES256 Pending")
	if got := s.ring(t, s.signingSecret()).LongestLifetime; got != int64((12 * time.Hour).Seconds()) {
		t.Errorf("the ring remembers lifetimes up to %d s, want 12h", got)
	}
}

// TestDeadReplicaHoldsNothingUp lets a replica end without a word: it delays a rotation for minutes, not for ever, and its
// report is removed one day.
func TestDeadReplicaHoldsNothingUp(t *testing.T) {
	s := running(t, build.Signs("1h", "ES256"))
	s.report(t, "dead")
	s.step(time.Hour)
	s.report(t, "live")
	s.pass(t)
	s.report(t, "live")
	s.pass(t)
	wantStates(t, s, "ES256 Active", "ES256 Published")
	s.Writes()
	s.step(time.Minute)
	s.report(t, "live")
	s.pass(t)
	if diff := cmp.Diff([]string{"delete IssuerReport"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if !s.Gone(t, build.Report("dead", s.Issuer().String(), s.Clock.Now(), 0, 0)) ||
		s.Gone(t, build.Report("live", s.Issuer().String(), s.Clock.Now(), 0, 0)) {
		t.Error("want the report of the dead replica removed, and that of the live one kept")
	}
}

// TestClientsAreCounted counts the clients that are registered, not those that wish to be.
func TestClientsAreCounted(t *testing.T) {
	s := running(t)
	s.Create(t, build.TokenPolicy(s.System+"/root", build.SelectClients(map[string]string{"tier": "front"})),
		build.OAuthClient(s.Apps+"/a", build.Labels(map[string]string{"tier": "front"})), build.OAuthClient(s.Apps+"/b"))
	for _, name := range []string{"a", "b"} {
		s.Reconcile(t, s.OAuthClients(), build.OAuthClient(s.Apps+"/"+name))
	}
	s.pass(t)
	if got := s.issuer.Status.Clients; got == nil || *got != 1 {
		t.Errorf("%v clients, want 1", got)
	}
}

// TestNothingSecretIsTold looks for private keys in all that others may read.
func TestNothingSecretIsTold(t *testing.T) {
	s := running(t, build.Signs("1h", "ES256", "RS256", "EdDSA"))
	s.step(time.Hour)
	s.pass(t)
	var private []string
	for _, held := range []*corev1.Secret{s.signingSecret(), s.sealingSecret()} {
		for _, k := range s.ring(t, held).Keys {
			data, err := json.Marshal(k.JWK)
			if err != nil {
				t.Fatal(err)
			}
			var members map[string]any
			if err := json.Unmarshal(data, &members); err != nil {
				t.Fatal(err)
			}
			for _, member := range []string{"d", "k", "p", "q"} {
				if value, ok := members[member].(string); ok {
					private = append(private, value)
				}
			}
		}
	}
	held := s.configuration()
	s.Read(t, held)
	public, _ := json.Marshal([]any{s.issuer, held})
	told := strings.Join(append(s.Told(), s.Logs(), string(public)), "\n")
	for _, value := range private {
		if strings.Contains(told, value) {
			t.Errorf("a part of a private key of %d characters stands where everybody can read it", len(value))
		}
	}
	if len(private) < 7 {
		t.Errorf("looked for %d private parts only", len(private))
	}
}

// TestManyKeysAreTold rotates two algorithms as often, and keeps their keys as long, as the API allows.
func TestManyKeysAreTold(t *testing.T) {
	s := running(t, build.Signs("1h", "ES256", "EdDSA"))
	if err := keyring.Raise(t.Context(), s.Client, s.Client, key(s.issuer), registration.SigningRingName("default"), 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	for range 17 {
		s.step(time.Hour)
		for range 3 {
			s.step(2 * time.Minute)
			s.pass(t)
		}
	}
	if got, shown := len(s.ring(t, s.signingSecret()).Keys), len(s.issuer.Status.Keys); got <= shown {
		t.Errorf("%d keys, and %d in status: the test never got to the bound", got, shown)
	}
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
}
