package oauthclient_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/oauthclient"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stage"
)

func TestDeletedSecretGetsNewCredential(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	former := s.clientSecret(t, oc)
	id := oc.Status.ClientID
	s.Delete(t, s.credentialsSecret(oc))

	if result := s.pass(t, oc); result.RequeueAfter != oauthclient.DefaultOverlap {
		t.Errorf("looks again after %v, want %v, when the former credential ends", result.RequeueAfter, oauthclient.DefaultOverlap)
	}
	s.wantSound(t, oc)
	if s.clientSecret(t, oc) == former || !s.accepts(t, oc, former) {
		t.Errorf("the former credential is in the Secret: %t, and accepted: %t; want it accepted alone",
			s.clientSecret(t, oc) == former, s.accepts(t, oc, former))
	}
	states := []v1alpha1.CredentialState{oc.Status.Credentials[0].State, oc.Status.Credentials[1].State}
	if !slices.Equal(states, []v1alpha1.CredentialState{v1alpha1.CredentialActive, v1alpha1.CredentialRetiring}) || oc.Status.ClientID != id {
		t.Errorf("status tells of %v and client_id %q, want one active, one retiring, and %q", states, oc.Status.ClientID, id)
	}

	s.Clock.SetTime(s.Clock.Now().Add(oauthclient.DefaultOverlap))
	s.pass(t, oc)
	if s.accepts(t, oc, former) || len(s.registration(t, oc).Credentials) != 1 {
		t.Error("the former credential outlived its overlap")
	}
	s.wantSound(t, oc)
}

// TestRotateID wants a changed rotateID to make one new client secret, and what it replaces to be accepted as long as the
// overlap says.
func TestRotateID(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	former := s.clientSecret(t, oc)
	rotate := func(id string, overlap v1alpha1.Duration) {
		t.Helper()
		stage.Change(t, s.Stage, oc, func(oc *v1alpha1.OAuthClient) {
			oc.Spec.Authentication = &v1alpha1.ClientAuthentication{ClientSecret: &v1alpha1.ClientSecretAuthentication{
				Rotation: &v1alpha1.SecretRotation{RotateID: id, Overlap: overlap},
			}}
		})
		s.pass(t, oc)
		s.wantSound(t, oc)
	}
	rotate("1", "1h")
	next := s.clientSecret(t, oc)
	if next == former || !s.accepts(t, oc, former) || oc.Status.RotateID != "1" {
		t.Errorf("rotateID %q: the Secret has another one: %t; the former one is accepted: %t", oc.Status.RotateID, next != former, s.accepts(t, oc, former))
	}
	s.pass(t, oc)
	if s.clientSecret(t, oc) != next {
		t.Error("a second pass rotated again")
	}
	rotate("2", "0s")
	if s.accepts(t, oc, former) || s.accepts(t, oc, next) {
		t.Error("without an overlap a former secret is still accepted")
	}
}

func TestAlteredSecretHeals(t *testing.T) {
	stranger := registration.NewSecret(registration.Entropy{1})
	for _, tc := range []struct {
		name     string
		alter    func(*corev1.Secret)
		replaced bool
	}{
		{"another secret", func(s *corev1.Secret) { s.Data["client-secret"] = []byte(stranger) }, true},
		{"no secret", func(s *corev1.Secret) { delete(s.Data, "client-secret") }, true},
		{"an empty secret", func(s *corev1.Secret) { s.Data["client-secret"] = nil }, true},
		{"no data", func(s *corev1.Secret) { s.Data = nil }, true},
		{"a blank after the secret", func(s *corev1.Secret) { s.Data["client-secret"] = append(s.Data["client-secret"], '\n') }, true},
		{"another client_id", func(s *corev1.Secret) { s.Data["client-id"] = []byte("other") }, false},
		{"no issuer", func(s *corev1.Secret) { delete(s.Data, "issuer-uri") }, false},
		{"no owner", func(s *corev1.Secret) { s.OwnerReferences = nil }, false},
		{"no managed-by label", func(s *corev1.Secret) { delete(s.Labels, v1alpha1.ManagedByLabel) }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := s.registered(t, "web")
			sound := s.credentialsSecret(oc)
			s.Read(t, sound)
			former := string(sound.Data["client-secret"])
			stage.Change(t, s.Stage, s.credentialsSecret(oc), tc.alter)

			s.settle(t, oc)
			s.wantSound(t, oc)
			healed := s.credentialsSecret(oc)
			s.Read(t, healed)
			if replaced := string(healed.Data["client-secret"]) != former; replaced != tc.replaced {
				t.Errorf("the credential was replaced: %t, want %t", replaced, tc.replaced)
			}
			if !s.accepts(t, oc, former) || s.accepts(t, oc, stranger) || s.accepts(t, oc, "") {
				t.Error("want the former credential accepted, and nothing that somebody else made up")
			}
			healed.Data["client-secret"] = sound.Data["client-secret"]
			if diff := cmp.Diff(sound.Data, healed.Data); diff != "" {
				t.Errorf("the other keys differ (-sound +healed):\n%s", diff)
			}
			if diff := cmp.Diff(sound.Labels, healed.Labels); diff != "" {
				t.Errorf("labels (-sound +healed):\n%s", diff)
			}
			if !metav1.IsControlledBy(healed, oc) {
				t.Error("the Secret would outlive its client")
			}
		})
	}
}

