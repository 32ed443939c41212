package policy

import (
	"cmp"
	"slices"

	"tokenwright.dev/api/v1alpha1"
)

// Meet is what all of several rules allow together; nothing sets no limit. It is commutative, associative and idempotent,
// it never allows more than any one of them, and it takes time in proportion to their number.
func Meet(several ...Rules) Rules {
	var out Rules
	for _, field := range limits {
		*field(&out) = gather(several, field)
	}
	for i := range several {
		each := &several[i]
		out.DefaultLifetime = least(out.DefaultLifetime, each.DefaultLifetime)
		out.MaxLifetime = least(out.MaxLifetime, each.MaxLifetime)
		out.MaxRefreshLifetime = least(out.MaxRefreshLifetime, each.MaxRefreshLifetime)
		out.MaxIdleLifetime = least(out.MaxIdleLifetime, each.MaxIdleLifetime)
		out.ReuseGrace = least(out.ReuseGrace, each.ReuseGrace)
		out.MaxIDLifetime = least(out.MaxIDLifetime, each.MaxIDLifetime)
		out.Rotation = strictest(out.Rotation, each.Rotation, v1alpha1.RotateAlways)
		out.IDClaims = strictest(out.IDClaims, each.IDClaims, v1alpha1.ClaimsMinimal)
		out.Consent = strictest(out.Consent, each.Consent, v1alpha1.ConsentRequired)
	}
	return out
}

// limits are the fields that list limits.
var limits = []func(*Rules) *[]Limit{
	func(r *Rules) *[]Limit { return &r.GrantTypes },
	func(r *Rules) *[]Limit { return &r.Scopes },
	func(r *Rules) *[]Limit { return &r.DeniedScopes },
	func(r *Rules) *[]Limit { return &r.Audiences },
	func(r *Rules) *[]Limit { return &r.ResourceServers },
	func(r *Rules) *[]Limit { return &r.ClientIDs },
	func(r *Rules) *[]Limit { return &r.Formats },
	func(r *Rules) *[]Limit { return &r.SkippedScopes },
}

// gather keeps the limits of all, in order of name: to be allowed by all is to be allowed by the intersection, and each
// limit still tells whose it is. What comes in order, as from policies in order of name, is not sorted.
func gather(several []Rules, field func(*Rules) *[]Limit) []Limit {
	count := 0
	for i := range several {
		count += len(*field(&several[i]))
	}
	if count == 0 {
		return nil
	}
	all := make([]Limit, 0, count)
	for i := range several {
		all = append(all, *field(&several[i])...)
	}
	if !slices.IsSortedFunc(all, compareLimits) {
		slices.SortFunc(all, compareLimits)
	}
	return slices.CompactFunc(all, func(x, y Limit) bool { return compareLimits(x, y) == 0 })
}

func compareLimits(x, y Limit) int {
	return cmp.Or(cmp.Compare(x.By, y.By), slices.Compare(x.Values, y.Values))
}

// least takes the shorter bound, and of equal ones that of the least name.
func least(a, b Bound) Bound {
	switch {
	case a.By == "":
		return b
	case b.By == "":
		return a
	case cmp.Or(cmp.Compare(a.Value, b.Value), cmp.Compare(a.By, b.By)) <= 0:
		return a
	default:
		return b
	}
}

// strictest takes strict, which is a requirement, before what leaves a choice, and of equal ones that of the least name.
func strictest[T ~string](a, b Choice[T], strict T) Choice[T] {
	switch {
	case a.By == "":
		return b
	case b.By == "":
		return a
	case a.Value != b.Value && a.Value == strict, a.Value == b.Value && a.By <= b.By:
		return a
	default:
		return b
	}
}
