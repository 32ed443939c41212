package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/hack/image/roots"
)

// instructions are those of a Dockerfile in their order, each on one line.
type instructions []string

func dockerfile(t *testing.T) instructions {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`(?m)^#.*\n`).ReplaceAll(text, nil)
	text = regexp.MustCompile(`\\\n\s*`).ReplaceAll(text, nil)
	return slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool { return line == "" })
}

// all are the instructions of one word, without it.
func (i instructions) all(word string) []string {
	var out []string
	for _, line := range i {
		if rest, ok := strings.CutPrefix(line, word+" "); ok {
			out = append(out, rest)
		}
	}
	return out
}

// sources are what the Dockerfile copies into its build.
func (i instructions) sources() []string {
	var out []string
	for _, line := range i.all("COPY") {
		if words := strings.Fields(line); !strings.HasPrefix(words[0], "--from") {
			out = append(out, words[:len(words)-1]...)
		}
	}
	return out
}

// copyInto does what COPY does, without what .dockerignore holds back.
func (i instructions) copyInto(t *testing.T, dir string) {
	t.Helper()
	for _, source := range i.sources() {
		copyTree(t, filepath.Join(root, source), filepath.Join(dir, source))
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if entry.IsDir() && entry.Name() == "testdata" {
			return filepath.SkipDir
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		if entry.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o755)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestDockerfile says what the image is as this program does.
func TestDockerfile(t *testing.T) {
	lines := dockerfile(t)
	for _, tc := range []struct {
		word string
		want []string
	}{
		{"FROM", []string{"--platform=$BUILDPLATFORM golang:1.26 AS build", "scratch"}},
		{"USER", []string{user}},
		{"ENTRYPOINT", []string{`["` + programPath + `"]`}},
		{"LABEL", []string{`org.opencontainers.image.title=tokenwright org.opencontainers.image.version=$VERSION org.opencontainers.image.licenses=Apache-2.0`}},
	} {
		if diff := cmp.Diff(tc.want, lines.all(tc.word)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.word, diff)
		}
	}
	var files []string
	for _, line := range lines.all("COPY") {
		if words := strings.Fields(line); words[0] == "--from=build" {
			files = append(files, words[len(words)-1])
		}
	}
	if diff := cmp.Diff([]string{rootsPath, programPath}, files); diff != "" {
		t.Errorf("files of the image (-want +got):\n%s", diff)
	}
}

// TestBuildContext: .dockerignore lets through what the Dockerfile copies, and the authorities can be made from that.
func TestBuildContext(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, ".dockerignore"))
	if err != nil {
		t.Fatal(err)
	}
	allowed := strings.Split(string(text), "\n")
	for _, source := range dockerfile(t).sources() {
		if !slices.Contains(allowed, "!"+strings.TrimSuffix(source, "/")) {
			t.Errorf("%s is copied, but .dockerignore holds it back", source)
		}
	}
	copied := t.TempDir()
	dockerfile(t).copyInto(t, copied)
	command := exec.CommandContext(t.Context(), "go", "run", "-C", filepath.Join(copied, "hack/image"), "./roots/print")
	printed, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := roots.PEM()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(printed)); diff != "" {
		t.Errorf("authorities (-want +got):\n%s", diff)
	}
}

// TestFlagsStandInOnePlace: whoever builds what is shipped calls hack/build.sh.
func TestFlagsStandInOnePlace(t *testing.T) {
	for _, file := range []string{"Makefile", "Dockerfile"} {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "-ldflags") || !strings.Contains(string(text), "hack/build.sh") {
			t.Errorf("%s has flags of its own, or does not call hack/build.sh", file)
		}
	}
}
