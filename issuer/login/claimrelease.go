package login

import "slices"

// Release is what a client may be told of a resource owner. Each claim belongs to one scope, and the law is: a claim is
// released only while the client's rules have its scope, and only if the resource owner allowed it by name, be it the scope
// or the claim. So the claims parameter (OpenID Connect Core section 5.5) brings nothing that policy denies by scope, and a
// policy that is tightened takes back what was allowed before. The zero value releases nothing.
type Release struct {
	// Rules are the scopes that the client may have now.
	Rules []string
	// Granted are the scopes that the resource owner granted, as far as the token has them.
	Granted []string
	// Named are the claims that they allowed one by one; those of Asked.
	Named []string
}

// Of are the claims of identity that are released. One without a value, or with one of the wrong type, is absent (OpenID
// Connect Core section 5.3.2).
func (r Release) Of(identity Identity) map[string]any {
	released := map[string]any{}
	for name, value := range identity.Claims {
		if r.allows(name) && !protocolClaims[name] && !empty(value) && typed(name, value) {
			released[name] = value
		}
	}
	return released
}

func (r Release) allows(claim string) bool {
	scope := ScopeOf(claim)
	if !slices.Contains(r.Rules, scope) {
		return false
	}
	return slices.Contains(r.Named, claim) || slices.Contains(r.Granted, scope) && slices.Contains(claimsOf(scope), claim)
}

// ScopeOf is the scope that a claim belongs to: of the standard claims that of OpenID Connect Core section 5.4, of any other
// the one of its own name, such as groups, or department where a user has such a claim.
func ScopeOf(claim string) string {
	for scope, claims := range scopeClaims {
		if slices.Contains(claims, claim) {
			return scope
		}
	}
	return claim
}

// Asked are those of the claims that a client asks for by name which its rules could release: what else it asks for is
// ignored, as claims are that nobody knows (OpenID Connect Core section 5.5). They keep their order.
func Asked(names, rules []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return protocolClaims[name] || !slices.Contains(rules, ScopeOf(name))
	})
}

// BeyondScopes are those of the claims asked for by name that no granted scope releases: the resource owner has to be shown
// them by their own names.
func BeyondScopes(asked, granted []string) []string {
	return slices.DeleteFunc(slices.Clone(asked), func(name string) bool {
		return Release{Rules: granted, Granted: granted}.allows(name)
	})
}
