package policy

import (
	"slices"
	"time"

	"tokenwright.dev/api/v1alpha1"
)

// Rules is what one policy allows, or what several allow together. The zero value sets no limit.
type Rules struct {
	// GrantTypes, Scopes, Audiences, ResourceServers, ClientIDs and Formats (of access tokens) hold one limit for each policy
	// that sets one; a value is allowed if every limit allows it.
	GrantTypes, Scopes, Audiences, ResourceServers, ClientIDs, Formats []Limit
	// DeniedScopes holds one limit for each policy that denies scopes; a scope must match none.
	DeniedScopes []Limit
	// DefaultLifetime and MaxLifetime are those of access tokens; zero where no policy sets one.
	DefaultLifetime, MaxLifetime Bound
	// MaxRefreshLifetime, MaxIdleLifetime and ReuseGrace are those of refresh tokens, MaxIDLifetime is that of ID tokens.
	MaxRefreshLifetime, MaxIdleLifetime, ReuseGrace, MaxIDLifetime Bound
	// Rotation is that of refresh tokens.
	Rotation Choice[v1alpha1.Rotation]
	// IDClaims says which claims stand in ID tokens.
	IDClaims Choice[v1alpha1.IDTokenClaims]
	// Consent says whether people are asked. Where it is Skip, SkippedScopes holds what each policy that says so lists: a scope
	// must be in all.
	Consent       Choice[v1alpha1.ConsentRule]
	SkippedScopes []Limit
}

// Limit is a set of values or patterns, and the policy that set it.
type Limit struct {
	By     v1alpha1.PolicyName
	Values []string // sorted, without repetition
}

// Bound is a longest duration, and the policy that set it. The zero value is no bound; nothing at all may be one.
type Bound struct {
	By    v1alpha1.PolicyName
	Value time.Duration
}

// Choice is one of the values of an enum, and the policy that set it. The zero value is no choice.
type Choice[T ~string] struct {
	By    v1alpha1.PolicyName
	Value T
}

// RulesOf reads the rules of one policy, which bears name.
func RulesOf(name v1alpha1.PolicyName, spec *v1alpha1.TokenPolicySpec) Rules {
	var r Rules
	if b := spec.GrantTypes; b != nil {
		r.GrantTypes = limit(name, b.Allowed)
	}
	if b := spec.Scopes; b != nil {
		if b.Allowed != nil {
			r.Scopes = limit(name, b.Allowed)
		}
		if len(b.Denied) > 0 {
			r.DeniedScopes = limit(name, b.Denied)
		}
	}
	if b := spec.Audiences; b != nil {
		r.Audiences = limit(name, b.Allowed)
	}
	if b := spec.ResourceServers; b != nil {
		r.ResourceServers = limit(name, b.Allowed)
	}
	if b := spec.ClientIDs; b != nil {
		r.ClientIDs = limit(name, b.Allowed)
	}
	r.consent(name, spec)
	r.tokens(name, spec)
	return r
}

// tokens reads the rules for tokens of one policy.
func (r *Rules) tokens(name v1alpha1.PolicyName, spec *v1alpha1.TokenPolicySpec) {
	if b := spec.AccessToken; b != nil {
		r.DefaultLifetime = bound(name, b.DefaultLifetime)
		r.MaxLifetime = bound(name, b.MaxLifetime)
		if b.Formats != nil {
			r.Formats = limit(name, b.Formats)
		}
	}
	if b := spec.RefreshToken; b != nil {
		r.MaxRefreshLifetime = bound(name, b.MaxLifetime)
		r.MaxIdleLifetime = bound(name, b.MaxIdleLifetime)
		r.ReuseGrace = bound(name, b.ReuseGrace)
		r.Rotation = choice(name, b.Rotation)
	}
	if b := spec.IDToken; b != nil {
		r.MaxIDLifetime = bound(name, b.MaxLifetime)
		r.IDClaims = choice(name, b.Claims)
	}
}

func limit[T ~string](by v1alpha1.PolicyName, values []T) []Limit {
	return []Limit{{By: by, Values: sorted(values)}}
}

func choice[T ~string](by v1alpha1.PolicyName, value T) Choice[T] {
	if value == "" {
		return Choice[T]{}
	}
	return Choice[T]{By: by, Value: value}
}

func bound(by v1alpha1.PolicyName, d v1alpha1.Duration) Bound {
	if d == "" {
		return Bound{}
	}
	return Bound{By: by, Value: d.Std()}
}

func sorted[T ~string](values []T) []string {
	out := make([]string, 0, len(values))
	for _, v := range values {
		out = append(out, string(v))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
