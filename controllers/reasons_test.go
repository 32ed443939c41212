package controllers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"tokenwright.dev/test/env"
)

// TestEveryReasonHasARow finds the reasons of conditions in api/v1alpha1/conditions.go, and wants each to stand in a row
// of a table in some test of the controllers or of the issuer.
func TestEveryReasonHasARow(t *testing.T) {
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	reasons := reasonsOf(t, filepath.Join(root, "api", "v1alpha1", "conditions.go"))
	if len(reasons) < 20 {
		t.Fatalf("found %d reasons only", len(reasons))
	}
	rows := map[string]bool{}
	for _, folder := range []string{"controllers", filepath.Join("issuer", "store", "kube")} {
		err = filepath.WalkDir(filepath.Join(root, folder), func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, "_test.go") {
				ast.Inspect(parse(t, path), func(n ast.Node) bool { return collectRows(n, rows) })
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, reason := range reasons {
		if !rows[reason] {
			t.Errorf("no row of a table asks for %s", reason)
		}
	}
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// reasonsOf lists the constants of a file whose names begin with Reason.
func reasonsOf(t *testing.T, path string) []string {
	t.Helper()
	var reasons []string
	ast.Inspect(parse(t, path), func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Reason") {
			reasons = append(reasons, spec.Names[0].Name)
		}
		return true
	})
	return reasons
}

// collectRows notes the reasons in the elements of n, if n is the literal of a list.
func collectRows(n ast.Node, rows map[string]bool) bool {
	table, ok := n.(*ast.CompositeLit)
	if !ok {
		return true
	}
	if _, ok := table.Type.(*ast.ArrayType); !ok {
		return true
	}
	for _, element := range table.Elts {
		row, ok := element.(*ast.CompositeLit)
		if !ok {
			continue
		}
		ast.Inspect(row, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok {
				rows[selector.Sel.Name] = true
			}
			return true
		})
	}
	return true
}
