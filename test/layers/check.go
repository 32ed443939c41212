package layers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Check returns one line for each import that breaks a rule and for each package that stands on no floor.
func (r Rules) Check(graph Graph) []string {
	var broken []string
	for _, pkg := range graph.sorted() {
		broken = append(broken, r.checkFloor(graph, pkg)...)
		for _, l := range r.limits {
			if l.concerns(pkg.Path) {
				broken = append(broken, l.check(graph, pkg)...)
			}
		}
	}
	return append(broken, r.checkUnused(graph)...)
}

// checkFloor compares the height of a package with those that it imports.
func (r Rules) checkFloor(graph Graph, pkg *Package) []string {
	height, unit, found := r.find(pkg.Path)
	if !found {
		return []string{fmt.Sprintf("%s stands on no floor: add it to a floor line", pkg.Path)}
	}
	var broken []string
	for _, path := range slices.Sorted(maps.Keys(pkg.Imports)) {
		if imported := graph[path]; imported == nil || !imported.Ours {
			continue
		}
		other, otherUnit, found := r.find(path)
		if !found || other < height || otherUnit == unit {
			continue
		}
		where := "above"
		if other == height {
			where = "beside"
		}
		broken = append(broken, fmt.Sprintf("%s imports %s, which stands %s it (lines %d and %d)",
			pkg.files(path), path, where, r.floors[height].line, r.floors[other].line))
	}
	return broken
}

// checkUnused reports what the floors name and nobody has written, so that the page stays true.
func (r Rules) checkUnused(graph Graph) []string {
	var broken []string
	for _, f := range r.floors {
		for _, unit := range f.units {
			stands := func(path string) bool { return graph[path].Ours && matches(unit, path) }
			if !slices.ContainsFunc(slices.Collect(maps.Keys(graph)), stands) {
				broken = append(broken, fmt.Sprintf("line %d names %s, and there is no such package", f.line, unit))
			}
		}
	}
	return broken
}

// check compares what a package imports with the limit's targets.
func (l limit) check(graph Graph, pkg *Package) []string {
	if !l.only {
		way := graph.chain(pkg.Path, l.names)
		if way == nil {
			return nil
		}
		return []string{fmt.Sprintf("%s leads to %s, which line %d forbids: %s",
			pkg.files(way[1]), way[len(way)-1], l.line, strings.Join(way, " -> "))}
	}
	var broken []string
	for _, path := range slices.Sorted(maps.Keys(pkg.Imports)) {
		if imported := graph[path]; imported != nil && !imported.Ours && !l.names(imported) {
			broken = append(broken, fmt.Sprintf("%s imports %s; line %d allows only %s",
				pkg.files(path), path, l.line, strings.Join(l.to, ", ")))
		}
	}
	return broken
}

// files names the files of the package that import path.
func (p *Package) files(path string) string {
	names := slices.Clone(p.Imports[path])
	for i, file := range names {
		names[i] = p.Path + "/" + file
	}
	return strings.Join(names, ", ")
}
