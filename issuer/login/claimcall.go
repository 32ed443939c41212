package login

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"
)

// maxMade bounds a text that an expression puts together, in bytes: more than can be kept of a person.
const maxMade = 4 << 10

var (
	errMade = fmt.Errorf("it puts together a text of more than %d bytes, or a list of more than %d elements", maxMade, maxListed)
	errLate = errors.New("it took longer than " + claimDeadline.String() + ": let it do less for each element of a list")
)

// boundCall is a call of a function that is held to the bounds. No unit and no deadline ends a single call, so the next one
// must not be given more than the claims may hold; and the deadline is looked at before each.
type boundCall struct{ interpreter.InterpretableCall }

func bindCall(planned interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	planned, err := bindMatches(planned)
	if err != nil {
		return nil, err
	}
	if call, ok := planned.(interpreter.InterpretableCall); ok {
		return boundCall{call}, nil
	}
	return planned, nil
}

// Exec makes the call.
func (c boundCall) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	if frame.CheckInterrupt() {
		return types.WrapErr(errLate)
	}
	made := c.InterpretableCall.Exec(frame)
	switch of := made.(type) {
	case types.String:
		if len(of) > maxMade {
			return types.WrapErr(errMade)
		}
	case traits.Lister:
		if size, ok := of.Size().(types.Int); ok && size > maxListed {
			return types.WrapErr(errMade)
		}
	}
	return made
}

// refuse tells why an expression failed, without what the claims hold.
func refuse(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return errLate
	}
	for _, known := range []error{errLate, errMade, errMatched} {
		if errors.Is(err, known) {
			return known
		}
	}
	return errors.New("the expression failed: a claim is missing (write claims.?name), is of another type, or it costs too much")
}

// fits tells whether a result can be kept: it takes from room what it is at least as JSON. A list may hold another one
// many times over, so nobody writes it down to find out.
func fits(value ref.Val, room *int) bool {
	if *room--; *room < 0 {
		return false
	}
	switch of := value.(type) {
	case types.String:
		*room -= len(of)
	case types.Bytes:
		*room -= len(of)
	case traits.Mapper: // before lists: both have iterators
		return eachFits(of, func(key ref.Val) bool { return fits(key, room) && fits(of.Get(key), room) })
	case traits.Lister:
		return eachFits(of, func(item ref.Val) bool { return fits(item, room) })
	}
	return *room >= 0
}

func eachFits(of traits.Iterable, check func(ref.Val) bool) bool {
	for items := of.Iterator(); items.HasNext() == types.True; {
		if !check(items.Next()) {
			return false
		}
	}
	return true
}
