package login

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"

	"github.com/google/cel-go/common/overloads"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/interpreter"
)

// maxPattern bounds a pattern, in instructions of its compiled form: a step of a text may take as many.
const maxPattern = 1000

// errMatched is about matches alone: it is the one function whose single call can take long.
var errMatched = fmt.Errorf("matches takes texts of %d bytes and patterns of %d steps at most", maxText, maxPattern)

// bindMatches holds matches to its bounds: nothing interrupts it, and a text may have been put together in the
// expression. A pattern that is written out is compiled once.
func bindMatches(planned interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := planned.(interpreter.InterpretableCall)
	if !ok || call.Function() != overloads.Matches || len(call.Args()) != 2 {
		return planned, nil
	}
	match := matchAny
	if written, ok := call.Args()[1].(interpreter.InterpretableConst); ok {
		pattern, err := compilePattern(written.Value())
		if err != nil {
			return nil, err
		}
		match = func(text string, _ ref.Val) ref.Val { return types.Bool(pattern.MatchString(text)) }
	}
	return interpreter.NewCall(call.ID(), call.Function(), call.OverloadID(), call.Args(), func(values ...ref.Val) ref.Val {
		text, ok := values[0].(types.String)
		if !ok {
			return types.NoSuchOverloadErr()
		}
		if len(text) > maxText {
			return types.WrapErr(errMatched)
		}
		return match(string(text), values[1])
	}), nil
}

// matchAny compiles a pattern that the claims hold, or that the expression makes.
func matchAny(text string, value ref.Val) ref.Val {
	pattern, err := compilePattern(value)
	if err != nil {
		return types.WrapErr(err)
	}
	return types.Bool(pattern.MatchString(text))
}

func compilePattern(value ref.Val) (*regexp.Regexp, error) {
	text, ok := value.(types.String)
	if !ok {
		return nil, errors.New("a pattern is a text")
	}
	if len(text) > maxText {
		return nil, errMatched
	}
	parsed, err := syntax.Parse(string(text), syntax.Perl)
	if err != nil {
		return nil, err
	}
	steps, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, err
	}
	if len(steps.Inst) > maxPattern {
		return nil, errMatched
	}
	return regexp.Compile(string(text))
}
