package scale

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
)

// tenant is the namespace of a team that stores as much as it may.
const tenant = "apps-00"

// TestMemory reports what an operator takes at most from its start until a new client is Ready: with nothing there, and
// beside SCALE objects of a tenant with as many annotations as the API server takes, of one kind after the other. What
// is kept of one such object is counted by a test of the controllers, each time.
func TestMemory(t *testing.T) {
	if os.Getenv("SCALE") == "" {
		t.Skip("SCALE is not set: run this by make memory")
	}
	n := count(t)
	binary := built(t)
	for _, streams := range []bool{true, false} {
		t.Run(fmt.Sprintf("WatchList=%t", streams), func(t *testing.T) {
			besides(t, n, start(t, stack.Options{Binary: binary, ExtraAPIServerArgs: map[string]string{
				"feature-gates": fmt.Sprintf("WatchList=%t", streams),
			}}))
		})
	}
}

// besides stores n objects of one kind after the other, and starts the operator anew beside them.
func besides(t *testing.T, n int, s *stack.Stack) {
	t.Helper()
	c := admin(t, s)
	createNamespaces(t, c)
	t.Logf("%d objects of each kind, with 250 KB of annotations each; the operator since its start:", n)
	t.Logf("  with none of them        %s", restarted(t, s, c, 0))
	for i, kind := range []struct {
		name   string
		object func(metav1.ObjectMeta) client.Object
	}{
		{"Secrets", func(m metav1.ObjectMeta) client.Object { return &corev1.Secret{ObjectMeta: m} }},
		{"OAuthClients", func(m metav1.ObjectMeta) client.Object {
			oc := oauthClient(0)
			oc.ObjectMeta, oc.Spec.IssuerRef = m, &v1alpha1.IssuerReference{Name: "none"}
			return oc
		}},
		{"TokenPolicies", func(m metav1.ObjectMeta) client.Object {
			return &v1alpha1.TokenPolicy{ObjectMeta: m, Spec: v1alpha1.TokenPolicySpec{
				ClientSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"team": "nobody"}},
			}}
		}},
	} {
		inParallel(t, n, func(ctx context.Context, i int) error { return c.Create(ctx, kind.object(heavy(i))) })
		t.Logf("  with the %-15s %s", kind.name, restarted(t, s, c, i+1))
	}
}

// heavy is the metadata of an object that is as large as a tenant can make it by annotations, and looks like one of
// ours.
func heavy(i int) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: tenant, Name: fmt.Sprintf("heavy-%05d", i),
		Labels:      map[string]string{v1alpha1.ClientLabel: fmt.Sprintf("heavy-%05d", i), v1alpha1.ManagedByLabel: v1alpha1.ManagedByValue},
		Annotations: map[string]string{"example.com/heavy": strings.Repeat("x", 250_000)},
	}
}

// restarted starts the operator anew, waits until the nth new client is Ready, and tells the memory that it took.
func restarted(t *testing.T, s *stack.Stack, c client.Client, n int) string {
	t.Helper()
	if err := s.Operator.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.StartOperator(t.Context()); err != nil {
		t.Fatal(err)
	}
	oc := oauthClient(1)
	oc.Name = fmt.Sprintf("witness-%d", n)
	if err := c.Create(t.Context(), oc); err != nil {
		t.Fatal(err)
	}
	for pause := time.NewTicker(100 * time.Millisecond); !isReady(oc); <-pause.C {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(oc), oc); err != nil {
			t.Fatal(err)
		}
	}
	return fmt.Sprintf("%4d MiB at most, %4d MiB then", memory(t, s.Operator.PID, "VmHWM:"), memory(t, s.Operator.PID, "VmRSS:"))
}
