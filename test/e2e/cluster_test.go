package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/env"
	"tokenwright.dev/test/stack/live"
)

// Namespaces of the installation, and of those who use it.
const (
	system = "tokenwright-system"
	apps   = "tokenwright-e2e"
)

// ours marks all that the tests put into a cluster, so that they never take away what is somebody's.
const ours = "tokenwright.dev/e2e"

// cluster is the cluster under test, and what the stories so far have left in it.
type cluster struct {
	*live.Installation // of which there is the client alone: the rest is in the cluster

	config *rest.Config
	root   string // of the module
	images images
	ca     authority
	calls  calls
	held   *login // that waits for the keys to rotate
	rings  rings
}

// connect skips the test unless it is told of a cluster, and of how to bring images there: make e2e sees to both.
func connect(t *testing.T) *cluster {
	t.Helper()
	if os.Getenv(loadVariable) == "" || os.Getenv("KUBECONFIG") == "" {
		t.Skip("KUBECONFIG and " + loadVariable + " are not set, so there is no cluster to test with: run `make e2e`")
	}
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	files := clientcmd.NewDefaultClientConfigLoadingRules() // as kubectl reads them
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(files, nil).ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	config.WarningHandlerWithContext = rest.NoWarnings{}
	scheme := runtime.NewScheme()
	builder := runtime.NewSchemeBuilder(clientgoscheme.AddToScheme, v1alpha1.AddToScheme)
	if err := builder.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	admin, err := client.NewWithWatch(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{Installation: &live.Installation{Client: admin}, config: config, root: root, ca: newAuthority(t)}
	c.clear(t)
	return c
}

// clear removes what a former run has left, and refuses a cluster that somebody uses.
func (c *cluster) clear(t *testing.T) {
	t.Helper()
	var namespace corev1.Namespace
	err := c.Client.Get(t.Context(), client.ObjectKey{Name: system}, &namespace)
	if err == nil && namespace.Labels[ours] == "" {
		t.Fatalf("the cluster has a namespace %s that is not of these tests: they need a cluster that nobody uses", system)
	}
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	selector := ours + "=true"
	for _, kinds := range []string{"namespaces", "clusterroles,clusterrolebindings", "customresourcedefinitions"} {
		c.kubectl(t, "delete", kinds, "-l", selector, "--wait=false")
	}
	// Whoever would remove the finalizers is on its way out, too.
	for _, name := range []string{apps, system} {
		c.release(t, name)
	}
	c.kubectl(t, "wait", "--for=delete", "namespaces,customresourcedefinitions", "-l", selector, "--timeout=2m")
}

// release lets go of what only an operator would let go.
func (c *cluster) release(t *testing.T, namespace string) {
	t.Helper()
	var clients v1alpha1.OAuthClientList
	if err := c.Client.List(t.Context(), &clients, client.InNamespace(namespace)); err != nil {
		return // the kind is unknown, so there is none
	}
	for i := range clients.Items {
		patch := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))
		if err := c.Client.Patch(t.Context(), &clients.Items[i], patch); client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
	}
}

// kubectl does what a person does, and returns what it prints.
func (c *cluster) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := c.try(t.Context(), "", args...)
	if err != nil {
		t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// try is kubectl where it may fail. What it says beside, such as warnings, is part of the failure alone.
func (c *cluster) try(ctx context.Context, stdin string, args ...string) (string, error) {
	program := os.Getenv("KUBECTL")
	if program == "" {
		program = "kubectl"
	}
	var out, says bytes.Buffer
	command := exec.CommandContext(ctx, program, args...)
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &out, &says
	if err := command.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s", err, says.String())
	}
	return out.String(), nil
}
