package kube

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/store/storetest"
	"tokenwright.dev/test/env"
)

// patience is how long an event may take to arrive on a machine that is busy with other things.
const patience = 30 * time.Second

// issuerName is the TokenIssuer of all tests.
const issuerName = "default"

// world is a namespace of a real API server in which issuers have the rights that config/rbac gives them.
type world struct {
	*env.Env

	namespace string
	config    *rest.Config
}

func newWorld(t testing.TB) *world {
	t.Helper()
	e := env.Start(t)
	w := &world{Env: e, namespace: e.Namespace(t), config: rest.CopyConfig(e.Config)}
	w.config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + w.namespace + ":default-issuer"}
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "config", "rbac", "issuer_role.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	role := new(rbacv1.ClusterRole)
	if err := yaml.UnmarshalStrict(text, role); err != nil {
		t.Fatal(err)
	}
	if err := e.Client.Create(t.Context(), role); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	w.create(t, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "default-issuer"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "default-issuer", Namespace: w.namespace}},
	})
	eventually(t, "rights", func() bool { return w.may(t) })
	return w
}

// may tells whether the authorizer has heard of the binding.
func (w *world) may(t testing.TB) bool {
	t.Helper()
	c, err := client.New(w.config, client.Options{Scheme: w.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	return c.List(t.Context(), &v1alpha1.TokenGrantList{}, client.InNamespace(w.namespace)) == nil
}

func (w *world) create(t testing.TB, object client.Object) {
	t.Helper()
	object.SetNamespace(w.namespace)
	if err := w.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// replica is a store that has synchronized, and counts what it asks of the API server.
type replica struct {
	*Store

	traffic *traffic
	stop    func()
}

func (w *world) replica(t testing.TB, now func() time.Time) *replica {
	t.Helper()
	r := w.stopped(t, now)
	r.start(t)
	return r
}

// start lets a replica watch, and waits until it knows all.
func (r *replica) start(t testing.TB) {
	t.Helper()
	synced := make(chan struct{})
	r.config.Synced = func() { close(synced) }
	ctx, end := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	r.stop = sync.OnceFunc(func() { end(); running.Wait() })
	t.Cleanup(r.stop)
	select {
	case <-synced:
	case <-time.After(patience):
		t.Fatal("not synchronized")
	}
}

// stopped is a replica that does not watch yet.
func (w *world) stopped(t testing.TB, now func() time.Time) *replica {
	t.Helper()
	r := &replica{traffic: &traffic{}}
	config := rest.CopyConfig(w.config)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		r.traffic.next = next
		return r.traffic
	})
	var err error
	r.Store, err = New(Config{
		REST: config, Namespace: w.namespace, Name: issuerName, Now: now, Log: slog.New(slog.DiscardHandler),
		Metrics: audit.NewMetrics(), Synced: func() {},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// traffic counts requests by method, and can be cut.
type traffic struct {
	next http.RoundTripper
	cut  atomic.Bool

	mu     sync.Mutex
	counts map[string]int
}

// RoundTrip passes a request on.
func (c *traffic) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.cut.Load() {
		return nil, &net.OpError{Op: "dial", Err: io.ErrUnexpectedEOF}
	}
	c.mu.Lock()
	if c.counts == nil {
		c.counts = map[string]int{}
	}
	if r.URL.Query().Get("watch") == "" {
		c.counts[r.Method]++
	}
	c.mu.Unlock()
	return c.next.RoundTrip(r)
}

// take returns the counts since the last call.
func (c *traffic) take() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	taken := c.counts
	c.counts = nil
	return taken
}

// eventually waits for what a watch brings, and returns how long that took.
func eventually(t testing.TB, what string, done func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	for !done() {
		if time.Since(begin) > patience {
			t.Fatalf("%s: not within %v", what, patience)
		}
		time.Sleep(time.Millisecond) //nolint:forbidigo // the memory tells nobody that it has changed
	}
	return time.Since(begin)
}

// atStart is a clock that stands still.
func atStart() time.Time { return storetest.Start }
