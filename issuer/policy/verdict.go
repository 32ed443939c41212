package policy

import (
	"slices"

	"tokenwright.dev/api/v1alpha1"
)

// verdict tells whether a value is allowed, and if not, by whom it is refused.
type verdict func(value string) (refusedBy v1alpha1.PolicyName, ok bool)

// listed allows what every limit lists.
func listed(limits []Limit) verdict {
	return every(limits, func(l Limit, value string) bool {
		_, found := slices.BinarySearch(l.Values, value)
		return found
	})
}

// listedBySome is listed, but allows nothing where no policy sets a limit: what is not given to anybody is nobody's.
func listedBySome(limits []Limit) verdict {
	if len(limits) == 0 {
		return func(string) (v1alpha1.PolicyName, bool) { return v1alpha1.DecidedByBuiltin, false }
	}
	return listed(limits)
}

// matched allows what matches a pattern of every limit.
func matched(limits []Limit) verdict {
	return every(limits, func(l Limit, value string) bool { return l.matches(value) })
}

// unmatched allows what matches no pattern of any limit.
func unmatched(limits []Limit) verdict {
	return every(limits, func(l Limit, value string) bool { return !l.matches(value) })
}

// both allows what a and b allow. Of two that refuse, the least name is told.
func both(a, b verdict) verdict {
	return func(value string) (v1alpha1.PolicyName, bool) {
		byA, okA := a(value)
		byB, okB := b(value)
		switch {
		case okA:
			return byB, okB
		case okB:
			return byA, false
		default:
			return min(byA, byB), false
		}
	}
}

func every(limits []Limit, allows func(Limit, string) bool) verdict {
	return func(value string) (v1alpha1.PolicyName, bool) {
		for _, l := range limits {
			if !allows(l, value) {
				return l.By, false
			}
		}
		return "", true
	}
}

func (l Limit) matches(value string) bool {
	return slices.ContainsFunc(l.Values, func(pattern string) bool { return matches(pattern, value) })
}
