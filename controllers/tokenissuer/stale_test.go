package tokenissuer_test

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
)

// TestStatusThatTheCacheLacks lets a pass find nothing to report, while the cache has not seen yet what the pass before
// wrote. No event tells of a status, so that pass must not be the last.
func TestStatusThatTheCacheLacks(t *testing.T) {
	s := running(t)
	s.Sync(t)
	s.Freeze()
	s.Read(t, s.issuer)
	s.issuer.Status.Conditions[0].Status, s.issuer.Status.Conditions[0].Reason = metav1.ConditionFalse, v1alpha1.ReasonNameTaken
	if err := s.Client.Status().Update(t.Context(), s.issuer); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TryStale(t, s.reconciler, s.issuer); !apierrors.IsConflict(err) {
		t.Errorf("a pass with a stale cache: %v, want a conflict, so that it comes again", err)
	}
	s.Thaw(t)
	s.reconciler = s.TokenIssuers()
	s.pass(t)
	s.WantCondition(t, s.issuer, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
}
