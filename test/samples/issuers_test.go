package samples

import (
	"path/filepath"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/workload"
)

// TestIssuersCanRun asks the API server whether it takes, field by field, what the operator would run for each TokenIssuer.
func TestIssuersCanRun(t *testing.T) {
	strict := start(t)
	found := 0
	for _, file := range append(files(t, "[0-9]*.yaml"), files(t, "issuers", "*.yaml")...) {
		for _, object := range objects(t, file) {
			if object.GetKind() != "TokenIssuer" {
				continue
			}
			found++
			t.Run(filepath.Base(file), func(t *testing.T) { tryToRun(t, strict, issuer(t, object)) })
		}
	}
	if found == 0 {
		t.Error("no sample is a TokenIssuer")
	}
}

func tryToRun(t *testing.T, c client.Client, ti *v1alpha1.TokenIssuer) {
	t.Helper()
	if !workload.Managed(ti) {
		t.Fatal("the operator does not run it")
	}
	template, err := workload.Template(ti, workload.Image{Name: "tokenwright"}, "a", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, object := range append(workload.Around(ti), workload.Deployment(ti, new(appsv1.Deployment), template)) {
		if object.Want == nil {
			continue
		}
		if err := c.Apply(t.Context(), object.Want, client.FieldOwner(workload.Manager), client.DryRunAll); err != nil {
			t.Errorf("%T: %v", object.Live, err)
		}
	}
}

// issuer is a sample as the API server would have it, which gives it a UID.
func issuer(t *testing.T, object *unstructured.Unstructured) *v1alpha1.TokenIssuer {
	t.Helper()
	ti := new(v1alpha1.TokenIssuer)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, ti); err != nil {
		t.Fatal(err)
	}
	ti.UID = "4c5ce2d4-6a3c-4b77-a7ed-62ba2da4a4b6"
	return ti
}
