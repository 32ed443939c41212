package oauthclient_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

// disown makes a Secret say no longer that it is ours, as its author or the garbage collector may.
func disown(held *corev1.Secret) { held.Labels, held.OwnerReferences = nil, nil }

// orphan deletes a client as "kubectl delete --cascade=orphan" does.
func (s *story) orphan(t *testing.T, oc *v1alpha1.OAuthClient) {
	t.Helper()
	if err := s.Client.Delete(t.Context(), oc, client.PropagationPolicy(metav1.DeletePropagationOrphan)); err != nil {
		t.Fatal(err)
	}
}

// collect plays the garbage collector's part of that: it takes the owner off the Secret that stays, and lets go of the
// client.
func (s *story) collect(t *testing.T, oc *v1alpha1.OAuthClient) {
	t.Helper()
	stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) { held.OwnerReferences = nil })
	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) {
		oc.Finalizers = slices.DeleteFunc(oc.Finalizers, func(name string) bool { return name == metav1.FinalizerOrphanDependents })
	})
}

// TestOrphanedSecretIsNeverRevived deletes a client, lets its Secret stay, and applies the same client again.
func TestOrphanedSecretIsNeverRevived(t *testing.T) {
	for _, tc := range []struct {
		name  string
		alter func(*corev1.Secret)
		sound bool // the new client can use the Secret
	}{
		{"as it was", func(*corev1.Secret) {}, true},
		{"immutable", func(held *corev1.Secret) { held.Immutable = new(true) }, false},
		{"without our label", func(held *corev1.Secret) { held.Labels = nil }, false},
	} {
		for _, early := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, collected first: %t", tc.name, early), func(t *testing.T) {
				s := begin(t)
				oc := s.registered(t, "web")
				former := s.clientSecret(t, oc)
				stage.Change(t, s.Stage, s.credentialsSecret(oc), tc.alter)
				s.orphan(t, oc)
				if early {
					s.collect(t, oc)
				}
				s.pass(t, oc)
				if !early {
					s.collect(t, oc)
				}
				if !s.Gone(t, oc) {
					t.Fatalf("the client is held by %q", oc.Finalizers)
				}
				oc = s.client(t, "web")
				for range 3 {
					_, _ = s.Try(t, s.reconciler, oc)
				}
				if s.accepts(t, oc, former) {
					t.Error("a secret that was known before is accepted again")
				}
				if tc.sound {
					s.wantSound(t, oc)
				}
			})
		}
	}
}

// TestOrphanedSecretOfFormerName lets a Secret stay from before the client named another, and has the next client name
// it.
func TestOrphanedSecretOfFormerName(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	former := s.clientSecret(t, oc)
	stage.Change(t, s.Stage, oc, build.SecretName("elsewhere"))
	s.settle(t, oc)
	s.orphan(t, oc)
	s.pass(t, oc)
	s.collect(t, oc)
	oc = s.client(t, "web")
	s.settle(t, oc)
	if s.accepts(t, oc, former) {
		t.Error("a secret that was known before is accepted again")
	}
	s.wantSound(t, oc)
}

// TestEmptiedSecretKeepsItsKey lets Pods start that name the key, without a secret that nobody accepts.
func TestEmptiedSecretKeepsItsKey(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	held := s.credentialsSecret(oc)
	s.Read(t, held)
	want := held.Data
	want["client-secret"] = []byte{}
	s.Delete(t, oc)
	s.pass(t, oc)
	s.Read(t, held)
	if diff := cmp.Diff(want, held.Data, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("data (-want +got):\n%s", diff)
	}
	if _, there := held.Data["client-secret"]; !there {
		t.Error("the key is gone")
	}
}

