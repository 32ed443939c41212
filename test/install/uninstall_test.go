package install

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// TestInstallAndUninstall tells what an administrator does, on one cluster.
func TestInstallAndUninstall(t *testing.T) {
	text, objects := render(t, image)
	in := start(t, []string{"--leader-elect"}, "team-orders")
	restart(t, in) // it now holds the Lease
	create(t, in, build.TokenPolicy(stack.Namespace+"/baseline"))
	create(t, in, build.OAuthClient("team-orders/orders"))
	live.AwaitReady(t, in, build.TokenPolicy(stack.Namespace+"/baseline"))
	live.AwaitReady(t, in, build.OAuthClient("team-orders/orders"))
	t.Run("install", func(t *testing.T) { apply(t, in, text) })
	t.Run("installing again changes nothing", func(t *testing.T) {
		before := versions(t, in, objects)
		apply(t, in, text)
		if diff := cmp.Diff(before, versions(t, in, objects), cmp.AllowUnexported(key{})); diff != "" {
			t.Errorf("resource versions (-before +after):\n%s", diff)
		}
	})
	t.Run("without the operator uninstalling says what to do", func(t *testing.T) { withoutOperator(t, in) })
	t.Run("with it again uninstalling ends", func(t *testing.T) {
		if err := in.StartOperator(t.Context()); err != nil {
			t.Fatal(err)
		}
		said, err := undeploy(t, in, "1m")
		if err != nil || !strings.Contains(said, "kubectl delete namespace "+stack.Namespace) {
			t.Errorf("undeploy: %v, it says\n%s", err, said)
		}
	})
	t.Run("only the key rings are left", func(t *testing.T) { onlyKeyRings(t, in) })
	t.Run("uninstalling again does nothing", func(t *testing.T) {
		if said, err := undeploy(t, in, "1m"); err != nil {
			t.Errorf("undeploy: %v, it says\n%s", err, said)
		}
	})
}

func undeploy(t *testing.T, in *live.Installation, timeout string) (said string, err error) {
	t.Helper()
	return script(t, []string{"KUBECONFIG=" + in.Kubeconfig, "TIMEOUT=" + timeout}, "undeploy.sh")
}

func withoutOperator(t *testing.T, in *live.Installation) {
	if err := in.Operator.Stop(); err != nil {
		t.Fatal(err)
	}
	said, err := undeploy(t, in, "1s")
	for _, want := range []string{"orders", "it has to run", "install it again"} {
		if err == nil || !strings.Contains(said, want) {
			t.Errorf("undeploy: %v, want %q in\n%s", err, want, said)
		}
	}
}

// onlyKeyRings looks for whatever an installation brings or makes.
func onlyKeyRings(t *testing.T, in *live.Installation) {
	crds := &unstructured.UnstructuredList{}
	crds.SetAPIVersion("apiextensions.k8s.io/v1")
	crds.SetKind("CustomResourceDefinitionList")
	got := map[string][]string{}
	for kind, list := range map[string]client.ObjectList{
		"CustomResourceDefinition": crds, "Secret": &corev1.SecretList{}, "ConfigMap": &corev1.ConfigMapList{},
		"Lease": &coordinationv1.LeaseList{}, "ServiceAccount": &corev1.ServiceAccountList{},
		"Role": &rbacv1.RoleList{}, "RoleBinding": &rbacv1.RoleBindingList{},
		"ClusterRole": &rbacv1.ClusterRoleList{}, "ClusterRoleBinding": &rbacv1.ClusterRoleBindingList{},
		"ValidatingAdmissionPolicy":        &admissionregistrationv1.ValidatingAdmissionPolicyList{},
		"ValidatingAdmissionPolicyBinding": &admissionregistrationv1.ValidatingAdmissionPolicyBindingList{},
	} {
		if err := in.Client.List(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		_ = apimeta.EachListItem(list, func(item runtime.Object) error {
			if o := item.(client.Object); ours(o) {
				got[kind] = append(got[kind], o.GetName())
			}
			return nil
		})
	}
	want := map[string][]string{
		"Secret": {"default-sealing-keys", "default-signing-keys"},
		// Those of the issuer that runs as a process of the stack, where there is no operator to make them.
		"ServiceAccount": {"default-issuer"}, "RoleBinding": {"default-issuer"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what is left (-want +got):\n%s", diff)
	}
}

// ours tells what we or our users made from what every cluster has.
func ours(o client.Object) bool {
	switch o.GetNamespace() {
	case "":
		return strings.Contains(o.GetName(), "tokenwright")
	case stack.Namespace, "team-orders":
		return o.GetName() != "default"
	default:
		return false
	}
}
