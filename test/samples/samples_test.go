package samples

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/env"
)

func TestMain(m *testing.M) { env.Main(m) }

// TestSamples applies all files in the order of their names, since the wrong ones stand in the namespaces of the others.
func TestSamples(t *testing.T) {
	strict := start(t)
	for _, file := range append(files(t, "[0-9]*.yaml"), files(t, "issuers", "*.yaml")...) {
		for _, object := range objects(t, file) {
			if err := strict.Create(t.Context(), object); client.IgnoreAlreadyExists(err) != nil {
				t.Errorf("%s: %s %s: %v", filepath.Base(file), object.GetKind(), object.GetName(), err)
			}
		}
	}
	for _, file := range files(t, "wrong", "*.yaml") {
		t.Run(filepath.Base(file), func(t *testing.T) { tryWrong(t, strict, file) })
	}
}

// start returns a client that forgives no unknown field, of an API server with the namespace that the install brings.
func start(t *testing.T) client.Client {
	t.Helper()
	strict := client.WithFieldValidation(env.Start(t).Client, metav1.FieldValidationStrict)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: stack.Namespace}}
	if err := strict.Create(t.Context(), namespace); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
	return strict
}

func tryWrong(t *testing.T, strict client.Client, file string) {
	t.Helper()
	promise, _, _ := strings.Cut(read(t, file), "\n")
	found := objects(t, file)
	if len(found) != 1 {
		t.Fatalf("%d objects, want one", len(found))
	}
	err := strict.Create(t.Context(), found[0], client.DryRunAll)
	if says, refused := strings.CutPrefix(promise, "# Refused: "); refused {
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want an error saying %q", err, says)
		}
		return
	}
	if !strings.HasPrefix(promise, "# Not Ready: ") {
		t.Errorf("the first line %q promises neither to be refused nor not to become Ready", promise)
	}
	if err != nil {
		t.Errorf("refused (%s), want it taken and not to become Ready", apierrors.ReasonForError(err))
	}
}

// TestSamplesSayWhatTheyAreFor wants a comment above each object.
func TestSamplesSayWhatTheyAreFor(t *testing.T) {
	for _, file := range slices.Concat(files(t, "[0-9]*.yaml"), files(t, "issuers", "*.yaml"), files(t, "teams", "*.yaml"), files(t, "wrong", "*.yaml")) {
		for i, document := range strings.Split(read(t, file), "\n---\n") {
			if !strings.HasPrefix(document, "# ") {
				t.Errorf("%s: object %d has no comment above it", filepath.Base(file), i)
			}
		}
	}
}

// TestKustomizationIsComplete keeps `kubectl apply -k` and the files from drifting apart.
func TestKustomizationIsComplete(t *testing.T) {
	kustomization := objects(t, files(t, "kustomization.yaml")[0])[0]
	listed, _, err := unstructured.NestedStringSlice(kustomization.Object, "resources")
	if err != nil {
		t.Fatal(err)
	}
	var present []string
	for _, file := range files(t, "[0-9]*.yaml") {
		present = append(present, filepath.Base(file))
	}
	if got, want := strings.Join(listed, " "), strings.Join(present, " "); got != want {
		t.Errorf("kustomization.yaml lists %s, want %s", got, want)
	}
}

func files(t *testing.T, pattern ...string) []string {
	t.Helper()
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(append([]string{root, "config", "samples"}, pattern...)...))
	if err != nil || len(found) == 0 {
		t.Fatalf("no samples %q (%v)", pattern, err)
	}
	return found
}

func objects(t *testing.T, file string) []*unstructured.Unstructured {
	t.Helper()
	found, err := stack.Decode([]byte(read(t, file)))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return found
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
