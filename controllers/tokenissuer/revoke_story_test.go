package tokenissuer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/keyring"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// revoke lists these keys in the spec.
func (s *story) revoke(t *testing.T, signing, sealing []string) {
	t.Helper()
	stage.Change(t, s.Stage, s.issuer, build.Revokes(signing, sealing))
}

// TestRevokeTheOnlyKey follows a signing key from the commit that revokes it to the day on which nobody speaks of it.
func TestRevokeTheOnlyKey(t *testing.T) {
	s := running(t)
	s.report(t, "one")
	leaked := s.issuer.Status.Keys[0].KID
	s.revoke(t, []string{leaked}, nil)
	s.pass(t)
	if diff := cmp.Diff([]string{"update signing keys", "apply TokenIssuer status"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	wantStates(t, s, "ES256 Revoked", "ES256 Pending")
	if row := s.issuer.Status.Keys[0]; row.KID != leaked || row.RevokedAt == nil || !row.RevokedAt.Time.Equal(s.Clock.Now().Truncate(time.Second)) {
		t.Errorf("the row is %+v", row)
	}
	if held := s.ring(t, s.signingSecret()); holds(held, leaked) {
		t.Error("the key is still in the ring")
	}
	s.WantCondition(t, s.issuer, v1alpha1.KeysRevoked, metav1.ConditionTrue, v1alpha1.ReasonKeysRevoked)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonKeysPending)
	if message := stage.Message(s.issuer, v1alpha1.KeysRevoked); !strings.Contains(message, leaked) || !strings.Contains(message, "docs/verifiers.md") {
		t.Errorf("it says %q, want the key and where to read of verifiers", message)
	}
	if told := strings.Join(s.Told(), "\n"); !strings.Contains(told, leaked) || !strings.Contains(told, "KeyRevoked") {
		t.Errorf("told %q, want the key that was revoked", told)
	}

	s.report(t, "one")
	s.pass(t)
	wantStates(t, s, "ES256 Revoked", "ES256 Active")
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)

	s.revoke(t, nil, nil)
	s.settle(t)
	s.Read(t, s.issuer)
	wantStates(t, s, "ES256 Revoked", "ES256 Active")
	s.report(t, "one")
	s.settle(t)
	s.step(2 * time.Hour)
	s.report(t, "one")
	s.pass(t)
	wantStates(t, s, "ES256 Active")
	if message := stage.Message(s.issuer, v1alpha1.KeysRevoked); message != "" {
		t.Errorf("it still says %q", message)
	}
}

// TestRevokeASealingKey does the same for what only replicas open.
func TestRevokeASealingKey(t *testing.T) {
	s := running(t)
	s.report(t, "one")
	leaked := s.issuer.Status.SealingKeys[0].KID
	s.revoke(t, nil, []string{leaked})
	s.pass(t)
	if told := strings.Join(s.Told(), "\n"); !strings.Contains(told, leaked) {
		t.Errorf("told %q, want the key that was revoked", told)
	}
	s.report(t, "one")
	s.pass(t)
	if diff := cmp.Diff([]string{"XC20P Revoked", "XC20P Active"}, states(s.issuer.Status.SealingKeys)); diff != "" {
		t.Errorf("sealing keys (-want +got):\n%s", diff)
	}
	wantStates(t, s, "ES256 Active")
	if message := stage.Message(s.issuer, v1alpha1.KeysRevoked); !strings.Contains(message, "sealing key "+leaked) {
		t.Errorf("it says %q", message)
	}
}

// TestRevokeWhatIsNoKey changes no ring, keeps nobody from being Ready, and is told.
func TestRevokeWhatIsNoKey(t *testing.T) {
	s := running(t)
	sealing := s.issuer.Status.SealingKeys[0].KID
	s.revoke(t, []string{"mistyped", sealing}, nil)
	s.pass(t)
	if diff := cmp.Diff([]string{"apply TokenIssuer status"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.WantCondition(t, s.issuer, v1alpha1.KeysRevoked, metav1.ConditionFalse, v1alpha1.ReasonKeyNotFound)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	if told := strings.Join(s.Told(), "\n"); !strings.Contains(told, "mistyped") || !strings.Contains(told, "sealing.revokeKeys") {
		t.Errorf("told %q, want both kids", told)
	}
}

// TestRevokeAmongRivals lets another writer raise the ring in between, and a former leader write the ring that it read before
// the revocation: the one looks again, and the other loses.
func TestRevokeAmongRivals(t *testing.T) {
	s := running(t)
	leaked := s.issuer.Status.Keys[0].KID
	former, err := keyring.Load(t.Context(), s.Client, key(s.issuer), registration.SigningRingName("default"))
	if err != nil {
		t.Fatal(err)
	}
	s.revoke(t, []string{leaked}, nil)
	s.Meanwhile("update signing keys", func() {
		if err := keyring.Raise(t.Context(), s.Client, s.Client, key(s.issuer), registration.SigningRingName("default"), 12*time.Hour); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Try(t, s.reconciler, s.issuer); !apierrors.IsConflict(err) {
		t.Errorf("Reconcile: %v, want a conflict", err)
	}
	s.settle(t)
	if err := former.Save(t.Context(), s.Client, former.Ring); !apierrors.IsConflict(err) {
		t.Errorf("the former leader: %v, want a conflict", err)
	}
	if ring := s.ring(t, s.signingSecret()); holds(ring, leaked) || ring.LongestLifetime != 12*3600 || len(ring.Revoked) != 1 {
		t.Errorf("the ring remembers %d s and %v, and holds the key: %t", ring.LongestLifetime, ring.Revoked, holds(ring, leaked))
	}
	if err := keyring.Raise(t.Context(), s.Client, s.Client, key(s.issuer), registration.SigningRingName("default"), 20*time.Hour); err != nil {
		t.Error(err)
	}
	if ring := s.ring(t, s.signingSecret()); len(ring.Revoked) != 1 {
		t.Error("whoever raises the ring forgets what was revoked")
	}
}

// TestRestoredRingIsRevokedAgain restores the ring from a backup, with the key that the spec still lists.
func TestRestoredRingIsRevokedAgain(t *testing.T) {
	s := running(t)
	backup := s.signingSecret()
	s.Read(t, backup)
	leaked := s.issuer.Status.Keys[0].KID
	s.revoke(t, []string{leaked}, nil)
	s.settle(t)
	s.Delete(t, s.signingSecret())
	backup.ResourceVersion, backup.UID = "", ""
	s.Create(t, backup)
	s.settle(t)
	if ring := s.ring(t, s.signingSecret()); holds(ring, leaked) {
		t.Error("the key is back")
	}
	s.Read(t, s.issuer)
	s.WantCondition(t, s.issuer, v1alpha1.KeysRevoked, metav1.ConditionTrue, v1alpha1.ReasonKeysRevoked)
}
