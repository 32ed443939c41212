package accepted_test

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/controllers/accepted"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/env"
)

func TestZeroValueKnowsNoRoot(t *testing.T) {
	if (accepted.Versions{}).IsRoot("tokenwright-system") {
		t.Error("a policy is a root policy, although no issuer is served")
	}
}

// TestPlaces says where versions stand: those of root policies beside them, those of local ones in the first of the
// issuers' namespaces, and no two in one place.
func TestPlaces(t *testing.T) {
	e := env.Start(t)
	first, second, local := e.Namespace(t), e.Namespace(t), e.Namespace(t)
	versions := accepted.Versions{Live: e.Client, IssuerNamespaces: []string{first, second}}
	for _, namespace := range []string{first, second, local} {
		tp := build.TokenPolicy(namespace+"/p", build.AllowScopes(namespace))
		tp.UID, tp.Generation = types.UID("uid-"+namespace), 1
		if err := versions.Keep(t.Context(), e.Client, tp); err != nil {
			t.Fatal(err)
		}
	}
	for namespace, want := range map[string]int{first: 2, second: 1, local: 0} {
		var list corev1.ConfigMapList
		if err := e.Client.List(t.Context(), &list, client.InNamespace(namespace), client.HasLabels{v1alpha1.PolicyLabel}); err != nil {
			t.Fatal(err)
		}
		if len(list.Items) != want {
			t.Errorf("%d versions stand in %s, want %d", len(list.Items), namespace, want)
		}
	}
	for _, namespace := range []string{first, second, local} {
		if err := versions.Forget(t.Context(), e.Client, types.NamespacedName{Namespace: namespace, Name: "p"}); err != nil {
			t.Error(err)
		}
	}
}

// TestKept finds what was kept of the same policy, and nothing of a former one of its name.
func TestKept(t *testing.T) {
	e := env.Start(t)
	versions := accepted.Versions{Live: e.Client, IssuerNamespaces: []string{e.Namespace(t)}}
	good := build.TokenPolicy(versions.IssuerNamespaces[0]+"/p", build.AllowScopes("kept"))
	good.UID, good.Generation = "uid", 1
	another := good.DeepCopy()
	another.UID = "another"
	want := func(when string, tp *v1alpha1.TokenPolicy, want v1alpha1.ScopePattern) {
		t.Helper()
		spec, _, err := versions.Kept(t.Context(), tp)
		if err != nil {
			t.Fatal(err)
		}
		var got v1alpha1.ScopePattern
		if spec != nil {
			got = spec.Scopes.Allowed[0]
		}
		if got != want {
			t.Errorf("%s: %q is kept, want %q", when, got, want)
		}
	}
	want("never accepted", good, "")
	if err := versions.Keep(t.Context(), e.Client, good); err != nil {
		t.Fatal(err)
	}
	want("accepted", good, "kept")
	want("another policy of the name", another, "")
}
