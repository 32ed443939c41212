package policy

import (
	"slices"

	"tokenwright.dev/issuer/oauth"
)

// OpenID is the scope that makes a request one of OpenID Connect (Core section 3.1.2.1).
const OpenID = "openid"

// personScopes are the scopes of OpenID Connect Core (sections 3.1.2.1, 5.4 and 11). They are about somebody who logs in.
var personScopes = []string{OpenID, "profile", "email", "address", "phone", "offline_access"}

// withoutPerson leaves out the scopes that are about somebody. A list without any stays as it is, so that it is kept once.
func withoutPerson(scopes oauth.Scopes) oauth.Scopes {
	about := func(scope string) bool { return slices.Contains(personScopes, scope) }
	if !slices.ContainsFunc(scopes, about) {
		return scopes
	}
	return slices.Clip(slices.DeleteFunc(slices.Clone(scopes), about))
}

// openidNotNamed refuses a request for openid where nobody logs in: it would get neither an ID token nor an answer of the
// userinfo endpoint. Where a client names no scope, those of OpenID Connect are left out instead.
func openidNotNamed(_ *Client, req Request) error {
	if slices.Contains(req.Scopes, OpenID) {
		return oauth.InvalidScope.Refusef(
			"openid is for people who log in, and nobody does with %s: leave it out of scope", req.GrantType)
	}
	return nil
}
