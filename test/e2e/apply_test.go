package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// apply applies a file of testdata, as kubectl does, with images in place of their names.
func (c *cluster) apply(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	text = []byte(strings.NewReplacer(
		"${WORKLOAD_IMAGE}", c.images.workload, "${RESOURCE_IMAGE}", c.images.resource, "${TOKENWRIGHT_IMAGE}", c.images.first,
	).Replace(string(text)))
	if out, err := c.try(t.Context(), string(text), "apply", "--server-side", "-f", "-"); err != nil {
		t.Fatalf("apply %s: %v\n%s", file, err, out)
	}
}

// overlay is what a user writes to install one version: the image, and a mark by which these tests know what is theirs.
const overlay = `resources: [BASE]
images: [{name: tokenwright, newName: NAME, newTag: TAG}]
labels: [{pairs: {tokenwright.dev/e2e: "true"}}]
`

// install applies config/default with an image.
func (c *cluster) install(t *testing.T, image string) {
	t.Helper()
	folder, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	base, err := filepath.Rel(folder, filepath.Join(c.root, "config", "default"))
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(image, ":")
	text := strings.NewReplacer("BASE", base, "NAME", image[:at], "TAG", image[at+1:]).Replace(overlay)
	if err := os.WriteFile(filepath.Join(folder, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c.kubectl(t, "apply", "--server-side", "-k", folder)
}