// TestSecretThatCannotBeWritten holds no deletion up: not at all where the API server has said no, and for a minute at
// most where it did not say anything.
func TestSecretThatCannotBeWritten(t *testing.T) {
	secrets := schema.GroupResource{Resource: "secrets"}
	for _, tc := range []struct {
		name  string
		err   error
		waits bool
	}{
		{"forbidden", apierrors.NewForbidden(secrets, "web-oauth", errors.New("no updates on Fridays")), false},
		{"refused by a webhook", apierrors.NewBadRequest("admission webhook denied the request"), false},
		{"a webhook that is away", apierrors.NewInternalError(errors.New("failed calling webhook")), true},
		{"conflicts without end", apierrors.NewConflict(secrets, "web-oauth", errors.New("it has been changed")), true},
		{"no answer", errors.New("connection reset"), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := s.registered(t, "web")
			s.Refuse("update credentials", tc.err)
			s.Delete(t, oc)
			s.Read(t, oc)
			s.Clock.SetTime(oc.DeletionTimestamp.Add(59 * time.Second))
			_, err := s.Try(t, s.reconciler, oc)
			if !s.Gone(t, s.registrationSecret(oc)) {
				t.Error("the registration waits for the Secret")
			}
			if waits := !s.Gone(t, oc); waits != tc.waits || waits != (err != nil) {
				t.Errorf("the client waits: %t (%v), want %t", waits, err, tc.waits)
			}
			if tc.waits {
				s.Clock.SetTime(oc.DeletionTimestamp.Add(time.Minute))
				s.pass(t, oc)
			}
			if !s.Gone(t, oc) {
				t.Errorf("the client is held by %q", oc.Finalizers)
			}
			if told := s.Told(); len(told) != 1 || !strings.Contains(told[0], "SecretNotEmptied") || !strings.Contains(told[0], "web-oauth") {
				t.Errorf("told %q, want once which Secret is not empty", told)
			}
		})
	}
}

// TestRestoreFromBackup brings a client back with other UIDs, as a restore does, and wants its secret accepted still.
func TestRestoreFromBackup(t *testing.T) {
	for _, tc := range []struct {
		name         string
		registration bool
		owners       bool
		want         bool
	}{
		{"all but owners", true, false, true},
		{"the application's namespace alone", false, false, true},
		{"all, with owners: the garbage collector takes the Secret", true, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := s.registered(t, "web")
			former := s.clientSecret(t, oc)
			held, known := s.credentialsSecret(oc), s.registrationSecret(oc)
			s.Read(t, held)
			s.Read(t, known)
			s.Delete(t, oc)
			s.pass(t, oc)
			s.Delete(t, s.credentialsSecret(oc))

			restored := []*corev1.Secret{held}
			if !tc.owners {
				held.OwnerReferences = nil
			}
			if tc.registration {
				restored = append(restored, known)
			}
			for _, secret := range restored {
				secret.UID, secret.ResourceVersion = "", ""
				s.Create(t, secret)
			}
			oc = s.client(t, "web")
			s.settle(t, oc)
			if got := s.accepts(t, oc, former); got != tc.want {
				t.Errorf("the secret of the backup is accepted: %t, want %t", got, tc.want)
			}
			if tc.want {
				s.wantSound(t, oc)
				return
			}
			s.WantCondition(t, oc, v1alpha1.CredentialsReady, metav1.ConditionFalse, v1alpha1.ReasonSecretNotOwned)
			s.Delete(t, held)
			s.settle(t, oc)
			s.wantSound(t, oc)
		})
	}
}

// TestLabelsBeyondTheCache gives a registered client so many labels that nobody could say which policies select it.
func TestLabelsBeyondTheCache(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	former := s.clientSecret(t, oc)
	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) {
		oc.Labels = map[string]string{}
		for i := range 100 {
			oc.Labels[fmt.Sprintf("example.com/%d", i)] = strings.Repeat("x", 60)
		}
	})
	s.settle(t, oc)
	s.WantCondition(t, oc, v1alpha1.Registered, metav1.ConditionFalse, v1alpha1.ReasonTooManyLabels)
	if !s.Gone(t, s.registrationSecret(oc)) {
		t.Error("the registration stays")
	}
	stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) { oc.Labels = nil })
	s.settle(t, oc)
	s.wantSound(t, oc)
	if s.clientSecret(t, oc) != former {
		t.Error("the credential was replaced")
	}
}
