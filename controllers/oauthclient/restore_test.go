package oauthclient_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

// TestRestoreFromABackup makes a client and its Secret anew, as a backup tool does in a new cluster: all UIDs are others.
func TestRestoreFromABackup(t *testing.T) {
	for _, tc := range []struct {
		name   string
		owners func(*corev1.Secret) // what became of the owner references
		same   bool                 // whether the workload's secret is still good
		reason string
	}{
		{"a Secret without an owner", func(s *corev1.Secret) { s.OwnerReferences = nil }, true, v1alpha1.ReasonSecretReady},
		{"a Secret of a client that is gone", func(*corev1.Secret) {}, false, v1alpha1.ReasonSecretNotOwned},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := begin(t)
			former := s.registered(t, "web")
			secret, saved := s.clientSecret(t, former), s.credentialsSecret(former)
			s.Read(t, saved)
			s.Delete(t, former)
			s.settle(t, former) // the registration goes
			s.Delete(t, s.credentialsSecret(former))

			restored := &corev1.Secret{
				ObjectMeta: metav1.ObjectMeta{
					Namespace: saved.Namespace, Name: saved.Name, Labels: saved.Labels, OwnerReferences: saved.OwnerReferences,
				},
				Type: saved.Type, Data: saved.Data,
			}
			tc.owners(restored)
			s.Create(t, restored)
			oc := build.OAuthClient(s.Apps + "/web")
			oc.Spec = former.Spec
			s.Create(t, oc)
			s.settle(t, oc)
			if oc.UID == former.UID {
				t.Fatal("the client has its former UID")
			}
			s.WantCondition(t, oc, v1alpha1.CredentialsReady, metav1.ConditionStatus(map[bool]string{true: "True", false: "False"}[tc.same]), tc.reason)
			if got := s.accepts(t, oc, secret); got != tc.same {
				t.Errorf("the secret from before is accepted: %v, want %v", got, tc.same)
			}
			if tc.same {
				s.wantSound(t, oc)
			}
		})
	}
}
