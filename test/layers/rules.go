package layers

import (
	"fmt"
	"slices"
	"strings"
)

// Rules is hack/layers.txt in memory.
type Rules struct {
	floors []floor
	limits []limit
}

// floor is one storey of the house; the index in Rules.floors is its height.
type floor struct {
	line  int
	units []string
}

// limit bounds what some packages import from elsewhere.
type limit struct {
	line   int
	only   bool // the targets are all that is allowed, instead of what is forbidden
	of     string
	except []string
	to     []string
}

// Parse reads rules from text, one on a line, as hack/layers.txt describes them.
func Parse(text string) (Rules, error) {
	var rules Rules
	number := 0
	for line := range strings.Lines(text) {
		number++
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(words[0], "#") {
			continue
		}
		switch words[0] {
		case "floor":
			rules.floors = append(rules.floors, floor{line: number, units: words[1:]})
		case "only", "never":
			parsed, err := parseLimit(words)
			if err != nil {
				return Rules{}, fmt.Errorf("line %d: %w", number, err)
			}
			parsed.line = number
			rules.limits = append(rules.limits, parsed)
		default:
			return Rules{}, fmt.Errorf("line %d: a rule begins with floor, only or never, not %q", number, words[0])
		}
	}
	return rules, nil
}

// parseLimit reads "only|never PACKAGE [except PACKAGE...] imports TARGET...".
func parseLimit(words []string) (limit, error) {
	verb := slices.Index(words, "imports")
	if verb < 2 || verb == len(words)-1 {
		return limit{}, fmt.Errorf("want %q", words[0]+" PACKAGE [except PACKAGE...] imports TARGET...")
	}
	parsed := limit{only: words[0] == "only", of: words[1], to: words[verb+1:]}
	if exceptions := words[2:verb]; len(exceptions) > 0 {
		if exceptions[0] != "except" {
			return limit{}, fmt.Errorf("want except or imports after the package, not %q", exceptions[0])
		}
		parsed.except = exceptions[1:]
	}
	return parsed, nil
}

// find returns the height and the unit of a package, or false if it stands nowhere. The longest unit wins, so that
// "x/..." may stand beside a line of its own for "x/y".
func (r Rules) find(pkg string) (height int, unit string, found bool) {
	for i, f := range r.floors {
		for _, candidate := range f.units {
			if matches(candidate, pkg) && (!found || len(candidate) > len(unit)) {
				height, unit, found = i, candidate, true
			}
		}
	}
	return height, unit, found
}

// concerns tells whether the limit is about the package.
func (l limit) concerns(pkg string) bool {
	return matches(l.of, pkg) && !slices.ContainsFunc(l.except, func(e string) bool { return matches(e, pkg) })
}

// names tells whether an import is among the limit's targets.
func (l limit) names(pkg *Package) bool {
	return slices.ContainsFunc(l.to, func(target string) bool {
		return target == "std" && pkg.Standard || matches(target, pkg.Path)
	})
}

// matches tells whether pattern is path, or "x/..." with path at or below x.
func matches(pattern, path string) bool {
	if root, tree := strings.CutSuffix(pattern, "/..."); tree {
		return path == root || strings.HasPrefix(path, root+"/")
	}
	return pattern == path
}
