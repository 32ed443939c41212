package scale

import (
	"context"
	"slices"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/registration"
)

// TestTighten times how long it takes until a root policy that takes a scope away is in force for n clients: until the last
// of their registrations is written. Beside it stand the bare updates of as many registrations, without any reading, with as
// many watches open. It reports, and judges only that all of them follow.
func TestTighten(t *testing.T) {
	n := count(t)
	if n == few {
		t.Skip("SCALE is not set: what is measured here is judged in test/hostile and controllers/oauthclient")
	}
	bare := bareUpdates(t, n)
	_, s := reconciled(t, n)
	c, err := client.NewWithWatch(s.Config, client.Options{Scheme: scheme()})
	if err != nil {
		t.Fatal(err)
	}
	tightened, err := c.Watch(t.Context(), new(corev1.SecretList), client.InNamespace(stack.Namespace),
		client.MatchingLabels{v1alpha1.IssuerLabel: stack.DefaultIssuer})
	if err != nil {
		t.Fatal(err)
	}
	defer tightened.Stop()
	begin := time.Now()
	if err := c.Create(t.Context(), denying("orders:write")); err != nil {
		t.Fatal(err)
	}
	awaitTightened(t, tightened, n)
	took := time.Since(begin)
	t.Logf("%d clients, %d policies:", n, policies)
	t.Logf("  bare updates of their registrations %8.2f s", bare.Seconds())
	t.Logf("  a scope denied in all of them       %8.2f s   %.2f x the rate", took.Seconds(), bare.Seconds()/took.Seconds())
	t.Logf("  operator's requests %s", requests(t, s.OperatorMetricsURL))
}

// bareUpdates stores n registrations, and returns how long it takes to update each once, by the version that is known.
func bareUpdates(t *testing.T, n int) time.Duration {
	t.Helper()
	s := start(t, stack.Options{})
	defer func() { _ = s.Close() }()
	c := admin(t, s)
	stored := make([]*corev1.Secret, n)
	inParallel(t, n, func(ctx context.Context, i int) error {
		oc := oauthClient(i)
		oc.UID = "00000000-0000-0000-0000-000000000000"
		stored[i] = registered(oc)
		return c.Create(ctx, stored[i])
	})
	listen(t, s, new(corev1.SecretList), new(corev1.SecretList), metadataOf("Secret"))
	begin := time.Now()
	inParallel(t, n, func(ctx context.Context, i int) error {
		stored[i].Data[registration.DataKey] = append(stored[i].Data[registration.DataKey], '\n')
		return c.Update(ctx, stored[i])
	})
	return time.Since(begin)
}

// listen watches as many times as those do who have to hear of registrations: the issuer, whoever measures, and the operator.
func listen(t *testing.T, s *stack.Stack, lists ...client.ObjectList) {
	t.Helper()
	c, err := client.NewWithWatch(s.Config, client.Options{Scheme: scheme()})
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range lists {
		changes, err := c.Watch(t.Context(), list, client.InNamespace(stack.Namespace))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(changes.Stop)
		go func() {
			for range changes.ResultChan() { // until the watch ends
			}
		}()
	}
}

func metadataOf(kind string) client.ObjectList {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(corev1.SchemeGroupVersion.WithKind(kind + "List"))
	return list
}

func denying(scope v1alpha1.ScopePattern) *v1alpha1.TokenPolicy {
	return &v1alpha1.TokenPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: "less"},
		Spec:       v1alpha1.TokenPolicySpec{Scopes: &v1alpha1.ScopeRules{Denied: []v1alpha1.ScopePattern{scope}}},
	}
}

// awaitTightened returns when n registrations have lost the scope.
func awaitTightened(t *testing.T, changes watch.Interface, n int) {
	t.Helper()
	done := map[string]bool{}
	for event := range changes.ResultChan() {
		secret, ok := event.Object.(*corev1.Secret)
		if !ok || secret.Type != v1alpha1.RegistrationSecretType {
			continue
		}
		r, err := registration.Decode(secret.Data[registration.DataKey])
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(r.Scopes, "orders:write") {
			done[secret.Name] = true
		}
		if len(done) == n {
			return
		}
	}
	t.Fatalf("the watch ended after %d registrations", len(done))
}
