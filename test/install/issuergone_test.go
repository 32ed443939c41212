package install

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// issuers is the namespace of an issuer in which the operator does not stand.
const issuers = "auth"

// TestIssuersNamespaceGone deletes the namespace of an issuer from under its clients, with an operator that may read
// everywhere and with one whose rights stand in each namespace, and go with it.
func TestIssuersNamespaceGone(t *testing.T) {
	for _, mode := range []struct {
		name string
		args []string
	}{
		{"everywhere", nil},
		{"some namespaces", []string{"--watch-namespaces=" + stack.Namespace + "," + issuers + ",team-orders"}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			in := live.Start(t, stack.Options{
				OperatorArgs: append([]string{"--issuer-namespaces=" + issuers}, mode.args...),
				Objects:      objects(t, append(issuersPlace(), namespace("team-orders"), build.TokenIssuer(stack.Namespace+"/"+stack.DefaultIssuer))...),
			})
			if mode.args != nil {
				text, _ := render(t, image, "team-orders")
				apply(t, in, text, "--force-conflicts") // with the stack, which gave the operator its rights everywhere
				restart(t, in)
			}
			namespaceGoes(t, in)
			namespaceComesBack(t, in)
		})
	}
}

// namespaceGoes holds the namespace in its end for a while, as a finalizer of somebody else's does.
func namespaceGoes(t *testing.T, in *live.Installation) {
	for _, name := range []string{"stays", "leaves", "leaves-late"} {
		create(t, in, build.OAuthClient("team-orders/"+name, build.Of(issuers+"/default")))
	}
	for _, name := range []string{"stays", "leaves", "leaves-late"} {
		live.AwaitReady(t, in, build.OAuthClient("team-orders/"+name))
	}
	held := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: issuers, Name: "held", Finalizers: []string{"example.com/backup"}}}
	create(t, in, held)
	remove(t, in, namespace(issuers))
	message := live.AwaitReason(t, in, build.OAuthClient("team-orders/stays"), v1alpha1.ReasonNamespaceTerminating)
	if !strings.Contains(message, "namespace auth is being deleted") {
		t.Errorf("the client says %q", message)
	}
	remove(t, in, build.OAuthClient("team-orders/leaves"))
	live.AwaitGone(t, in, build.OAuthClient("team-orders/leaves"))

	if err := in.Client.Patch(t.Context(), held, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))); err != nil {
		t.Fatal(err)
	}
	live.AwaitGone(t, in, namespace(issuers))
	message = live.AwaitReason(t, in, build.OAuthClient("team-orders/stays"), v1alpha1.ReasonIssuerNotFound)
	if !strings.Contains(message, "namespace auth is not there") {
		t.Errorf("the client says %q", message)
	}
	remove(t, in, build.OAuthClient("team-orders/leaves-late"))
	live.AwaitGone(t, in, build.OAuthClient("team-orders/leaves-late"))
}

// namespaceComesBack makes the namespace anew, and with it the operator's rights.
func namespaceComesBack(t *testing.T, in *live.Installation) {
	for _, object := range issuersPlace() {
		create(t, in, object)
	}
	live.AwaitReady(t, in, build.OAuthClient("team-orders/stays"))
}

// issuersPlace is a namespace with a TokenIssuer, and the operator's rights there.
func issuersPlace() []client.Object {
	return []client.Object{
		namespace(issuers),
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: issuers, Name: "tokenwright-operator"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
			Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: stack.Namespace, Name: "tokenwright-operator"}},
		},
		build.TokenIssuer(issuers+"/default", build.AllowUngoverned()),
	}
}

func namespace(name string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

func remove(t *testing.T, in *live.Installation, object client.Object) {
	t.Helper()
	if err := in.Client.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// objects are typed objects as a stack takes them.
func objects(t *testing.T, typed ...client.Object) []*unstructured.Unstructured {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{v1alpha1.AddToScheme, corev1.AddToScheme, rbacv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	out := make([]*unstructured.Unstructured, 0, len(typed))
	for _, object := range typed {
		u := new(unstructured.Unstructured)
		if err := scheme.Convert(object, u, nil); err != nil {
			t.Fatal(err)
		}
		out = append(out, u)
	}
	return out
}
