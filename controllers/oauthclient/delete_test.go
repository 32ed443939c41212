package oauthclient_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// TestDeletion revokes first, then takes the secret out of the Secret, and lets go then, whatever else is gone already.
func TestDeletion(t *testing.T) {
	revoke, empty, release := "delete registration", "update credentials", "patch OAuthClient"
	for _, tc := range []struct {
		name  string
		given func(*testing.T, *story, *v1alpha1.OAuthClient)
		want  []string
	}{
		{"all in place", func(*testing.T, *story, *v1alpha1.OAuthClient) {}, []string{revoke, empty, release}},
		{"issuer gone", func(t *testing.T, s *story, _ *v1alpha1.OAuthClient) {
			s.Delete(t, build.TokenIssuer(s.Issuer().String()))
		}, []string{revoke, empty, release}},
		{"key rings gone", func(t *testing.T, s *story, _ *v1alpha1.OAuthClient) {
			s.Delete(t, secret(s.System, "default-signing-keys"))
			s.Delete(t, secret(s.System, "default-sealing-keys"))
		}, []string{revoke, empty, release}},
		{"policy gone", func(t *testing.T, s *story, _ *v1alpha1.OAuthClient) { s.Delete(t, s.root) }, []string{revoke, empty, release}},
		{"Secret gone", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) { s.Delete(t, s.credentialsSecret(oc)) },
			[]string{revoke, release}},
		{"Secret is another's by now", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) {
			stage.Change(t, s.Stage, s.credentialsSecret(oc), disown)
		}, []string{revoke, release}},
		{"Secret without our label", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) {
			stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) { held.Labels = nil })
		}, []string{revoke, empty, release}},
		{"registration garbled", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) {
			stage.Change(t, s.Stage, s.registrationSecret(oc), func(held *corev1.Secret) { held.Data = nil })
		}, []string{revoke, empty, release}},
		{"registration without annotations", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) {
			stage.Change(t, s.Stage, s.registrationSecret(oc), func(held *corev1.Secret) { held.Annotations = nil })
		}, []string{revoke, empty, release}},
		{"registration gone", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) { s.Delete(t, s.registrationSecret(oc)) },
			[]string{empty, release}},
		{"registration is another's by now", func(t *testing.T, s *story, oc *v1alpha1.OAuthClient) {
			stage.Change(t, s.Stage, s.registrationSecret(oc), func(held *corev1.Secret) {
				held.Annotations[v1alpha1.OwnerAnnotation] = "other/client"
			})
		}, []string{empty, release}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := s.registered(t, "web")
			tc.given(t, s, oc)
			s.Delete(t, oc)
			s.pass(t, oc)
			if diff := cmp.Diff(tc.want, s.Writes()); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			if !s.Gone(t, oc) {
				t.Errorf("the client is held by %q", oc.Finalizers)
			}
			s.pass(t, oc)
			if writes := s.Writes(); len(writes) != 0 {
				t.Errorf("wrote %q for a client that is gone", writes)
			}
		})
	}
}

// TestDeletionCrashes lets the operator die at each write of a deletion.
func TestDeletionCrashes(t *testing.T) {
	for _, moment := range []stage.Moment{stage.Before, stage.After} {
		for n := 1; n <= 3; n++ {
			s := begin(t)
			oc := s.registered(t, "web")
			s.Delete(t, oc)
			s.CrashAt(n, moment)
			_, err := s.Try(t, s.reconciler, oc)
			if !s.Restart() || err == nil {
				t.Errorf("%s write %d: no crash", moment, n)
			}
			if held := s.registrationSecret(oc); !s.Gone(t, held) && s.Gone(t, oc) {
				t.Errorf("%s write %d: the client went before its registration", moment, n)
			}
			if s.clientSecret(t, oc) != "" && s.Gone(t, oc) {
				t.Errorf("%s write %d: the client went before its secret", moment, n)
			}
			s.pass(t, oc)
			if !s.Gone(t, s.registrationSecret(oc)) || !s.Gone(t, oc) {
				t.Errorf("%s write %d: the deletion was not finished", moment, n)
			}
		}
	}
}

// TestDeletionOfNewestRegistration deletes a client whose registration the cache does not know yet.
func TestDeletionOfNewestRegistration(t *testing.T) {
	s := begin(t)
	oc := s.client(t, "web")
	s.CrashAt(2, stage.Before)
	_, _ = s.Try(t, s.reconciler, oc)
	s.Restart()
	s.Sync(t)
	s.Freeze()
	if _, err := s.TryStale(t, s.reconciler, oc); err != nil {
		t.Fatal(err)
	}
	s.Delete(t, oc)
	s.Read(t, oc)
	if err := s.reconciler.Release(t.Context(), oc); err != nil {
		t.Fatal(err)
	}
	if !s.Gone(t, s.registrationSecret(oc)) {
		t.Error("the registration outlived its client")
	}
}

// TestSweep removes the registration of a client that was removed by force.
func TestSweep(t *testing.T) {
	s := begin(t)
	oc, other := s.registered(t, "web"), s.registered(t, "other")
	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) { oc.Finalizers = nil })
	s.Delete(t, oc)
	s.pass(t, oc)
	if diff := cmp.Diff([]string{"delete registration"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	if !s.Gone(t, s.registrationSecret(oc)) {
		t.Error("the registration outlived its client")
	}
	s.wantSound(t, other)
}

// TestSweepTrustsNoStaleCache leaves a registration alone whose client the cache does not know yet.
func TestSweepTrustsNoStaleCache(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) { oc.Finalizers = nil })
	s.Delete(t, oc)
	s.Sync(t)
	s.Freeze()
	*oc = *build.OAuthClient(s.Apps + "/web")
	s.Create(t, oc)
	if _, err := s.TryStale(t, s.reconciler, oc); err != nil {
		t.Fatal(err)
	}
	if s.Gone(t, s.registrationSecret(oc)) {
		t.Error("the registration of a client that is there was swept away")
	}
}

