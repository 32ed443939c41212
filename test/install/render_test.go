package install

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tokenwright.dev/hack/dev/stack"
)

const (
	partOf = "app.kubernetes.io/part-of"
	image  = "registry.example:5000/tokenwright:v1.2.3"
)

type object = *unstructured.Unstructured

// key tells the objects of a rendering apart.
type key struct{ kind, namespace, name string }

func keyOf(o object) key { return key{o.GetKind(), o.GetNamespace(), o.GetName()} }

// kubectl is the path of the one of the control plane.
func kubectl(t *testing.T) string {
	t.Helper()
	assets := os.Getenv("KUBEBUILDER_ASSETS")
	if assets == "" {
		const hint = "KUBEBUILDER_ASSETS is not set, so there is no kubectl to render with: run `make install-test`"
		if os.Getenv("CI") != "" {
			t.Fatal(hint)
		}
		t.Skip(hint)
	}
	return filepath.Join(assets, "kubectl")
}

// script runs a script of hack/install with the kubectl of the control plane, and returns what it prints.
func script(t *testing.T, env []string, name string, args ...string) (stdout string, err error) {
	t.Helper()
	program := kubectl(t)
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), filepath.Join(root, "hack", "install", name), args...)
	var errors bytes.Buffer
	command.Env = append(append(os.Environ(), "KUBECTL="+program), env...)
	command.Stderr = &errors
	out, err := command.Output()
	if t.Logf("%s %s\n%s", name, strings.Join(args, " "), errors.String()); err != nil {
		return string(out) + errors.String(), err
	}
	return string(out), nil
}

// render is what "make deploy" applies.
func render(t *testing.T, args ...string) (string, []object) {
	t.Helper()
	text, err := script(t, nil, "render.sh", args...)
	if err != nil {
		t.Fatalf("render: %v\n%s", err, text)
	}
	objects, err := stack.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text, objects
}

// TestEverythingIsLabelled is what uninstalling by label stands on. Selectors, which can never be changed, are without it.
func TestEverythingIsLabelled(t *testing.T) {
	_, objects := render(t, image, "team-orders")
	for _, o := range objects {
		if o.GetLabels()[partOf] != "tokenwright" {
			t.Errorf("%s %s has the labels %v, want %s among them", o.GetKind(), o.GetName(), o.GetLabels(), partOf)
		}
		selector, _, _ := unstructured.NestedStringMap(o.Object, "spec", "selector", "matchLabels")
		if selector[partOf] != "" {
			t.Errorf("%s %s selects by %s", o.GetKind(), o.GetName(), partOf)
		}
	}
}

func TestImage(t *testing.T) {
	const digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	for _, tc := range []struct{ image, want string }{
		{"tokenwright", "tokenwright"},
		{"tokenwright:dev", "tokenwright:dev"},
		{"registry.example:5000/tokenwright", "registry.example:5000/tokenwright"},
		{"registry.example:5000/tokenwright:1.0", "registry.example:5000/tokenwright:1.0"},
		{"registry.example/tokenwright@" + digest, "registry.example/tokenwright@" + digest},
		{"registry.example/tokenwright:1.0@" + digest, "registry.example/tokenwright@" + digest},
	} {
		_, objects := render(t, tc.image)
		if got := container(t, objects)["image"]; got != tc.want {
			t.Errorf("render %s: image %v, want %s", tc.image, got, tc.want)
		}
	}
}

// TestNamespacedReadsNoSecretsElsewhere looks at every rule that reaches beyond one namespace.
func TestNamespacedReadsNoSecretsElsewhere(t *testing.T) {
	_, objects := render(t, image, "team-orders,team-billing")
	for _, o := range objects {
		if o.GetKind() != "ClusterRole" || o.GetName() == "tokenwright-issuer" { // which is bound in one namespace at a time
			continue
		}
		rules, _ := o.Object["rules"].([]any)
		for _, rule := range rules {
			resources, _, _ := unstructured.NestedStringSlice(rule.(map[string]any), "resources")
			if len(resources) != 1 || resources[0] != "namespaces" {
				t.Errorf("ClusterRole %s allows %v, want namespaces alone", o.GetName(), rule)
			}
		}
	}
}

// operatorOf is the operator's Deployment.
func operatorOf(t *testing.T, objects []object) object {
	t.Helper()
	for _, o := range objects {
		if o.GetKind() == "Deployment" {
			return o
		}
	}
	t.Fatal("there is no Deployment")
	return nil
}

// container is that of the operator.
func container(t *testing.T, objects []object) map[string]any {
	t.Helper()
	containers, _, err := unstructured.NestedSlice(operatorOf(t, objects).Object, "spec", "template", "spec", "containers")
	if err != nil || len(containers) != 1 {
		t.Fatalf("the operator has %d containers (%v), want 1", len(containers), err)
	}
	return containers[0].(map[string]any)
}
