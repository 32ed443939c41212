package login

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/ext"

	"tokenwright.dev/issuer/registration"
)

const (
	// claimCost bounds the work of one expression: a few milliseconds. What the claims hold is not ours to choose.
	claimCost = 100_000
	// maxMapped bounds the claims of one person, as JSON: they travel in a cookie, which browsers keep up to 4 KiB.
	maxMapped = 2 << 10
)

// ErrClaims says that what an upstream identity provider says of a person cannot be taken over.
var ErrClaims = errors.New("login: the claims of the identity provider cannot be taken over")

// ClaimMap makes claims of ours of those of an upstream identity provider. It is immutable, and safe for concurrent
// use.
type ClaimMap struct{ rules []claimRule }

type claimRule struct {
	name    string
	program cel.Program
}

// CompileClaims reads the expressions of mappings. The error says what to write instead.
func CompileClaims(mappings []registration.ClaimMapping) (*ClaimMap, error) {
	env, err := cel.NewEnv(
		cel.Variable("claims", cel.MapType(cel.StringType, cel.DynType)), cel.OptionalTypes(), ext.Strings(),
	)
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	made := &ClaimMap{}
	for _, mapping := range mappings {
		if err := checkMapped(mapping.Name); err != nil {
			return nil, err
		}
		program, err := compileClaim(env, mapping.Expression)
		if err != nil {
			return nil, fmt.Errorf("claims: the expression of %s: %w", mapping.Name, err)
		}
		made.rules = append(made.rules, claimRule{mapping.Name, program})
	}
	return made, nil
}

// checkMapped refuses what would change the meaning of a token.
func checkMapped(name string) error {
	switch {
	case !claimName.MatchString(name):
		return errors.New("claims: write names of letters, digits and _:/.#@- only, 128 at most")
	case protocolClaims[name]:
		return fmt.Errorf("claims: %s is said by the issuer alone; write another name", name)
	default:
		return nil
	}
}

func compileClaim(env *cel.Env, expression string) (cel.Program, error) {
	parsed, issues := env.Compile(expression)
	if found := issues.Errors(); len(found) > 0 {
		return nil, fmt.Errorf("column %d: %s", found[0].Location.Column()+1, found[0].Message)
	}
	return env.Program(parsed, cel.CostLimit(claimCost))
}

// apply makes the claims of a person. Standard claims and groups come along as they are; an expression replaces them,
// and null takes them away. The error wraps ErrClaims and quotes no value.
func (m *ClaimMap) apply(upstream map[string]any) (map[string]any, error) {
	claims := standard(upstream)
	for _, rule := range m.rules {
		value, err := rule.eval(upstream)
		if err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrClaims, rule.name, err)
		}
		if value == nil {
			delete(claims, rule.name)
			continue
		}
		claims[rule.name] = value
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrClaims, err)
	}
	if len(text) > maxMapped {
		return nil, fmt.Errorf("%w: they have %d bytes, and %d at most can be kept: map the large ones to less", ErrClaims, len(text), maxMapped)
	}
	return claims, nil
}

// standard are the claims that mean the same everywhere, where they are what they should be.
func standard(upstream map[string]any) map[string]any {
	claims := map[string]any{}
	for name, isRight := range standardClaims {
		if value, ok := upstream[name]; ok && !empty(value) && isRight(value) {
			claims[name] = value
		}
	}
	if groups := texts(upstream[groupsClaim]); len(groups) > 0 {
		claims[groupsClaim] = groups
	}
	return claims
}

// texts is a list of texts, or nothing.
func texts(value any) []string {
	list, _ := value.([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		text, ok := item.(string)
		if !ok {
			return nil
		}
		out = append(out, text)
	}
	return out
}

// eval gives the value as JSON has it; nil for none.
func (r *claimRule) eval(upstream map[string]any) (any, error) {
	value, _, err := r.program.Eval(map[string]any{"claims": upstream})
	if err != nil {
		return nil, errors.New("the expression failed: a claim is missing (write claims.?name), is of another type, or it costs too much")
	}
	if optional, ok := value.(*types.Optional); ok {
		if !optional.HasValue() {
			return nil, nil
		}
		value = optional.GetValue()
	}
	return asJSON(value)
}

func asJSON(value ref.Val) (any, error) {
	native, err := value.ConvertToNative(types.JSONValueType)
	if err != nil {
		return nil, errors.New("the result is no JSON")
	}
	holder, ok := native.(interface{ AsInterface() any })
	if !ok {
		return nil, errors.New("the result is no JSON")
	}
	return holder.AsInterface(), nil
}