// TestForgedRegistration puts a Secret where an application team may, that looks as if it were a client's registration.
// It must neither be deleted nor get in the way of that client.
func TestForgedRegistration(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	forged := secret(s.Namespace(t), "forged")
	forged.Labels = map[string]string{
		v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue, v1alpha1.IssuerLabel: "default", v1alpha1.ClientLabel: "forged",
	}
	forged.Annotations = map[string]string{v1alpha1.OwnerAnnotation: s.Apps + "/web"}
	s.Create(t, forged)
	s.pass(t, oc)
	s.Delete(t, oc)
	s.pass(t, oc)
	if diff := cmp.Diff([]string{"delete registration", "update credentials", "patch OAuthClient"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.pass(t, oc)
	if writes := s.Writes(); len(writes) != 0 || s.Gone(t, forged) {
		t.Errorf("wrote %q; the Secret of somebody else is gone: %t", writes, s.Gone(t, forged))
	}
}

// TestStrayRegistration removes what a client has at an issuer that it no longer means: here, since the operator has got
// another default issuer.
func TestStrayRegistration(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	next := build.TokenIssuer(s.System + "/next")
	s.Create(t, next)
	s.Reconcile(t, s.TokenIssuers(), next)
	s.reconciler.Clients.DefaultIssuer.Name = "next"
	s.Writes()
	s.pass(t, oc)
	want := []string{"delete registration", "create registration", "apply OAuthClient status"}
	if diff := cmp.Diff(want, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
}

// TestOtherFinalizersStay lets somebody else hold a client too, unseen by a stale cache; and so many others that no
// cache keeps their names.
func TestOtherFinalizersStay(t *testing.T) {
	var many []string
	for i := range 50 {
		many = append(many, fmt.Sprintf("example.com/one-of-many-that-hold-this-client-%d", i))
	}
	for _, theirs := range [][]string{{"example.com/theirs"}, many} {
		t.Run(fmt.Sprint(len(theirs)), func(t *testing.T) { otherFinalizersStay(t, theirs) })
	}
}

func otherFinalizersStay(t *testing.T, theirs []string) {
	s := begin(t)
	oc := s.client(t, "web")
	s.Sync(t)
	s.Freeze()
	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) { oc.Finalizers = theirs })
	if result, err := s.TryStale(t, s.reconciler, oc); err != nil || result.RequeueAfter == 0 || !s.Gone(t, s.registrationSecret(oc)) {
		t.Errorf("a pass with a stale cache: %v, %v; want it to come again, with nothing registered", result, err)
	}
	s.Thaw(t)
	s.reconciler = s.OAuthClients()
	s.settle(t, oc)
	s.Read(t, oc)
	if diff := cmp.Diff(append(slices.Clone(theirs), v1alpha1.Finalizer), oc.Finalizers); diff != "" {
		t.Errorf("finalizers (-want +got):\n%s", diff)
	}
	s.Delete(t, oc)
	s.settle(t, oc)
	s.Read(t, oc)
	if diff := cmp.Diff(theirs, oc.Finalizers); diff != "" || !s.Gone(t, s.registrationSecret(oc)) {
		t.Errorf("the registration is gone: %t; finalizers (-want +got):\n%s", s.Gone(t, s.registrationSecret(oc)), diff)
	}
	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) { oc.Finalizers = nil })
}

// TestTerminatingNamespace is about a client that goes with its namespace: its Secret cannot be written any more, and that
// is nobody's fault.
func TestTerminatingNamespace(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	if err := s.Client.Delete(t.Context(), s.credentialsSecret(oc)); err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.Apps}}
	if err := s.Client.Delete(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	if result, err := s.Try(t, s.reconciler, oc); err != nil || result.RequeueAfter != 0 {
		t.Errorf("Reconcile: %v, %v; want rest", result, err)
	}
	if told := s.Told(); len(told) > 0 {
		t.Errorf("told %q", told)
	}
}

// TestDeletionSparesTheHeir lets another operator finish a deletion, and register the heir of the client_id, while this one
// is about to delete the registration that it has read.
func TestDeletionSparesTheHeir(t *testing.T) {
	s := begin(t)
	stage.Change(t, s.Stage, s.root, build.AllowClientIDs("legacy"))
	former := s.registered(t, "former", build.ClientID("legacy"))
	heir := s.client(t, "heir", build.ClientID("legacy"))
	s.Delete(t, former)
	s.Meanwhile("delete registration", func() {
		for _, oc := range []*v1alpha1.OAuthClient{former, heir} {
			s.Sync(t)
			if _, err := s.TryStale(t, s.Rival(), oc); err != nil {
				t.Errorf("the rival: %v", err)
			}
		}
	})
	if _, err := s.Try(t, s.reconciler, former); !apierrors.IsConflict(err) {
		t.Errorf("Reconcile: %v, want a conflict", err)
	}
	s.settle(t, former)
	s.WantCondition(t, heir, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	if !s.accepts(t, heir, s.clientSecret(t, heir)) {
		t.Error("the heir's registration was deleted")
	}
}
