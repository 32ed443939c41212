package kube

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/env"
)

// patience is how long an event may take to arrive on a machine that is busy with other things.
const patience = 30 * time.Second

// world is a namespace of a real API server with an issuer in it, which has the rights that config/rbac gives it and
// reaches the API server over a line that can be cut.
type world struct {
	*env.Env
	*issuer.Issuer

	namespace string
	cluster   *Cluster
	reporter  *Reporter
	line      *line
	synced    chan struct{}
	stop      func()
}

func newWorld(t *testing.T) *world {
	t.Helper()
	e := env.Start(t)
	w := &world{Env: e, namespace: e.Namespace(t), synced: make(chan struct{})}
	grantRole(t, e, w.namespace)
	w.line = newLine(t, strings.Trim(strings.TrimPrefix(e.Config.Host, "https:"), "/"))
	config := rest.CopyConfig(e.Config)
	config.Host = "https://" + w.line.addr
	config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + w.namespace + ":default-issuer"}
	var err error
	if w.cluster, err = Connect(config, w.namespace, issuertest.Name); err != nil {
		t.Fatal(err)
	}
	log := slog.DiscardHandler
	w.Issuer = issuer.New(issuer.Config{Name: issuertest.Name, Log: log, Reader: w.cluster})
	w.reporter = NewReporter(w.cluster, w.Registry, slog.New(log), "replica-a")
	return w
}

// start feeds the registry until the test ends, or stop is called.
func (w *world) start(t *testing.T) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	feed := &Feed{
		Cluster: w.cluster, Registry: w.Registry, Metrics: w.Metrics, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Synced: func() { close(w.synced); w.Readiness.Synced() }, Loaded: w.reporter.Changed,
	}
	var running sync.WaitGroup
	running.Go(func() { feed.Run(ctx) })
	running.Go(func() { w.reporter.Run(ctx) })
	w.stop = sync.OnceFunc(func() { end(); running.Wait() })
	t.Cleanup(w.stop)
}

func (w *world) awaitSync(t *testing.T) {
	t.Helper()
	select {
	case <-w.synced:
	case <-time.After(patience):
		t.Fatal("not synchronized")
	}
}

// furnish writes what the operator would: configuration and rings.
func (w *world) furnish(t *testing.T) {
	t.Helper()
	ring := issuertest.NewRing(t, 3, keys.ES256)
	w.create(t, ringSecret(t, "default-signing-keys", ring))
	w.create(t, ringSecret(t, "default-sealing-keys", issuertest.NewRing(t, 4, keys.XC20P)))
	config, err := registration.EncodeConfig(registration.IssuerConfig{URL: issuertest.URL, Algorithms: []string{keys.ES256}})
	if err != nil {
		t.Fatal(err)
	}
	w.create(t, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: registration.ServiceName(issuertest.Name)},
		Data:       map[string]string{registration.ConfigDataKey: string(config)},
	})
}

func (w *world) create(t *testing.T, object client.Object) {
	t.Helper()
	object.SetNamespace(w.namespace)
	object.SetResourceVersion("")
	if err := w.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// accepts tells whether the client's secret is right, as far as the snapshot knows: nothing is read live.
func (w *world) accepts(clientID, secret string) bool {
	registered, ok := w.Registry.Snapshot().Client(clientID)
	if !ok {
		return false
	}
	_, right := registered.Registration().Match(secret, time.Now())
	return right
}

// authenticates tells the same with the help of a live read.
func (w *world) authenticates(t *testing.T, clientID, secret string) bool {
	t.Helper()
	_, err := w.Registry.Authenticate(t.Context(), oauth.Credentials{ClientID: clientID, Secret: secret, Method: oauth.MethodBasic}, "192.0.2.1")
	return err == nil
}

// eventually waits for what a watch brings.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !done(); {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
		time.Sleep(5 * time.Millisecond) //nolint:forbidigo // the snapshot tells nobody that it has changed
	}
}

// grantRole binds the role of config/rbac in namespace.
func grantRole(t *testing.T, e *env.Env, namespace string) {
	t.Helper()
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
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "default-issuer", Namespace: namespace},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role.Name},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Name: "default-issuer", Namespace: namespace}},
	}
	if err := e.Client.Create(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
}

// line carries connections to a server, until it is cut.
type line struct {
	addr, to string
	mu       sync.Mutex
	cut      bool
	open     map[net.Conn]bool
}

func newLine(t *testing.T, to string) *line {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	l := &line{addr: listener.Addr().String(), to: to, open: map[net.Conn]bool{}}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go l.carry(conn)
		}
	}()
	return l
}

func (l *line) carry(here net.Conn) {
	there, err := new(net.Dialer).DialContext(context.Background(), "tcp", l.to)
	if err != nil || !l.add(here, there) {
		here.Close()
		return
	}
	go func() { _, _ = io.Copy(there, here); there.Close() }()
	_, _ = io.Copy(here, there)
	here.Close()
}

func (l *line) add(ends ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, end := range ends {
		l.open[end] = true
		if l.cut {
			end.Close()
		}
	}
	return !l.cut
}

// set cuts the line, or mends it.
func (l *line) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for end := range l.open {
		end.Close()
		delete(l.open, end)
	}
}

// grantedIn names the binding that grantRole makes.
func grantedIn(namespace string) *rbacv1.RoleBinding {
	return &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "default-issuer"}}
}
