package samples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/env"
)

// stub stands before each block: what it would have given to kubectl create is printed, and nothing else is done.
const stub = `
kubectl() { if [[ "$1 $2" == "apply -f" || "$*" == "create -f -" ]]; then cat; echo ---; fi; }
helm() { :; }
`

// TestRunbooksWrite runs the blocks of the runbooks that write objects, with all placeholders as they stand there, and has the
// API server look at what they write.
func TestRunbooksWrite(t *testing.T) {
	strict := start(t)
	written := 0
	for _, block := range blocks(t) {
		if !strings.Contains(block, "<<END") {
			continue
		}
		command := exec.CommandContext(t.Context(), "bash", "-euo", "pipefail", "-c", stub+block)
		command.Dir = t.TempDir()
		var out, complaints bytes.Buffer
		command.Stdout, command.Stderr = &out, &complaints
		if err := command.Run(); err != nil {
			t.Fatalf("%v\n%s\n%s", err, &complaints, block)
		}
		found, err := stack.Decode(out.Bytes())
		if err != nil {
			t.Fatalf("%v:\n%s", err, &out)
		}
		for _, object := range found {
			written++
			if err := strict.Create(t.Context(), object, client.DryRunAll); err != nil {
				t.Errorf("%v:\n%s", err, block)
			}
		}
	}
	if written == 0 {
		t.Error("no runbook writes anything")
	}
}

var (
	selected = regexp.MustCompile(`get (\w+)[^\n]*--field-selector (spec[.\w]+)=`)
	printed  = regexp.MustCompile(`get (\w+)[^\n]*(?:\\\n)?[^\n]*jsonpath='[^']*?\{(?:range )?\.(spec|status)([.\w]*)`)
)

// TestRunbooksRead looks in the CRDs for the fields that the runbooks select and print.
func TestRunbooksRead(t *testing.T) {
	e := env.Start(t)
	found := 0
	for _, block := range blocks(t) {
		for _, match := range selected.FindAllStringSubmatch(block, -1) {
			found++
			if crd := crdOf(t, e, match[1]); !strings.Contains(selectable(crd), " ."+match[2]+" ") {
				t.Errorf("nobody can select %s by %s", match[1], match[2])
			}
		}
		for _, match := range printed.FindAllStringSubmatch(block, -1) {
			found++
			schema := crdOf(t, e, match[1]).Spec.Versions[0].Schema.OpenAPIV3Schema.Properties[match[2]]
			for field := range strings.SplitSeq(strings.Trim(match[3], "."), ".") {
				if schema.Items != nil {
					schema = *schema.Items.Schema
				}
				below, ok := schema.Properties[field]
				if field != "" && !ok {
					t.Errorf("%s has no field %s%s", match[1], match[2], match[3])
				}
				schema = below
			}
		}
	}
	if found < 3 {
		t.Errorf("%d fields found", found)
	}
}

func crdOf(t *testing.T, e *env.Env, name string) *apiextensionsv1.CustomResourceDefinition {
	t.Helper()
	crd, object := new(apiextensionsv1.CustomResourceDefinition), new(unstructured.Unstructured)
	object.SetGroupVersionKind(apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition"))
	key := client.ObjectKey{Name: strings.TrimSuffix(name, "s") + "s.oauth.tokenwright.dev"}
	if err := e.Client.Get(t.Context(), key, object); err != nil {
		t.Fatal(err)
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object.Object, crd); err != nil {
		t.Fatal(err)
	}
	return crd
}

func selectable(crd *apiextensionsv1.CustomResourceDefinition) string {
	all := " "
	for _, field := range crd.Spec.Versions[0].SelectableFields {
		all += field.JSONPath + " "
	}
	return all
}

var fence = regexp.MustCompile("(?s)```(?:sh|console)\n(.*?)```")

// blocks are the fenced commands of docs/runbooks.md.
func blocks(t *testing.T) []string {
	t.Helper()
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "docs", "runbooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, match := range fence.FindAllStringSubmatch(string(page), -1) {
		all = append(all, match[1])
	}
	return all
}
