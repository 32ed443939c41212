package gitops

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/test/env"
)

// head says what config/argocd/argocd-cm.yaml is, below it follows the patch.
const head = `# Patches the ConfigMap of Argo CD, so that it knows when our kinds are well; docs/gitops.md says how to apply it.
# Generated from health.lua: go test ./test/gitops -run TestPatch -update. DO NOT EDIT.
`

// TestPatch holds the script for each kind in argocd-cm.yaml to health.lua.
func TestPatch(t *testing.T) {
	text := script(t)
	patch := corev1.ConfigMap{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: metav1.ObjectMeta{Name: "argocd-cm"},
		Data: map[string]string{},
	}
	for _, kind := range kinds {
		patch.Data["resource.customizations.health.oauth.tokenwright.dev_"+kind] = text
	}
	out, err := yaml.Marshal(patch)
	if err != nil {
		t.Fatal(err)
	}
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join(root, "config", "argocd", "argocd-cm.yaml"), head+string(out))
}

// golden compares with a file, or writes it where -update is given.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-stored +now), which -update writes anew:\n%s", path, diff)
	}
}
