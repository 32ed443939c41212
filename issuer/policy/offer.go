package policy

import (
	"slices"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// AccessTokenAlgorithms lists the JWS algorithms of an issuer in order of preference: the first signs access tokens.
func AccessTokenAlgorithms(issuer *v1alpha1.TokenIssuerSpec) []string {
	if issuer.Signing == nil || len(issuer.Signing.Algorithms) == 0 {
		return []string{string(v1alpha1.ES256)}
	}
	out := make([]string, 0, len(issuer.Signing.Algorithms))
	for _, algorithm := range issuer.Signing.Algorithms {
		out = append(out, string(algorithm))
	}
	return out
}

// SigningAlgorithms lists all that an issuer has a key for. Where people log in, RS256 is among them: every client of
// OpenID Connect may count on it (OpenID Connect Core section 15.1).
func SigningAlgorithms(issuer *v1alpha1.TokenIssuerSpec) []string {
	algorithms := AccessTokenAlgorithms(issuer)
	if len(issuer.IdentityProviders) > 0 && !slices.Contains(algorithms, string(v1alpha1.RS256)) {
		algorithms = append(algorithms, string(v1alpha1.RS256))
	}
	return algorithms
}

// Offered tells whether an issuer has all that a client of it was registered for. It returns nil if so, else all that is
// missing.
func Offered(issuer *v1alpha1.TokenIssuerSpec, r *registration.Registration) *Refusal {
	var found []Refusal
	for _, grantType := range r.GrantTypes {
		if len(issuer.IdentityProviders) == 0 && NeedsPeople(v1alpha1.GrantType(grantType)) {
			found = append(found, Refusal{Reason: v1alpha1.ReasonNotOffered, Message: grantType +
				" needs somebody to log in: the platform team can add identityProviders to the TokenIssuer"})
			break // what one grant type lacks, all of them do
		}
	}
	return together(append(found, unsigned(issuer, r)...))
}

// peoplesGrants are the grant types that begin with a login.
var peoplesGrants = []v1alpha1.GrantType{v1alpha1.AuthorizationCode, v1alpha1.DeviceCode}

// NeedsPeople tells whether a grant type begins with a login.
func NeedsPeople(grantType v1alpha1.GrantType) bool { return slices.Contains(peoplesGrants, grantType) }
