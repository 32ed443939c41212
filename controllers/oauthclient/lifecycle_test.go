package oauthclient_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

func TestNewClientIsWrittenInOrder(t *testing.T) {
	s := begin(t)
	oc := s.client(t, "web", build.Scopes("read"))
	s.pass(t, oc)
	want := []string{"patch OAuthClient", "create registration", "create credentials", "apply OAuthClient status"}
	if diff := cmp.Diff(want, s.Writes()); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
	s.wantSound(t, oc)
	s.WantCondition(t, oc, v1alpha1.Registered, metav1.ConditionTrue, v1alpha1.ReasonRegistered)
	s.WantCondition(t, oc, v1alpha1.CredentialsReady, metav1.ConditionTrue, v1alpha1.ReasonSecretReady)
	s.WantCondition(t, oc, v1alpha1.PolicyCompliant, metav1.ConditionTrue, v1alpha1.ReasonCompliant)
}

// TestGitOwnsTheObject leaves everything of a client to its author, but for its status and one finalizer.
func TestGitOwnsTheObject(t *testing.T) {
	s := begin(t)
	oc := build.OAuthClient(s.Apps+"/web", build.Scopes("read"), build.Labels(map[string]string{"tier": "web"}))
	oc.Annotations = map[string]string{"example.com/from": "git"}
	s.Create(t, oc)
	written := oc.DeepCopy()
	s.settle(t, oc)
	s.Delete(t, s.credentialsSecret(oc))
	s.settle(t, oc)
	s.Read(t, oc)
	parts := func(oc *v1alpha1.OAuthClient) []any { return []any{oc.Generation, oc.Spec, oc.Labels, oc.Annotations} }
	if diff := cmp.Diff(parts(written), parts(oc)); diff != "" {
		t.Errorf("the operator changed what is not its own (-written +read):\n%s", diff)
	}
	for _, entry := range oc.ManagedFields {
		if entry.Manager == "tokenwright-operator" && entry.Subresource != "status" {
			t.Errorf("the operator owns %s", entry.FieldsV1)
		}
	}
}

// TestSecretGetsNoLabelsOfItsClient copies neither labels nor annotations from a client, which would make others' tools act on what
// is ours.
func TestSecretGetsNoLabelsOfItsClient(t *testing.T) {
	s := begin(t)
	oc := s.registered(t, "web", build.Labels(map[string]string{"app.kubernetes.io/instance": "tracked"}))
	held := s.credentialsSecret(oc)
	s.Read(t, held)
	want := map[string]string{v1alpha1.ClientLabel: "web", v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue}
	if diff := cmp.Diff(want, held.Labels); diff != "" || len(held.Annotations) != 0 {
		t.Errorf("annotations %v, labels (-want +got):\n%s", held.Annotations, diff)
	}
}