func TestAdditionsToSecretStay(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) {
		held.Data["proxy.cfg"] = []byte("x")
		held.Labels["team"], held.Annotations = "orders", map[string]string{"reloader": "on"}
	})
	s.pass(t, oc)
	if writes := s.Writes(); len(writes) != 0 {
		t.Errorf("wrote %q for what is none of its business", writes)
	}
}

// TestFormerSecretIsRewrittenOnce upgrades the Secret that an operator before this one wrote: one write, no new credential,
// and what others added stays. Then there is peace.
func TestFormerSecretIsRewrittenOnce(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web", build.Scopes("a", "b"))
	secret := s.clientSecret(t, oc)
	stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) {
		held.Data["scope"], held.Data["proxy.cfg"] = []byte("a b"), []byte("x")
		for _, key := range []string{"scopes", "client-authentication-method", "authorization-grant-type"} {
			delete(held.Data, key)
		}
	})
	s.Writes()
	for range 3 {
		s.pass(t, oc)
	}
	if diff := cmp.Diff([]string{"update credentials"}, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.wantSound(t, oc)
	held := s.credentialsSecret(oc)
	s.Read(t, held)
	got := map[string]string{}
	for _, key := range []string{"scope", "scopes", "authorization-grant-type", "client-secret", "proxy.cfg"} {
		got[key] = string(held.Data[key])
	}
	want := map[string]string{"scope": "a,b", "scopes": "a b", "authorization-grant-type": "client_credentials", "client-secret": secret, "proxy.cfg": "x"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the Secret (-want +got):\n%s", diff)
	}
}

// TestForeignSecretIsLeftAlone wants the same bytes after many passes, and a client that is told what to do.
func TestForeignSecretIsLeftAlone(t *testing.T) {
	ours := map[string]string{v1alpha1.ClientLabel: "web", v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue}
	deployment := metav1.OwnerReference{APIVersion: "apps/v1", Kind: "Deployment", Name: "x", UID: "x", Controller: new(true)}
	for _, tc := range []struct {
		name    string
		foreign corev1.Secret
	}{
		{"of another type", corev1.Secret{Type: corev1.SecretTypeOpaque, ObjectMeta: metav1.ObjectMeta{Labels: ours}}},
		{"without a label", corev1.Secret{Type: v1alpha1.CredentialsSecretType}},
		{"of another client", corev1.Secret{Type: v1alpha1.CredentialsSecretType, ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{
			v1alpha1.ClientLabel: "other", v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue,
		}}}},
		{"of another controller", corev1.Secret{Type: v1alpha1.CredentialsSecretType, ObjectMeta: metav1.ObjectMeta{
			Labels: ours, OwnerReferences: []metav1.OwnerReference{deployment},
		}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			foreign := tc.foreign.DeepCopy()
			foreign.Namespace, foreign.Name, foreign.Data = s.Apps, "web-oauth", map[string][]byte{"password": []byte("theirs")}
			s.Create(t, foreign)
			oc := s.client(t, "web")

			s.settle(t, oc)
			before := s.registration(t, oc)
			var result time.Duration
			for range 3 {
				result = s.pass(t, oc).RequeueAfter
			}
			if writes := s.Writes(); len(writes) != 0 {
				t.Errorf("wrote %q in vain", writes)
			}
			s.WantCondition(t, oc, v1alpha1.CredentialsReady, metav1.ConditionFalse, v1alpha1.ReasonSecretNotOwned)
			s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonSecretNotOwned)
			if diff := cmp.Diff(before, s.registration(t, oc)); diff != "" {
				t.Errorf("the registration changed (-before +after):\n%s", diff)
			}
			after := s.credentialsSecret(oc)
			s.Read(t, after)
			if diff := cmp.Diff(foreign, after); diff != "" {
				t.Errorf("the foreign Secret changed (-before +after):\n%s", diff)
			}

			if result == 0 {
				t.Error("nothing tells of a foreign Secret that goes, and nobody looks again")
			}
			s.Delete(t, foreign)
			s.settle(t, oc)
			s.wantSound(t, oc)
		})
	}
}

