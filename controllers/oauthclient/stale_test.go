package oauthclient_test

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

// TestStatusThatTheCacheLacks lets a pass find nothing to report, while the cache has not seen yet what the pass before
// wrote. No event tells of a status, so that pass must not be the last.
func TestStatusThatTheCacheLacks(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	s.Sync(t)
	s.Freeze()
	s.Read(t, oc)
	oc.Status.Conditions[0].Status, oc.Status.Conditions[0].Reason = metav1.ConditionFalse, v1alpha1.ReasonPolicyNotAccepted
	if err := s.Client.Status().Update(t.Context(), oc); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TryStale(t, s.reconciler, oc); !apierrors.IsConflict(err) {
		t.Errorf("a pass with a stale cache: %v, want a conflict, so that it comes again", err)
	}
	s.Thaw(t)
	s.reconciler = s.OAuthClients()
	s.pass(t, oc)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
}

// TestRegistrationThatTheCacheLacks expels a client whose registration the cache has not seen yet.
func TestRegistrationThatTheCacheLacks(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	held := s.registrationSecret(oc)
	s.Read(t, held)
	s.changeIssuer(t, build.OwnNamespaceOnly())
	s.settle(t, oc)
	s.Sync(t)
	s.Freeze()
	held.ResourceVersion, held.UID = "", ""
	s.Create(t, held)
	if _, err := s.TryStale(t, s.reconciler, oc); err != nil {
		t.Fatal(err)
	}
	if !s.Gone(t, held) {
		t.Error("the registration stays, though the client is not admitted")
	}
}
