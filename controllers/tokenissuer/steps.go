package tokenissuer

import (
	"cmp"
	"fmt"
)

// into keeps the result of a step.
func into[T any](place *T) func(T, error) error {
	return func(result T, err error) error {
		*place = result
		return err
	}
}

// also is what is wrong after one more step. What no retry can help keeps nothing else from being done, and told.
func also(before, next error) error {
	if before == nil || next == nil {
		return cmp.Or(before, next)
	}
	return fmt.Errorf("%w; %w", before, next)
}
