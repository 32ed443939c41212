package demo

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tokenwright.dev/hack/dev/stack"
)

// TestRun takes the whole tour. Each step checks what it shows; here it is about what must not be shown.
func TestRun(t *testing.T) {
	if os.Getenv("KUBEBUILDER_ASSETS") == "" && os.Getenv("CI") != "true" {
		t.Skip("KUBEBUILDER_ASSETS is not set: run make test, or hack/controlplane/build.sh")
	}
	root, err := stack.Root()
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := Run(t.Context(), root, out); err != nil {
		t.Errorf("Run: %v", err)
	}
	shown, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	for i, stop := range stops {
		if !strings.Contains(string(shown), stop.title) {
			t.Errorf("step %d, %q, is not shown", i+1, stop.title)
		}
	}
	for name, secret := range map[string]string{
		"a client secret": `tw_cs_[A-Za-z0-9_-]{20,}`,
		"a whole token":   `eyJ[\w-]+\.[\w-]+\.[\w-]+`,
		"a color":         `\x1b`, // out is no terminal
	} {
		if found := regexp.MustCompile(secret).Find(shown); found != nil {
			t.Errorf("the tour shows %s: %.12s...", name, found)
		}
	}
	if t.Failed() {
		t.Logf("%s", shown)
	}
}
