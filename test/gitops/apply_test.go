package gitops

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/env"
	"tokenwright.dev/test/stage"
)

const (
	git  = client.FieldOwner("argocd-controller")
	team = client.FieldOwner("team")
)

// TestTwoManagers applies the install and all samples as Argo CD does, and lets a team own an annotation of each object of
// ours. Nobody forces anything, so a conflict would be an error. After the operator has run, both apply the same again,
// and the API server has nothing to write.
func TestTwoManagers(t *testing.T) {
	s := stage.New(t)
	s.System = "tokenwright-system" // that of the samples
	s.Thaw(t)
	defer leave(t, s)
	objects := append(kustomize(t, "default"), kustomize(t, "samples")...)
	applyAll(t, s, objects)
	passes(t, s)
	passes(t, s) // the issuer counts its clients once they are registered

	before := versions(t, s, objects)
	applyAll(t, s, objects)
	after := versions(t, s, objects)
	for i, object := range objects {
		if before[i] != after[i] && object.Object["stringData"] == nil { // which Kubernetes writes anew each time
			t.Errorf("%s %s: applied again, version %s became %s", object.GetKind(), object.GetName(), before[i], after[i])
		}
		if ours(object) {
			ownsStatusOnly(t, read(t, s, object))
		}
	}
	for _, object := range objects {
		if object.GetKind() == "OAuthClient" {
			apply(t, s, renamed(t, object), git)
		}
	}
	passes(t, s)
	s.Writes()
	passes(t, s)
	if writes := s.Writes(); len(writes) > 0 {
		t.Errorf("after that, the operator writes %q", writes)
	}
}

// ours tells whether an object is of a kind of Tokenwright.
func ours(object *unstructured.Unstructured) bool {
	return object.GroupVersionKind().Group == v1alpha1.GroupVersion.Group
}

// renamed is a client as Git has it after a change.
func renamed(t *testing.T, object *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	changed := object.DeepCopy()
	if err := unstructured.SetNestedField(changed.Object, "Changed in Git", "spec", "displayName"); err != nil {
		t.Fatal(err)
	}
	return changed
}

// leave deletes all clients: those of the samples would be clients of the next stage's issuer.
func leave(t *testing.T, s *stage.Stage) {
	t.Helper()
	var list v1alpha1.OAuthClientList
	if err := s.Client.List(t.Context(), &list); err != nil {
		t.Error(err)
	}
	for i := range list.Items {
		s.Delete(t, &list.Items[i])
		s.Reconcile(t, s.OAuthClients(), &list.Items[i])
	}
}

// kustomize renders a folder of config, with the kubectl of the control plane.
func kustomize(t *testing.T, folder string) []*unstructured.Unstructured {
	t.Helper()
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), kubectl(t), "kustomize", filepath.Join(root, "config", folder)).Output()
	if err != nil {
		t.Fatal(err)
	}
	objects, err := stack.Decode(out)
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

// applyAll applies objects: what Git holds of them, and what the team adds to ours.
func applyAll(t *testing.T, s *stage.Stage, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		apply(t, s, object.DeepCopy(), git)
		if !ours(object) {
			continue
		}
		added := new(unstructured.Unstructured)
		added.SetGroupVersionKind(object.GroupVersionKind())
		added.SetNamespace(object.GetNamespace())
		added.SetName(object.GetName())
		added.SetAnnotations(map[string]string{"example.com/on-call": "somebody"})
		apply(t, s, added, team)
	}
}

func apply(t *testing.T, s *stage.Stage, object *unstructured.Unstructured, owner client.FieldOwner) {
	t.Helper()
	kind, name := object.GetKind(), object.GetName()
	if err := s.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), owner); err != nil {
		t.Fatalf("%s applies %s %s: %v", owner, kind, name, err)
	}
}

func versions(t *testing.T, s *stage.Stage, objects []*unstructured.Unstructured) []string {
	t.Helper()
	all := make([]string, 0, len(objects))
	for _, object := range objects {
		all = append(all, read(t, s, object).GetResourceVersion())
	}
	return all
}

// passes is what the operator does with all objects, once each.
func passes(t *testing.T, s *stage.Stage) {
	t.Helper()
	issuers := s.TokenIssuers()
	issuers.Image = workload.Image{Name: "tokenwright:a"}
	var (
		served   v1alpha1.TokenIssuerList
		policies v1alpha1.TokenPolicyList
		clients  v1alpha1.OAuthClientList
	)
	for _, list := range []client.ObjectList{&served, &policies, &clients} {
		if err := s.Client.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
	}
	for i := range served.Items {
		s.Reconcile(t, issuers, &served.Items[i])
	}
	for i := range policies.Items {
		s.Reconcile(t, s.TokenPolicies(), &policies.Items[i])
	}
	for i := range clients.Items {
		s.Reconcile(t, s.OAuthClients(), &clients.Items[i])
	}
}

// ownsStatusOnly wants whoever is neither Git nor the team to own nothing but status and a finalizer.
func ownsStatusOnly(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	for _, entry := range object.GetManagedFields() {
		if entry.Manager == string(git) || entry.Manager == string(team) || entry.Subresource == "status" {
			continue
		}
		var fields map[string]map[string]any
		if err := json.Unmarshal(entry.FieldsV1.GetRawBytes(), &fields); err != nil {
			t.Fatal(err)
		}
		if _, ok := fields["f:metadata"]["f:finalizers"]; !ok || len(fields) != 1 || len(fields["f:metadata"]) != 1 {
			t.Errorf("%s %s: %s owns %v, want nothing but a finalizer", object.GetKind(), object.GetName(), entry.Manager, fields)
		}
	}
}

// TestTracking: what the operator writes does not look as if it came from Git, or a tool would prune it.
func TestTracking(t *testing.T) {
	s := stage.New(t)
	tracked := []string{
		"app.kubernetes.io/instance", "argocd.argoproj.io/instance", "argocd.argoproj.io/tracking-id",
		"kustomize.toolkit.fluxcd.io/name", "kustomize.toolkit.fluxcd.io/namespace",
	}
	marks := map[string]string{}
	for _, key := range tracked {
		marks[key] = "platform"
	}
	issuer := s.Serve(t, func(ti *v1alpha1.TokenIssuer) { ti.Labels, ti.Annotations = marks, marks })
	policy, shop := sampled(s, marks)
	s.Create(t, policy, shop)
	s.Reconcile(t, s.TokenPolicies(), policy)
	s.Reconcile(t, s.OAuthClients(), shop)
	s.Reconcile(t, s.TokenIssuers(), issuer)
	var secrets corev1.SecretList
	var maps corev1.ConfigMapList
	for _, list := range []client.ObjectList{&secrets, &maps} {
		if err := s.Client.List(t.Context(), list, client.HasLabels{v1alpha1.ManagedByLabel}); err != nil {
			t.Fatal(err)
		}
	}
	written := make([]metav1.ObjectMeta, 0, len(secrets.Items)+len(maps.Items))
	for i := range secrets.Items {
		written = append(written, secrets.Items[i].ObjectMeta)
	}
	for i := range maps.Items {
		written = append(written, maps.Items[i].ObjectMeta)
	}
	if len(written) < 6 {
		t.Fatalf("the operator wrote %d objects only", len(written))
	}
	for _, object := range written {
		for _, key := range tracked {
			if object.Labels[key] != "" || object.Annotations[key] != "" {
				t.Errorf("%s carries %s", object.Name, key)
			}
		}
	}
}
