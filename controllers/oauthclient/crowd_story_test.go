package oauthclient_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// waits wants a client to be told that there is no room.
func (s *story) waits(t *testing.T, oc *v1alpha1.OAuthClient) {
	t.Helper()
	s.settle(t, oc)
	s.WantCondition(t, oc, v1alpha1.Registered, metav1.ConditionFalse, v1alpha1.ReasonTooManyClients)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonTooManyClients)
	if !s.Gone(t, s.registrationSecret(oc)) || !s.Gone(t, s.credentialsSecret(oc)) {
		t.Errorf("%s is registered", oc.Name)
	}
}

// TestMaxClients bounds the clients of each namespace. A place that becomes free is the oldest one's, who is woken.
func TestMaxClients(t *testing.T) {
	s := &crowd{story: begin(t)}
	s.more = s.Namespace(t)
	s.changeIssuer(t, build.MaxClients(2))
	first, second := s.registered(t, "b-first"), s.registered(t, "c-second")
	third, fourth := s.client(t, "d-third"), s.client(t, "e-fourth")
	s.waits(t, fourth)
	s.waits(t, third)
	if message := stage.Message(third, v1alpha1.Ready); !strings.Contains(message, "at most 2 clients of namespace "+s.Apps) {
		t.Errorf("the third is told %q", message)
	}
	elsewhere := build.OAuthClient(s.more + "/third")
	s.Create(t, elsewhere)
	s.settle(t, elsewhere)
	s.WantCondition(t, elsewhere, v1alpha1.Registered, metav1.ConditionTrue, v1alpha1.ReasonRegistered)

	gone := s.registrationSecret(first)
	s.Read(t, gone)
	s.Delete(t, first)
	s.pass(t, first)
	woken := s.woken(t, func(q queue) { s.reconciler.OnSecret().Delete(t.Context(), event.DeleteEvent{Object: gone}, q) })
	if diff := cmp.Diff([]string{"apps/b-first", "apps/d-third", "apps/e-fourth"}, woken); diff != "" {
		t.Errorf("woken by the end of a registration (-want +got):\n%s", diff)
	}
	s.Step(t, third) // those that came with it have been seen
	s.waits(t, fourth)
	s.settle(t, third)
	s.wantSound(t, third)
	s.waits(t, fourth)

	s.changeIssuer(t, build.MaxClients(1))
	for _, oc := range []*v1alpha1.OAuthClient{second, third} {
		s.settle(t, oc)
		s.wantSound(t, oc)
	}
	s.waits(t, fourth)
	s.changeIssuer(t, build.MaxClients(3))
	s.settle(t, fourth)
	s.wantSound(t, fourth)
}

// Step moves the clock to where everybody who came with oc has been seen.
func (s *story) Step(t *testing.T, oc client.Object) {
	t.Helper()
	s.Read(t, oc)
	s.Clock.SetTime(oc.GetCreationTimestamp().Add(time.Minute))
}

// TestRaceForTheLastPlace lets clients take the last place at the same time, each unseen by the others.
func TestRaceForTheLastPlace(t *testing.T) {
	s := begin(t)
	s.changeIssuer(t, build.MaxClients(2))
	s.registered(t, "registered")
	rivals := []*v1alpha1.OAuthClient{s.client(t, "x"), s.client(t, "w"), s.client(t, "y")}
	s.Step(t, rivals[2])
	s.Sync(t)
	s.Freeze()
	for _, oc := range rivals {
		if _, err := s.TryStale(t, s.reconciler, oc); err != nil {
			t.Fatalf("%s: %v", oc.Name, err)
		}
	}
	var in []string
	for _, oc := range rivals {
		if !s.Gone(t, s.registrationSecret(oc)) {
			in = append(in, oc.Name)
		}
	}
	if len(in) != 1 {
		t.Errorf("registered: %v, want one", in)
	}
}

// Whoever waits in line but was never registered makes way for the next one when it is deleted.
func TestWaitingInLine(t *testing.T) {
	s := &crowd{story: begin(t)}
	s.changeIssuer(t, build.MaxClients(1))
	refused := s.client(t, "a", build.ClientID("elsewhere.a"))
	s.settle(t, refused)
	s.WantCondition(t, refused, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonClientIDNotAllowed)
	next := s.client(t, "b")
	s.client(t, "c")
	s.Step(t, next)
	s.waits(t, next)
	s.Delete(t, refused)
	woken := s.woken(t, func(q queue) {
		s.reconciler.OnClientDeleted().Delete(t.Context(), event.DeleteEvent{Object: refused}, q)
	})
	if diff := cmp.Diff([]string{"apps/b"}, woken); diff != "" {
		t.Errorf("woken (-want +got):\n%s", diff)
	}
	s.settle(t, next)
	s.wantSound(t, next)
}
