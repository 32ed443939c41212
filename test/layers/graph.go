package layers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Package is one node of the import graph. Packages of this module have paths relative to it.
type Package struct {
	Path     string
	Standard bool
	Ours     bool
	// Imports holds the files that import each package, without tests. Only our packages name files.
	Imports map[string][]string
}

// Graph holds packages by path.
type Graph map[string]*Package

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Dir        string
	Standard   bool
	Module     *struct{ Main bool }
	GoFiles    []string
	Imports    []string
}

// Load asks the go command in root, the folder of this module, for all packages and what they import.
func Load(ctx context.Context, root, module string) (Graph, error) {
	command := exec.CommandContext(ctx, "go", "list", "-deps", "-json=ImportPath,Dir,Standard,Module,GoFiles,Imports", "./...")
	command.Dir = root
	output, err := command.Output()
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return nil, fmt.Errorf("go list: %s", exit.Stderr)
		}
		return nil, fmt.Errorf("go list: %w", err)
	}
	return decode(strings.NewReader(string(output)), module)
}

// decode turns the stream of `go list -json` into a graph.
func decode(r io.Reader, module string) (Graph, error) {
	graph := Graph{}
	for decoder := json.NewDecoder(r); ; {
		var l listed
		if err := decoder.Decode(&l); errors.Is(err, io.EOF) {
			return graph, nil
		} else if err != nil {
			return nil, fmt.Errorf("decode go list: %w", err)
		}
		pkg := &Package{
			Path:     relative(module, l.ImportPath),
			Standard: l.Standard,
			Ours:     l.Module != nil && l.Module.Main,
			Imports:  map[string][]string{},
		}
		if err := pkg.fill(l, module); err != nil {
			return nil, err
		}
		graph[pkg.Path] = pkg
	}
}

// fill records the imports: of our own packages file by file, of others as one.
func (p *Package) fill(l listed, module string) error {
	if !p.Ours {
		for _, path := range l.Imports {
			p.Imports[path] = nil
		}
		return nil
	}
	for _, file := range l.GoFiles {
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(l.Dir, file), nil, parser.ImportsOnly)
		if err != nil {
			return fmt.Errorf("parse imports: %w", err)
		}
		for _, spec := range parsed.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return fmt.Errorf("%s: %w", file, err)
			}
			path = relative(module, path)
			p.Imports[path] = append(p.Imports[path], file)
		}
	}
	return nil
}

// relative shortens paths in our module: "tokenwright.dev/issuer/keys" is "issuer/keys".
func relative(module, path string) string { return strings.TrimPrefix(path, module+"/") }

// sorted returns the packages of this module in order of path, so that reports are stable.
func (g Graph) sorted() []*Package {
	var ours []*Package
	for _, path := range slices.Sorted(maps.Keys(g)) {
		if g[path].Ours {
			ours = append(ours, g[path])
		}
	}
	return ours
}

// chain returns the shortest way of imports from a package to one that is a target, or nil.
func (g Graph) chain(from string, target func(*Package) bool) []string {
	cameFrom := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		at := g[queue[0]]
		if at.Path != from && target(at) {
			return wayBack(cameFrom, at.Path)
		}
		for _, next := range slices.Sorted(maps.Keys(at.Imports)) {
			if _, seen := cameFrom[next]; !seen && g[next] != nil {
				cameFrom[next] = at.Path
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// wayBack follows the map from the end to the start.
func wayBack(cameFrom map[string]string, end string) []string {
	var way []string
	for at := end; at != ""; at = cameFrom[at] {
		way = append(way, at)
	}
	slices.Reverse(way)
	return way
}