// TestForeignSecretEndsNoCredential moves a client that runs to a name that is taken.
func TestForeignSecretEndsNoCredential(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	inUse := s.clientSecret(t, oc)
	s.Create(t, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: s.Apps, Name: "taken"}})
	stage.Change(t, s.Stage, oc, build.SecretName("taken"))
	for range 12 {
		s.pass(t, oc)
	}
	s.WantCondition(t, oc, v1alpha1.CredentialsReady, metav1.ConditionFalse, v1alpha1.ReasonSecretNotOwned)
	if !s.accepts(t, oc, inUse) {
		t.Error("the credential that Pods run with is no longer accepted")
	}
}

func TestSecretNameMoves(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	former := s.clientSecret(t, oc)
	stage.Change(t, s.Stage, oc, build.SecretName("elsewhere"))
	s.settle(t, oc)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionTrue, v1alpha1.ReasonReady)
	moved := secret(s.Apps, "elsewhere")
	s.Read(t, moved)
	if oc.Status.Binding == nil || oc.Status.Binding.Name != "elsewhere" {
		t.Errorf("binding %v, want elsewhere", oc.Status.Binding)
	}
	if !s.accepts(t, oc, former) || !s.accepts(t, oc, string(moved.Data["client-secret"])) {
		t.Error("want the credentials in both Secrets accepted, until Pods have moved")
	}
	until := s.registration(t, oc).Credentials[1].NotAfter.Format(time.RFC3339)
	want := []string{"Normal SecretMoved the credentials are in Secret elsewhere now; Secret web-oauth holds a client secret that is accepted until " +
		until + ": delete it when nothing reads it any more"}
	if diff := cmp.Diff(want, s.Told()); diff != "" {
		t.Errorf("Events (-want +got):\n%s", diff)
	}
}

// TestSecretLosesItsLabel heals the label of a Secret that is ours by its owner, which the cache no longer knows then.
func TestSecretLosesItsLabel(t *testing.T) {
	for _, tc := range []struct {
		name  string
		alter func(*corev1.Secret)
	}{
		{"our label", func(s *corev1.Secret) { delete(s.Labels, v1alpha1.ClientLabel) }},
		{"all labels", func(s *corev1.Secret) { s.Labels = nil }},
		{"our label to another client's", func(s *corev1.Secret) { s.Labels[v1alpha1.ClientLabel] = "other" }},
		{"our label, and its owner is no controller", func(s *corev1.Secret) {
			delete(s.Labels, v1alpha1.ClientLabel)
			s.OwnerReferences[0].Controller = nil
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := s.registered(t, "web")
			former := s.clientSecret(t, oc)
			stage.Change(t, s.Stage, s.credentialsSecret(oc), tc.alter)
			s.pass(t, oc)
			if diff := cmp.Diff([]string{"update credentials"}, s.Writes()); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
			s.wantSound(t, oc)
			healed := s.credentialsSecret(oc)
			s.Read(t, healed)
			if healed.Labels[v1alpha1.ClientLabel] != "web" || string(healed.Data["client-secret"]) != former {
				t.Errorf("labels %v, the same secret: %t; want the label, and the secret unchanged", healed.Labels,
					string(healed.Data["client-secret"]) == former)
			}
		})
	}
}

// TestSecretLosesLabelAndOwner leaves a Secret alone that says no longer that it is ours.
func TestSecretLosesLabelAndOwner(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	former := s.clientSecret(t, oc)
	stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) {
		delete(held.Labels, v1alpha1.ClientLabel)
		held.OwnerReferences = nil
	})
	s.settle(t, oc)
	s.WantCondition(t, oc, v1alpha1.CredentialsReady, metav1.ConditionFalse, v1alpha1.ReasonSecretNotOwned)
	if s.clientSecret(t, oc) != former || !s.accepts(t, oc, former) {
		t.Error("the credential changed")
	}
	stage.Change(t, s.Stage, s.credentialsSecret(oc), func(held *corev1.Secret) {
		held.Labels = map[string]string{v1alpha1.ClientLabel: oc.Name}
	})
	s.settle(t, oc)
	s.wantSound(t, oc)
	if s.clientSecret(t, oc) != former {
		t.Error("the credential changed")
	}
}

