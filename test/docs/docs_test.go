package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tokenwright.dev/test/env"
)

// TestPathsExist reads the pages for contributors.
func TestPathsExist(t *testing.T) {
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"CONTRIBUTING.md", "docs/walkthrough.md"} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		found, problems := missing(root, string(text))
		if found < 10 {
			t.Errorf("%s: %d paths found", page, found)
		}
		for _, problem := range problems {
			t.Errorf("%s: %s", page, problem)
		}
	}
}

// TestMissing wants a path and a name that are wrong to be noticed.
func TestMissing(t *testing.T) {
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		text     string
		problems int
	}{
		{"`test/docs/docs_test.go`", 0},
		{"`test/docs/another_test.go`", 1},
		{"`test/<name>/docs_test.go`", 0},
		{"`test/<name>/another_test.go`", 1},
		{"`test/docs/docs_test.go` (`TestMissing`, `code`)", 0},
		{"`test/docs/docs_test.go` (`TestNobody`)", 1},
		{"| what | `test/docs/docs_test.go` | `TestMissing`, `TestNobody` |", 1},
		{"`test/browser/out`", 0},
		{"`make test` or `text/plain`", 0},
	} {
		if _, problems := missing(root, tc.text); len(problems) != tc.problems {
			t.Errorf("%s: %q, want %d problems", tc.text, problems, tc.problems)
		}
	}
}

// code is something in backquotes; named is a path, and the names that are said to stand there.
var (
	code  = regexp.MustCompile("`([^`]+)`")
	named = regexp.MustCompile("`([^` ]+\\.go)`(?: \\(| \\| )((?:`\\w+`(?:, )?)+)")
	blank = regexp.MustCompile(`<[^>]+>`)
)

// missing counts the paths in text, and says which of these are not there, and which names do not stand in their file.
// A folder that only a command makes is there if .gitignore lists it: a fresh clone has none of these.
func missing(root, text string) (found int, problems []string) {
	ignored, _ := os.ReadFile(filepath.Join(root, ".gitignore"))
	made := "\n" + string(ignored)
	for _, match := range code.FindAllStringSubmatch(text, -1) {
		path := match[1]
		top, _, below := strings.Cut(path, "/")
		if info, err := os.Stat(filepath.Join(root, top)); !below || err != nil || !info.IsDir() || strings.Contains(path, " ") {
			continue
		}
		found++
		if strings.Contains(made, "\n/"+path+"/\n") {
			continue
		}
		if matches, err := filepath.Glob(filepath.Join(root, blank.ReplaceAllString(path, "*"))); err != nil || len(matches) == 0 {
			problems = append(problems, "there is no "+path)
		}
	}
	for _, match := range named.FindAllStringSubmatch(text, -1) {
		declared := declarations(filepath.Join(root, match[1]))
		for _, name := range code.FindAllStringSubmatch(match[2], -1) {
			if !declared[name[1]] {
				problems = append(problems, "there is no "+name[1]+" in "+match[1])
			}
		}
	}
	return found, problems
}

// declarations are the names that a file of Go declares at its top; none if it cannot be read.
func declarations(path string) map[string]bool {
	names := map[string]bool{}
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return names
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			names[d.Name.Name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				note(spec, names)
			}
		}
	}
	return names
}

func note(spec ast.Spec, names map[string]bool) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		names[s.Name.Name] = true
	case *ast.ValueSpec:
		for _, name := range s.Names {
			names[name.Name] = true
		}
	}
}
