package login

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// Bounds of what reaches one expression. Work grows with the square of a list, and by what a pattern makes of a text, so
// no limit of units is one of time: these are.
const (
	maxListed  = 500      // elements of a list, or members of an object
	maxText    = 1 << 10  // bytes of a text
	maxReaches = 64 << 10 // bytes of all texts together, with one for each value
)

// reads are the claims that an expression reads.
type reads struct {
	all   bool // it may read any
	names []string
}

// claimsVariable is what expressions call the claims.
const claimsVariable = "claims"

// readsOf finds the claims that are named. Where the claims are used in another way, as a whole or by a name that is
// computed, any may be read.
func readsOf(parsed *cel.Ast) reads {
	found := map[string]bool{}
	whole := ast.NavigateAST(parsed.NativeRep())
	for _, use := range ast.MatchDescendants(whole, isClaims) {
		name, ok := nameOf(use)
		if !ok {
			return reads{all: true}
		}
		found[name] = true
	}
	return reads{names: slices.Sorted(maps.Keys(found))}
}

func isClaims(e ast.NavigableExpr) bool {
	return e.Kind() == ast.IdentKind && e.AsIdent() == claimsVariable
}

// nameOf is the name of the one claim that is read where use stands: in claims.name, has(claims.name), claims.?name,
// claims['name'] or claims[?'name'].
func nameOf(use ast.NavigableExpr) (string, bool) {
	parent, ok := use.Parent()
	if !ok {
		return "", false
	}
	switch parent.Kind() {
	case ast.SelectKind:
		return parent.AsSelect().FieldName(), true
	case ast.CallKind:
		return nameIn(parent.AsCall(), use.ID())
	default:
		return "", false
	}
}

func nameIn(call ast.CallExpr, of int64) (string, bool) {
	switch call.FunctionName() {
	case operators.Index, operators.OptIndex, operators.OptSelect:
	default:
		return "", false
	}
	args := call.Args()
	if len(args) != 2 || args[0].ID() != of || args[1].Kind() != ast.LiteralKind {
		return "", false
	}
	name, ok := args[1].AsLiteral().(types.String)
	return string(name), ok
}

// visible are the claims that the expression may see. The error tells which is too large, and quotes no value.
func (r *reads) visible(upstream map[string]any) (map[string]any, error) {
	seen := upstream
	if !r.all {
		seen = map[string]any{}
		for _, name := range r.names {
			if value, ok := upstream[name]; ok {
				seen[name] = value
			}
		}
	}
	if len(seen) > maxListed {
		return nil, fmt.Errorf("there are %d claims, and an expression may see %d at most: name those that it reads", len(seen), maxListed)
	}
	room := maxReaches
	for name, value := range seen {
		if err := measure(value, &room); err != nil {
			return nil, fmt.Errorf("the claim %.40q %w", name, err)
		}
	}
	return seen, nil
}

// measure walks through a value as JSON has it, and takes its size from room.
func measure(value any, room *int) error {
	size := 1
	switch of := value.(type) {
	case string:
		size += len(of)
		if len(of) > maxText {
			return fmt.Errorf("holds a text of %d bytes, and an expression may see %d at most", len(of), maxText)
		}
	case []any:
		if len(of) > maxListed {
			return fmt.Errorf("holds a list of %d elements, and an expression may see %d at most", len(of), maxListed)
		}
	case map[string]any:
		if len(of) > maxListed {
			return fmt.Errorf("holds an object of %d members, and an expression may see %d at most", len(of), maxListed)
		}
	}
	if *room -= size; *room < 0 {
		return fmt.Errorf("and what else the expression reads are more than %d bytes together", maxReaches)
	}
	return measureWithin(value, room)
}

func measureWithin(value any, room *int) error {
	switch of := value.(type) {
	case []any:
		for _, item := range of {
			if err := measure(item, room); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, item := range of {
			if err := errors.Join(measure(name, room), measure(item, room)); err != nil {
				return err
			}
		}
	}
	return nil
}
