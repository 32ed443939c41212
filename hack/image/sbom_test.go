package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cyclonedx "github.com/CycloneDX/cyclonedx-go"
	"github.com/google/go-cmp/cmp"
)

// checkModules compares the list of modules with what Go itself says of the program.
func checkModules(t *testing.T, program []byte) {
	t.Helper()
	text, err := modules(program, tested)
	if err != nil {
		t.Fatal(err)
	}
	var bom cyclonedx.BOM
	if err := cyclonedx.NewBOMDecoder(bytes.NewReader(text), cyclonedx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	got := make([]string, 0, len(*bom.Components))
	for _, c := range *bom.Components {
		got = append(got, c.Name+" "+c.Version)
		if !strings.HasPrefix(c.PackageURL, "pkg:golang/") || (c.Name != "std" && c.Hashes == nil) {
			t.Errorf("%s has the URL %q and the hashes %v", c.Name, c.PackageURL, c.Hashes)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(fromGo(t, program), got); diff != "" {
		t.Errorf("(-go version -m +listed):\n%s", diff)
	}
	if self := bom.Metadata.Component; self.Name != "tokenwright.dev" || self.Version != tested.version {
		t.Errorf("it is the list of %s %s", self.Name, self.Version)
	}
}

// fromGo reads the output of `go version -m`: a line for each module, "=>" before what replaces the one above.
func fromGo(t *testing.T, program []byte) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	write(t, path, program)
	out, err := exec.CommandContext(t.Context(), "go", "version", "-m", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		switch words := strings.Fields(line); words[0] {
		case path + ":":
			all = append(all, "std "+strings.TrimPrefix(words[1], "go"))
		case "dep":
			all = append(all, words[1]+" "+words[2])
		case "=>":
			all[len(all)-1] = words[1] + " " + words[2]
		}
	}
	slices.Sort(all)
	return all
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestModulesOfNoProgram(t *testing.T) {
	if _, err := modules([]byte("#!/bin/sh"), tested); err == nil {
		t.Error("a script has no list of modules, and that is no error")
	}
}
