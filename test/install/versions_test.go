package install

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tokenwright.dev/hack/dev/stack"
)

// TestDocumentedVersions holds the table in docs/install.md to what the tests run on: its first row is the control plane that
// hack/controlplane builds.
func TestDocumentedVersions(t *testing.T) {
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	text := func(path ...string) string {
		content, err := os.ReadFile(filepath.Join(append([]string{root}, path...)...))
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	pinned := regexp.MustCompile(`(?s)etcd/server/v3 v(\S+)\n.*k8s\.io/kubernetes v(\S+)\n`).FindStringSubmatch(text("hack", "controlplane", "go.mod"))
	if pinned == nil {
		t.Fatal("hack/controlplane/go.mod names no Kubernetes, or no etcd")
	}
	_, table, _ := strings.Cut(text("docs", "install.md"), "| Kubernetes | tried |\n|---|---|\n")
	first, _, _ := strings.Cut(table, "\n")
	if want := "| " + pinned[2] + ", etcd " + pinned[1] + " | by each change: "; !strings.HasPrefix(first, want) {
		t.Errorf("the first row is %q, want it to begin with %q", first, want)
	}
}