func TestLostRegistrationIsRestored(t *testing.T) {
	for _, tc := range []struct {
		name string
		lose func(*testing.T, *story, *corev1.Secret)
	}{
		{"deleted", func(t *testing.T, s *story, held *corev1.Secret) { s.Delete(t, held) }},
		{"emptied", func(t *testing.T, s *story, held *corev1.Secret) {
			stage.Change(t, s.Stage, held, func(held *corev1.Secret) { held.Data = nil })
		}},
		{"garbled", func(t *testing.T, s *story, held *corev1.Secret) {
			stage.Change(t, s.Stage, held, func(held *corev1.Secret) { held.Data[registration.DataKey] = []byte("{") })
		}},
		{"written by a later version", func(t *testing.T, s *story, held *corev1.Secret) {
			stage.Change(t, s.Stage, held, func(held *corev1.Secret) { held.Data[registration.DataKey] = []byte(`{"version":99}`) })
		}},
		{"without annotations", func(t *testing.T, s *story, held *corev1.Secret) {
			stage.Change(t, s.Stage, held, func(held *corev1.Secret) { held.Annotations = nil })
		}},
		{"without labels", func(t *testing.T, s *story, held *corev1.Secret) {
			stage.Change(t, s.Stage, held, func(held *corev1.Secret) { held.Labels = nil })
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			oc := s.registered(t, "web")
			former := s.clientSecret(t, oc)
			sound := s.registrationSecret(oc)
			s.Read(t, sound)
			tc.lose(t, s, s.registrationSecret(oc))
			s.settle(t, oc)
			s.wantSound(t, oc)
			if s.clientSecret(t, oc) != former {
				t.Error("the credential was replaced, though the Secret still held it")
			}
			restored := s.registrationSecret(oc)
			s.Read(t, restored)
			if diff := cmp.Diff(sound.Labels, restored.Labels); diff != "" {
				t.Errorf("labels (-sound +restored):\n%s", diff)
			}
			if diff := cmp.Diff(sound.Annotations, restored.Annotations); diff != "" {
				t.Errorf("annotations (-sound +restored):\n%s", diff)
			}
			if told := s.Told(); len(told) != 0 {
				t.Errorf("told %q, though nothing changed for anybody", told)
			}
		})
	}
}

func TestLostRegistrationAndSecret(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	former := s.clientSecret(t, oc)
	s.Delete(t, s.registrationSecret(oc))
	s.Delete(t, s.credentialsSecret(oc))
	s.settle(t, oc)
	s.wantSound(t, oc)
	if s.clientSecret(t, oc) == former {
		t.Error("the credential came back from nowhere")
	}
}

// TestUnwritableSecretEndsNoCredential deletes a Secret that cannot be written again, for as long as a quota is spent.
// Pods run on with what they have.
func TestUnwritableSecretEndsNoCredential(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web")
	inUse := s.clientSecret(t, oc)
	s.Delete(t, s.credentialsSecret(oc))
	spent := apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "web-oauth", errors.New("exceeded quota: small"))
	s.Refuse("create credentials", spent)
	for minute := range 12 {
		s.Writes()
		for range 3 { // whatever wakes it
			s.pass(t, oc)
		}
		if writes := s.Writes(); minute > 0 && !slices.Equal(writes, []string{"create credentials"}) {
			t.Errorf("minute %d: wrote %q, want one attempt", minute, writes)
		}
		s.Clock.SetTime(s.Clock.Now().Add(time.Minute))
	}
	if r := s.registration(t, oc); !s.accepts(t, oc, inUse) || len(r.Credentials) != 2 {
		t.Errorf("%d credentials are registered, want the one that Pods run with and one that waits for its Secret", len(r.Credentials))
	}
	s.WantCondition(t, oc, v1alpha1.Registered, metav1.ConditionTrue, v1alpha1.ReasonRegistered)
	s.WantCondition(t, oc, v1alpha1.Ready, metav1.ConditionFalse, v1alpha1.ReasonWriteRefused)
	s.WantCondition(t, oc, v1alpha1.Stalled, metav1.ConditionTrue, v1alpha1.ReasonWriteRefused)
	if told := s.Told(); len(told) != 1 {
		t.Errorf("told %q, want it told once", told)
	}
	s.Refuse("create credentials", nil)
	s.settle(t, oc)
	s.wantSound(t, oc)
	if !s.accepts(t, oc, inUse) {
		t.Error("the credential that Pods run with is no longer accepted")
	}
}
