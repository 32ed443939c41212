package gitops

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// TestRecorded judges the objects of testdata, which TestStory records; the last word of a file's name is the verdict.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "*.yaml"))
	if err != nil || len(files) < 3*len(kinds) {
		t.Fatalf("%d files (%v)", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			name := strings.TrimSuffix(file, ".yaml")
			judged(t, recorded(t, file), verdict(name[strings.LastIndex(name, "-")+1:]))
		})
	}
}

func recorded(t *testing.T, file string) *unstructured.Unstructured {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err = yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	object := new(unstructured.Unstructured)
	if err := object.UnmarshalJSON(text); err != nil {
		t.Fatal(err)
	}
	return object
}

// TestOdd judges what no operator of ours writes, but another version of it might.
func TestOdd(t *testing.T) {
	condition := func(kind, status string) map[string]any {
		return map[string]any{"type": kind, "status": status, "reason": "Why", "message": "because"}
	}
	for _, tc := range []struct {
		name       string
		observed   any
		conditions []any
		want       verdict
	}{
		{"no conditions", int64(2), []any{}, wait},
		{"an older version", int64(1), []any{condition("Ready", "True")}, wait},
		{"ready", int64(2), []any{condition("Ready", "True")}, well},
		{"not ready, and nothing says why", int64(2), []any{condition("Ready", "False")}, wait},
		{"not ready, and no longer stalled", int64(2), []any{condition("Ready", "False"), condition("Stalled", "False")}, wait},
		{"nobody knows", int64(2), []any{condition("Ready", "Unknown")}, wait},
		{"reconciling", int64(2), []any{condition("Ready", "False"), condition("Reconciling", "True")}, wait},
		{"stalled", int64(2), []any{condition("Ready", "False"), condition("Stalled", "True")}, broken},
		{"stalled comes first", int64(2), []any{condition("Stalled", "True"), condition("Ready", "False")}, broken},
	} {
		t.Run(tc.name, func(t *testing.T) {
			object := &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "oauth.tokenwright.dev/v1alpha1", "kind": "OAuthClient",
				"metadata": map[string]any{"name": "a", "generation": int64(2)},
				"status":   map[string]any{"observedGeneration": tc.observed, "conditions": tc.conditions},
			}}
			if got, message := argoCD(t, object); got != tc.want {
				t.Errorf("Argo CD says %s (%s), want %s", got, message, tc.want)
			}
		})
	}
}
