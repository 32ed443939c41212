package install

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/build"
	"tokenwright.dev/test/stack/live"
)

// TestNamespaced runs the operator with the rights of config/namespaced for one namespace, and no others.
func TestNamespaced(t *testing.T) {
	text, _ := render(t, image, "team-orders")
	in := start(t, []string{"--leader-elect", "--watch-namespaces=" + stack.Namespace + ",team-orders"}, "team-orders", "elsewhere")
	apply(t, in, text, "--force-conflicts") // with the stack, which gave the operator its rights everywhere
	restart(t, in)
	t.Run("a client in a listed namespace works", func(t *testing.T) {
		create(t, in, build.OAuthClient("team-orders/orders"))
		create(t, in, build.OAuthClient(stack.Namespace+"/platform"))
		live.AwaitReady(t, in, build.OAuthClient("team-orders/orders"))
		live.AwaitReady(t, in, build.OAuthClient(stack.Namespace+"/platform"))
	})
	t.Run("a reference to elsewhere finds nothing", func(t *testing.T) {
		create(t, in, build.OAuthClient("team-orders/lost", build.Of("elsewhere/default")))
		live.AwaitReason(t, in, build.OAuthClient("team-orders/lost"), v1alpha1.ReasonIssuerNotFound)
	})
	t.Run("a client elsewhere is left alone", func(t *testing.T) { clientElsewhere(t, in) })
	t.Run("what a client elsewhere had registered stays", func(t *testing.T) { registrationOfElsewhere(t, in) })
	t.Run("Secrets elsewhere cannot be read", func(t *testing.T) { secretsElsewhere(t, in) })
	if log := in.Operator.Logs(); strings.Contains(log, "orbidden") || strings.Contains(log, "unknown namespace") {
		t.Errorf("the operator asked for what it may not have:\n%s", log)
	}
}

// registrationOfElsewhere is what another installation, or this one before, made for a client that is out of sight.
func registrationOfElsewhere(t *testing.T, in *live.Installation) {
	registered := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: stack.Namespace, Name: "default-client-elsewhere",
		Labels:      map[string]string{v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue, v1alpha1.IssuerLabel: "default"},
		Annotations: map[string]string{v1alpha1.OwnerAnnotation: "elsewhere/orders"},
	}}
	create(t, in, registered)
	create(t, in, build.OAuthClient("team-orders/last"))
	live.AwaitReady(t, in, build.OAuthClient("team-orders/last"))
	if err := in.Client.Get(t.Context(), client.ObjectKeyFromObject(registered), registered); err != nil {
		t.Errorf("the registration of a client elsewhere: %v", err)
	}
}

// clientElsewhere waits for a client that was made later: the operator has had its chance.
func clientElsewhere(t *testing.T, in *live.Installation) {
	elsewhere := build.OAuthClient("elsewhere/orders", build.Of(stack.Namespace+"/default"))
	create(t, in, elsewhere)
	create(t, in, build.OAuthClient("team-orders/later"))
	live.AwaitReady(t, in, build.OAuthClient("team-orders/later"))
	if err := in.Client.Get(t.Context(), client.ObjectKeyFromObject(elsewhere), elsewhere); err != nil {
		t.Fatal(err)
	}
	if len(elsewhere.Finalizers) > 0 || len(elsewhere.Status.Conditions) > 0 {
		t.Errorf("the operator wrote to a client elsewhere: finalizers %v, status %+v", elsewhere.Finalizers, elsewhere.Status)
	}
	err := in.Client.Get(t.Context(), client.ObjectKey{Namespace: "elsewhere", Name: "orders-oauth"}, new(corev1.Secret))
	if !apierrors.IsNotFound(err) {
		t.Errorf("the Secret of a client elsewhere: %v, want it not to be there", err)
	}
}

func secretsElsewhere(t *testing.T, in *live.Installation) {
	for _, tc := range []struct {
		verb, resource, namespace string
		want                      bool
	}{
		{"get", "secrets", "team-orders", true},
		{"get", "secrets", stack.Namespace, true},
		{"get", "secrets", "elsewhere", false},
		{"list", "secrets", "elsewhere", false},
		{"create", "secrets", "elsewhere", false},
		{"list", "secrets", "", false},
		{"get", "configmaps", "team-orders", false},
		{"list", "namespaces", "", true},
	} {
		if got := may(t, in, tc.verb, tc.resource, tc.namespace); got != tc.want {
			t.Errorf("%s %s in %q: allowed %v, want %v", tc.verb, tc.resource, tc.namespace, got, tc.want)
		}
	}
}
