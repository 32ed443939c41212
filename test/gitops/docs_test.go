package gitops

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/hack/dev/stack"
	"tokenwright.dev/test/env"
	"tokenwright.dev/test/stage"
)

// TestDocs reads the YAML of docs/gitops.md: all of it is YAML, and the API server takes what is of our kinds.
func TestDocs(t *testing.T) {
	s := stage.New(t)
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "docs", "gitops.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, block := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1) {
		var parsed map[string]any
		if err := yaml.UnmarshalStrict(block[1], &parsed); err != nil {
			t.Errorf("%v in\n%s", err, block[1])
		}
		if parsed["apiVersion"] != "oauth.tokenwright.dev/v1alpha1" {
			continue
		}
		objects, err := stack.Decode(block[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, object := range objects {
			object.SetNamespace(s.Apps)
			if err := s.Client.Create(t.Context(), object, client.DryRunAll); err != nil {
				t.Error(err)
			}
			found++
		}
	}
	if found == 0 {
		t.Error("there is no object of ours")
	}
}
