package scale

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/hack/dev/stack"
)

const (
	// few is how many clients the ordinary test run takes, to see that the measurement works.
	few = 100
	// workers is how many requests are under way at a time, of the bare writes and of whoever applies the clients.
	workers    = 16
	namespaces = 10
	policies   = 20
)

// TestScale reports; it judges nothing, since machines differ. SCALE is the number of clients.
func TestScale(t *testing.T) {
	n := count(t)
	bare := bareWrites(t, n)
	begin, s := reconciled(t, n)
	t.Logf("%d clients, %d policies, %d at a time:", n, policies, workers)
	t.Logf("  bare API writes   %8.1f s", bare.Seconds())
	t.Logf("  all Ready         %8.1f s   ratio %.2f", begin.Seconds(), begin.Seconds()/bare.Seconds())
	t.Logf("  operator's requests %s", requests(t, s.OperatorMetricsURL))
	t.Logf("  operator resident %8d MiB", resident(t, s.Operator.PID))
	t.Logf("  issuer resident   %8d MiB", resident(t, s.Issuer.PID))
}

func count(t *testing.T) int {
	t.Helper()
	log.SetLogger(logr.Discard()) // the operator's log is in its own process
	if os.Getenv("KUBEBUILDER_ASSETS") == "" && os.Getenv("CI") == "" {
		t.Skip("KUBEBUILDER_ASSETS is not set: run this by make test or make scale")
	}
	text := os.Getenv("SCALE")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("SCALE=%q: want a number of clients", text)
	}
	return n
}

// reconciled applies n clients to a running operator and returns how long it took until all were Ready.
func reconciled(t *testing.T, n int) (time.Duration, *stack.Stack) {
	t.Helper()
	s := start(t, stack.Options{Binary: built(t)})
	c := admin(t, s)
	createNamespaces(t, c)
	createPolicies(t, c)
	begin := time.Now()
	done := make(chan error, 1)
	go func() { done <- allReady(t.Context(), c, n) }()
	inParallel(t, n, func(ctx context.Context, i int) error { return c.Create(ctx, oauthClient(i)) })
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return time.Since(begin), s
}

// built is the program, built anew.
func built(t *testing.T) string {
	t.Helper()
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := stack.Build(t.Context(), root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// allReady returns when n clients are Ready. It asks the TokenIssuer how many are registered and looks at the clients only
// then: whoever watches them decodes every version of each, falls behind, is cut off and begins again, and what that costs
// the API server would count as the operator's.
func allReady(ctx context.Context, c client.Client, n int) error {
	for pause := time.NewTicker(500 * time.Millisecond); ; {
		issuer := &v1alpha1.TokenIssuer{}
		if err := c.Get(ctx, client.ObjectKey{Namespace: stack.Namespace, Name: stack.DefaultIssuer}, issuer); err != nil {
			return err
		}
		if issuer.Status.Clients != nil && int(*issuer.Status.Clients) == n {
			ready, err := countReady(ctx, c)
			if err != nil || ready == n {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-pause.C:
		}
	}
}

func countReady(ctx context.Context, c client.Client) (int, error) {
	var list v1alpha1.OAuthClientList
	if err := c.List(ctx, &list); err != nil {
		return 0, err
	}
	ready := 0
	for i := range list.Items {
		if isReady(&list.Items[i]) {
			ready++
		}
	}
	return ready, nil
}

func isReady(oc *v1alpha1.OAuthClient) bool {
	return meta.IsStatusConditionTrue(oc.Status.Conditions, v1alpha1.Ready)
}

func start(t *testing.T, options stack.Options) *stack.Stack {
	t.Helper()
	s, err := stack.Start(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// admin is a client that no limit of its own slows down.
func admin(t *testing.T, s *stack.Stack) client.Client {
	t.Helper()
	config := rest.CopyConfig(s.Config)
	config.QPS = -1
	c, err := client.New(config, client.Options{Scheme: scheme()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func scheme() *runtime.Scheme {
	s := runtime.NewScheme()
	_ = clientgoscheme.AddToScheme(s)
	_ = v1alpha1.AddToScheme(s)
	return s
}

func inParallel(t *testing.T, n int, do func(ctx context.Context, i int) error) {
	t.Helper()
	next := make(chan int)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := range next {
				if err := do(t.Context(), i); err != nil {
					t.Errorf("client %d: %v", i, err)
				}
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	group.Wait()
}

func createNamespaces(t *testing.T, c client.Client) {
	t.Helper()
	for i := range namespaces {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("apps-%02d", i)}}
		if err := c.Create(t.Context(), namespace); err != nil {
			t.Fatal(err)
		}
	}
}

// createPolicies writes root policies that all select every client.
func createPolicies(t *testing.T, c client.Client) {
	t.Helper()
	for i := range policies {
		policy := &v1alpha1.TokenPolicy{
			ObjectMeta: metav1.ObjectMeta{Namespace: stack.Namespace, Name: fmt.Sprintf("policy-%02d", i)},
			Spec: v1alpha1.TokenPolicySpec{
				Scopes:      &v1alpha1.ScopeRules{Allowed: []v1alpha1.ScopePattern{"orders:*", v1alpha1.ScopePattern(fmt.Sprintf("other-%d:*", i))}},
				AccessToken: &v1alpha1.AccessTokenRules{MaxLifetime: v1alpha1.DurationOf(time.Duration(10+i) * time.Minute)},
			},
		}
		if err := c.Create(t.Context(), policy); err != nil {
			t.Fatal(err)
		}
	}
}

func oauthClient(i int) *v1alpha1.OAuthClient {
	return &v1alpha1.OAuthClient{
		ObjectMeta: metav1.ObjectMeta{Namespace: fmt.Sprintf("apps-%02d", i%namespaces), Name: fmt.Sprintf("client-%05d", i)},
		Spec: v1alpha1.OAuthClientSpec{
			GrantTypes: []v1alpha1.GrantType{v1alpha1.ClientCredentials},
			Scopes:     []v1alpha1.Scope{"orders:read", "orders:write"},
			Audiences:  []v1alpha1.Audience{"https://orders.example"},
		},
	}
}

// requests counts what the operator asked of the API server, by method.
func requests(t *testing.T, url string) string {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	counts := map[string]float64{}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		labels, value, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "rest_client_requests_total{"), "} ")
		_, method, found := strings.Cut(labels, `method="`)
		if count, err := strconv.ParseFloat(value, 64); found && err == nil {
			counts[strings.TrimSuffix(method, `"`)] += count
		}
	}
	return fmt.Sprint(counts)
}

// resident is the memory of a process in MiB.
func resident(t *testing.T, pid int) int { return memory(t, pid, "VmRSS:") }

// memory is one line of what the kernel says of a process's memory, in MiB.
func memory(t *testing.T, pid int, line string) int {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("no /proc to read memory from")
	}
	for text := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(text, line); ok {
			kib, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				t.Fatal(err)
			}
			return kib / 1024
		}
	}
	t.Fatalf("no line %s", line)
	return 0
}
