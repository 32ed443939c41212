package login

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/ext"

	"tokenwright.dev/issuer/registration"
)

const (
	// claimCost bounds the work of one expression in units, claimDeadline in time. What the claims hold is not ours to choose.
	claimCost     = 100_000
	claimDeadline = 5 * time.Millisecond
	// claimChecks is after how many calls and steps of a list an expression looks at its deadline. One call may take long.
	claimChecks = 1
	// maxMapped bounds the claims of one person, as JSON: each of their grants holds them, in the memory of each replica.
	maxMapped = 2 << 10
)

// ErrClaims says that what an upstream identity provider says of a person cannot be taken over.
var ErrClaims = errors.New("login: the claims of the identity provider cannot be taken over")

// ClaimMap makes claims of ours of those of an upstream identity provider. It is immutable, and safe for concurrent
// use.
type ClaimMap struct {
	rules    []claimRule
	deadline time.Duration // of one attempt at one expression
}

type claimRule struct {
	name    string
	reads   reads
	program cel.Program
}

// CompileClaims reads the expressions of mappings. The error says what to write instead.
func CompileClaims(mappings []registration.ClaimMapping) (*ClaimMap, error) {
	env, err := cel.NewEnv(
		cel.Variable(claimsVariable, cel.MapType(cel.StringType, cel.DynType)), cel.OptionalTypes(), ext.Strings(),
	)
	if err != nil {
		return nil, fmt.Errorf("claims: %w", err)
	}
	made := &ClaimMap{deadline: claimDeadline}
	for _, mapping := range mappings {
		if err := checkMapped(mapping.Name); err != nil {
			return nil, err
		}
		rule, err := compileClaim(env, mapping.Expression)
		if err != nil {
			return nil, fmt.Errorf("claims: the expression of %s: %w", mapping.Name, err)
		}
		rule.name = mapping.Name
		made.rules = append(made.rules, rule)
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

func compileClaim(env *cel.Env, expression string) (claimRule, error) {
	parsed, issues := env.Compile(expression)
	if found := issues.Errors(); len(found) > 0 {
		return claimRule{}, fmt.Errorf("column %d: %s", found[0].Location.Column()+1, found[0].Message)
	}
	program, err := env.Program(parsed, cel.CostLimit(claimCost), cel.InterruptCheckFrequency(claimChecks), cel.CustomDecoratorV2(bindCall))
	return claimRule{reads: readsOf(parsed), program: program}, err
}

// apply makes the claims of a person. Standard claims and groups come along; an expression replaces them, and null takes
// them away. What no expression reads may be of any size, as long as what is kept is not. What stays in a form that a claim
// does not have is left out, and told by its name. The error wraps ErrClaims and quotes no value.
func (m *ClaimMap) apply(ctx context.Context, upstream map[string]any) (claims map[string]any, omitted []string, err error) {
	claims = taken(upstream)
	for _, rule := range m.rules {
		value, err := rule.eval(ctx, upstream, m.deadline)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %s: %w", ErrClaims, rule.name, err)
		}
		if value == nil {
			delete(claims, rule.name)
			continue
		}
		claims[rule.name] = value
	}
	omitted = settle(claims)
	text, err := json.Marshal(claims)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrClaims, err)
	}
	if len(text) > maxMapped {
		return nil, nil, fmt.Errorf("%w: they have %d bytes, and %d at most can be kept: map the large ones to less", ErrClaims, len(text), maxMapped)
	}
	return claims, omitted, nil
}

// eval gives the value as JSON has it; nil for none. Where the deadline passes it tries once more: this process may have
// been kept from running, and nobody is to be refused for that.
func (r *claimRule) eval(ctx context.Context, upstream map[string]any, deadline time.Duration) (any, error) {
	seen, err := r.reads.visible(upstream)
	if err != nil {
		return nil, err
	}
	value, err := r.run(ctx, seen, deadline)
	if errors.Is(err, errLate) && ctx.Err() == nil {
		value, err = r.run(ctx, seen, deadline)
	}
	if err != nil {
		return nil, err
	}
	if optional, ok := value.(*types.Optional); ok {
		if !optional.HasValue() {
			return nil, nil
		}
		value = optional.GetValue()
	}
	if room := maxMapped; !fits(value, &room) {
		return nil, fmt.Errorf("the result has more than %d bytes: map it to less", maxMapped)
	}
	return asJSON(value)
}

// run evaluates the expression once.
func (r *claimRule) run(ctx context.Context, seen map[string]any, deadline time.Duration) (ref.Val, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	value, _, err := r.program.ContextEval(ctx, map[string]any{claimsVariable: seen})
	if err != nil {
		return nil, refuse(err)
	}
	return value, nil
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
