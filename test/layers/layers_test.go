package layers

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	module = "tokenwright.dev"
	root   = "../.."
)

// TestImports is the rule itself: the whole module against hack/layers.txt.
func TestImports(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "hack", "layers.txt"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := Parse(string(text))
	if err != nil {
		t.Fatalf("hack/layers.txt: %v", err)
	}
	for _, violation := range rules.Check(load(t)) {
		t.Errorf("hack/layers.txt: %s", violation)
	}
}

// TestEveryPackageHasDoc asks each package for the one file that says what it owns and what it does not know.
func TestEveryPackageHasDoc(t *testing.T) {
	for _, pkg := range load(t).sorted() {
		if strings.Contains(pkg.Path, "/applyconfiguration") {
			continue // generated
		}
		if _, err := os.Stat(filepath.Join(root, strings.TrimPrefix(pkg.Path, module), "doc.go")); err != nil {
			t.Errorf("%s has no doc.go: %v", pkg.Path, err)
		}
	}
}

func TestCheck(t *testing.T) {
	const house = "floor low\nfloor mid other\nfloor tree/...\nfloor top\n"
	for _, tc := range []struct {
		name  string
		rules string
		graph Graph
		want  []string
	}{
		{"downward", house, with(ours("top", "mid"), ours("mid", "low"), ours("tree/a", "tree/b", "low")), nil},
		{"upward", house, with(ours("mid", "top")), []string{"mid/x.go imports top, which stands above it (lines 2 and 4)"}},
		{"beside", house, with(ours("mid", "other")), []string{"mid/x.go imports other, which stands beside it (lines 2 and 2)"}},
		{"homeless", house, with(ours("new", "low")), []string{"new stands on no floor: add it to a floor line"}},
		{"gone", house + "floor attic", with(), []string{"line 5 names attic, and there is no such package"}},
		{
			"only, broken", house + "only low imports std b.org/...",
			with(ours("low", "fmt", "a.org/x", "b.org/x")), []string{"low/x.go imports a.org/x; line 5 allows only std, b.org/..."},
		},
		{"only, about outside imports", house + "only mid imports std", with(ours("mid", "low", "fmt")), nil},
		{
			"never, at second hand", house + "never top imports a.org/...",
			with(ours("top", "mid"), ours("mid", "b.org/x")),
			[]string{"top/x.go leads to a.org/x, which line 5 forbids: top -> mid -> b.org/x -> a.org/x"},
		},
		{"never, except", house + "never tree/... except tree/a imports a.org/x", with(ours("tree/a", "a.org/x")), nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			rules, err := Parse(tc.rules)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, rules.Check(tc.graph)); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"flor a", "only a", "only a imports", "never a but b imports c", "imports"} {
		if rules, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", text, rules)
		}
	}
}

// load also walks the module's folders itself: go test keeps a result until a file changes that the test opened, and
// what the go command opens is not among them.
func load(t *testing.T) Graph {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && len(entry.Name()) > len("..") && strings.HasPrefix(entry.Name(), ".") {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	graph, err := Load(t.Context(), root, module)
	if err != nil {
		t.Fatal(err)
	}
	return graph
}

// ours is a package of this module with one file, x.go.
func ours(path string, imports ...string) *Package {
	pkg := &Package{Path: path, Ours: true, Imports: map[string][]string{}}
	for _, i := range imports {
		pkg.Imports[i] = []string{"x.go"}
	}
	return pkg
}

// with adds packages to a house in which every floor has one, and to three outside packages.
func with(packages ...*Package) Graph {
	graph := Graph{
		"fmt":     {Path: "fmt", Standard: true},
		"a.org/x": {Path: "a.org/x"},
		"b.org/x": {Path: "b.org/x", Imports: map[string][]string{"a.org/x": nil}},
	}
	for _, pkg := range slices.Concat([]*Package{ours("low"), ours("mid"), ours("other"), ours("tree/b"), ours("top")}, packages) {
		graph[pkg.Path] = pkg
	}
	return graph
}
