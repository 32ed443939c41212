package tokenissuer

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

// TestWakers says which TokenIssuer a change concerns.
func TestWakers(t *testing.T) {
	secretIn := func(namespace string, labels, annotations map[string]string) client.Object {
		return &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Labels: labels, Annotations: annotations}}
	}
	secret := func(labels, annotations map[string]string) client.Object {
		return secretIn("system", labels, annotations)
	}
	r := &Reconciler{IssuerNamespaces: []string{"system"}}
	of := map[string]string{v1alpha1.IssuerLabel: "default"}
	for _, tc := range []struct {
		name string
		got  []reconcile.Request
		want string
	}{
		{"a report", reporter(t.Context(), build.Report("one", "system/default", time.Time{}, 1, 1)), "system/default"},
		{"a key ring", r.ringHolder(t.Context(), secret(of, nil)), "system/default"},
		{"a registration", r.ringHolder(t.Context(), secret(of, map[string]string{v1alpha1.OwnerAnnotation: "apps/web"})), ""},
		{"a Secret of nobody", r.ringHolder(t.Context(), secret(nil, nil)), ""},
		{"what calls itself a key ring elsewhere", r.ringHolder(t.Context(), secretIn("apps", of, nil)), ""},
	} {
		var got string
		for _, request := range tc.got {
			got += request.String()
		}
		if got != tc.want {
			t.Errorf("%s wakes %q, want %q", tc.name, got, tc.want)
		}
	}
}
