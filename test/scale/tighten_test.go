package scale

import (
	"bufio"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/issuer/registration"
)

// rounds is how often each is timed. One turn of a second or two tells little: the API server may have just collected its
// garbage, or be about to.
const rounds = 5

// TestTighten times how long it takes until a root policy that takes a scope away is in force for n clients: until the last
// of their registrations is written. Beside it, in turns, stand the bare updates of the same registrations, by the same
// account and with the same listeners, while the operator is stopped and nobody reads or decides anything. It reports, and
// judges only that all of them follow.
func TestTighten(t *testing.T) {
	n := count(t)
	if n == few {
		t.Skip("SCALE is not set: what is measured here is judged in test/hostile and controllers/oauthclient")
	}
	_, s := reconciled(t, n)
	c, err := client.NewWithWatch(s.Config, client.Options{Scheme: scheme()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d clients, %d policies, seconds:", n, policies)
	var bare, denied time.Duration
	for range rounds {
		updated := bareUpdates(t, s, c)
		first, all := tighten(t, c, n)
		t.Logf("  bare updates of their registrations %6.2f, a scope denied in all of them %6.2f, in the first after %.2f",
			updated.Seconds(), all.Seconds(), first.Seconds())
		bare, denied = bare+updated, denied+all
	}
	t.Logf("  denied at %.2f x the rate of the bare updates", bare.Seconds()/denied.Seconds())
}

// tighten denies a scope to n clients, then allows it again. It returns how long the first and the last of them had it still.
func tighten(t *testing.T, c client.WithWatch, n int) (first, all time.Duration) {
	t.Helper()
	changes, err := c.Watch(t.Context(), new(corev1.SecretList), client.InNamespace(stack.Namespace),
		client.MatchingLabels{v1alpha1.IssuerLabel: stack.DefaultIssuer})
	if err != nil {
		t.Fatal(err)
	}
	defer changes.Stop()
	const scope = "orders:write"
	begin := time.Now()
	if err := c.Create(t.Context(), denying(scope)); err != nil {
		t.Fatal(err)
	}
	first = await(t, changes, n, func(r *registration.Registration) bool { return !slices.Contains(r.Scopes, scope) }).Sub(begin)
	all = time.Since(begin)
	if err := c.Delete(t.Context(), denying(scope)); err != nil {
		t.Fatal(err)
	}
	await(t, changes, n, func(r *registration.Registration) bool { return slices.Contains(r.Scopes, scope) })
	return first, all
}

// bareUpdates updates each registration once, by the version that is known and with a label that is nobody's, as the account
// of the operator, which is stopped meanwhile. It returns how long that took.
func bareUpdates(t *testing.T, s *stack.Stack, c client.Client) time.Duration {
	t.Helper()
	var stored corev1.SecretList
	if err := c.List(t.Context(), &stored, client.InNamespace(stack.Namespace), client.MatchingFields{"type": string(v1alpha1.RegistrationSecretType)}); err != nil {
		t.Fatal(err)
	}
	if err := s.Operator.Stop(); err != nil {
		t.Fatal(err)
	}
	listen(t, s, metadataOf("Secret"), new(corev1.SecretList)) // as the operator does, and whoever measures
	config := rest.CopyConfig(s.Config)
	config.QPS = -1
	config.Impersonate = rest.ImpersonationConfig{
		UserName: "system:serviceaccount:" + stack.Namespace + ":tokenwright-operator",
		Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:" + stack.Namespace, "system:authenticated"},
	}
	operator, err := client.New(config, client.Options{Scheme: scheme()})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	inParallel(t, len(stored.Items), func(ctx context.Context, i int) error {
		stored.Items[i].Labels["example.com/bare"] = stored.Items[i].ResourceVersion
		return operator.Update(ctx, &stored.Items[i])
	})
	took := time.Since(begin)
	if err := s.StartOperator(t.Context()); err != nil {
		t.Fatal(err)
	}
	pause := time.NewTicker(time.Second)
	for !idle(t, s.OperatorMetricsURL, len(stored.Items)) {
		<-pause.C
	}
	return took
}

// idle tells whether the operator has passed over n clients since its start, and none waits.
func idle(t *testing.T, url string, n int) bool {
	t.Helper()
	passed := sum(t, url, "controller_runtime_reconcile_total{", `controller="oauthclient"`)
	return int(passed) >= n && sum(t, url, "workqueue_depth{", `controller="oauthclient"`) == 0
}

// sum adds up the samples of a metric that have a label; none while nobody answers.
func sum(t *testing.T, url, metric, label string) (total float64) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		return 0
	}
	defer func() { _ = response.Body.Close() }()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		labels, value, _ := strings.Cut(lines.Text(), "} ")
		if amount, err := strconv.ParseFloat(value, 64); err == nil && strings.HasPrefix(labels, metric) && strings.Contains(labels, label) {
			total += amount
		}
	}
	return total
}

// listen watches as many times as those do who have to hear of registrations beside the issuer.
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

// await returns when n registrations were seen to be as they should, and says when the first was.
func await(t *testing.T, changes watch.Interface, n int, right func(*registration.Registration) bool) (first time.Time) {
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
		if event.Type == watch.Modified && right(r) {
			done[secret.Name] = true
		}
		if len(done) == 1 && first.IsZero() {
			first = time.Now()
		}
		if len(done) == n {
			return first
		}
	}
	t.Fatalf("the watch ended after %d registrations", len(done))
	return first
}
