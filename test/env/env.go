package env

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"tokenwright.dev/api/v1alpha1"
)

// startTimeout is for a machine that compiles something else at the same time.
const startTimeout = 2 * time.Minute

// Env is a running API server with the CRDs installed. Tests share it, so none may change what is not in a namespace of
// its own.
type Env struct {
	// Client may do everything and reads from the server, not from a cache.
	Client client.Client
	// Config is for those who need another client; it does not throttle.
	Config *rest.Config
	// Scheme knows the kinds of Kubernetes and of Tokenwright.
	Scheme *runtime.Scheme

	stop func()
}

var (
	hasMain atomic.Bool
	shared  = sync.OnceValues(start)
	running atomic.Pointer[Env]
)

// Main runs the tests of a package and then stops the server that they shared. TestMain calls it and nothing else.
func Main(m *testing.M) {
	hasMain.Store(true)
	code := m.Run()
	if e := running.Load(); e != nil {
		e.stop()
	}
	os.Exit(code)
}

// Start returns the server that all tests of a binary share. Without the binaries of a control plane it skips the test,
// save under CI=true, where a test that did not run is a failure.
func Start(t testing.TB) *Env {
	t.Helper()
	if os.Getenv("KUBEBUILDER_ASSETS") == "" {
		const hint = "KUBEBUILDER_ASSETS is not set, so there is no API server to test with: run `make test`"
		if os.Getenv("CI") == "true" {
			t.Fatal(hint)
		}
		t.Skip(hint)
	}
	if !hasMain.Load() {
		t.Fatal("nobody would stop the API server: let TestMain call env.Main")
	}
	e, err := shared()
	if err != nil {
		t.Fatalf("start an API server: %v", err)
	}
	return e
}

func start() (*Env, error) {
	root, err := Root()
	if err != nil {
		return nil, err
	}
	server := &envtest.Environment{
		CRDDirectoryPaths:        []string{filepath.Join(root, "config", "crd", "bases")},
		ErrorIfCRDPathMissing:    true,
		ControlPlaneStartTimeout: startTimeout,
		ControlPlaneStopTimeout:  startTimeout,
	}
	flags := server.ControlPlane.GetAPIServer().Configure()
	flags.Set("advertise-address", "127.0.0.1") // a machine without a network has no other address
	flags.Set("endpoint-reconciler-type", "none")
	flags.Set("shutdown-watch-termination-grace-period", "100ms") // or it waits a minute for open watches
	config, err := server.Start()
	if err != nil {
		return nil, err
	}
	release, err := guard(children("etcd", "kube-apiserver"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("guard the API server: %w", err), server.Stop())
	}
	e := &Env{Config: config, stop: func() {
		if err := server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "Stopping the API server failed:", err)
		}
		release()
	}}
	running.Store(e)
	return e, e.connect()
}

func (e *Env) connect() (err error) {
	e.Config.QPS = -1
	if e.Scheme, err = newScheme(); err != nil {
		return err
	}
	e.Client, err = client.New(e.Config, client.Options{Scheme: e.Scheme})
	return err
}

func newScheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	builder := runtime.NewSchemeBuilder(clientgoscheme.AddToScheme, v1alpha1.AddToScheme)
	return scheme, builder.AddToScheme(scheme)
}

// Namespace makes a namespace that no other test has, and returns its name.
func (e *Env) Namespace(t testing.TB) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	if err := e.Client.Create(t.Context(), namespace); err != nil {
		t.Fatalf("make a namespace: %v", err)
	}
	return namespace.Name
}
