package stack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/stack/live"
)

// samples is the folder of the samples.
func samples(t *testing.T) string {
	t.Helper()
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "config", "samples")
}

// typed is an object of ours in its Go type; nil for another one.
func typed(t *testing.T, in *live.Installation, object *unstructured.Unstructured) client.Object {
	t.Helper()
	if object.GroupVersionKind().Group != v1alpha1.GroupVersion.Group {
		return nil
	}
	out, err := in.Client.Scheme().New(object.GroupVersionKind())
	if err != nil {
		t.Fatal(err)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, out); err != nil {
		t.Fatal(err)
	}
	return out.(client.Object)
}

func samplesBecomeReady(t *testing.T, in *live.Installation) {
	manifests, err := stack.Manifests(samples(t))
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, manifest := range manifests {
		switch object := typed(t, in, manifest).(type) {
		case *v1alpha1.OAuthClient:
			live.AwaitReady(t, in, object)
		case *v1alpha1.TokenPolicy:
			found := live.AwaitReady(t, in, object)
			if accepted := live.Condition(found, v1alpha1.Accepted); accepted.Status != metav1.ConditionTrue {
				t.Errorf("TokenPolicy %s/%s is Ready and not Accepted: %v", found.Namespace, found.Name, accepted)
			}
		case *v1alpha1.TokenIssuer:
			live.AwaitReady(t, in, object)
		}
		count[manifest.GetKind()]++
	}
	t.Logf("Ready: %v", count)
	live.Await(t, in, &v1alpha1.TokenIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: stack.DefaultIssuer}},
		"to count its clients", func(ti *v1alpha1.TokenIssuer) bool {
			return ti.Status.Clients != nil && int(*ti.Status.Clients) == count["OAuthClient"]
		})
}

// wrongSamplesSayWhy applies those that the API server takes; it refuses the others, which test/samples proves.
func wrongSamplesSayWhy(t *testing.T, in *live.Installation) {
	files, err := filepath.Glob(filepath.Join(samples(t), "wrong", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no wrong samples (%v)", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		promise, isPromised := strings.CutPrefix(string(content), "# Not Ready: ")
		if !isPromised {
			continue
		}
		reason, _, _ := strings.Cut(promise, ",")
		t.Run(filepath.Base(file), func(t *testing.T) {
			objects, err := stack.Decode(content)
			if err != nil || len(objects) != 1 {
				t.Fatalf("%d objects (%v), want one", len(objects), err)
			}
			object := typed(t, in, objects[0])
			create(t, in, object)
			t.Logf("%s: %s", reason, live.AwaitReason(t, in, object, reason))
		})
	}
}

// unservedIssuer applies a TokenIssuer where any application team could.
func unservedIssuer(t *testing.T, in *live.Installation) {
	ti := &v1alpha1.TokenIssuer{ObjectMeta: metav1.ObjectMeta{Namespace: "team-orders", Name: "own"}}
	ti.Spec.URL = "https://own.example"
	create(t, in, ti)
	t.Log(live.AwaitReason(t, in, ti, v1alpha1.ReasonNamespaceNotServed))
	follower := job("team-orders", "follower")
	follower.Spec.IssuerRef = &v1alpha1.IssuerReference{Name: ti.Name}
	create(t, in, follower)
	t.Log(live.AwaitReason(t, in, follower, v1alpha1.ReasonIssuerNotFound))
	for _, name := range []string{registration.SigningRingName(ti.Name), registration.SealingRingName(ti.Name)} {
		err := in.Client.Get(t.Context(), client.ObjectKey{Namespace: ti.Namespace, Name: name}, new(corev1.Secret))
		if !apierrors.IsNotFound(err) {
			t.Errorf("key ring %s: %v, want none", name, err)
		}
	}
}
