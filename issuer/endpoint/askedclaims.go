package endpoint

import (
	"maps"
	"slices"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
)

// askedClaims are the claims that the request asks for one by one, as far as the client's rules could release them (OpenID
// Connect Core section 5.5). All else is ignored: it is on no page, and in no code.
func (a *authorization) askedClaims() grant.Asked {
	if a.req.Claims == nil {
		return grant.Asked{}
	}
	rules := a.client.Registration().Scopes
	within := func(claims map[string]oauth.ClaimRequest) []string {
		return login.Asked(slices.Sorted(maps.Keys(claims)), rules)
	}
	return grant.Asked{IDToken: within(a.req.Claims.IDToken), UserInfo: within(a.req.Claims.UserInfo)}
}

// claimsByName are those of them that no scope on the consent page tells of, so it names them.
func (a *authorization) claimsByName() []string {
	asked := a.askedClaims()
	names := slices.Concat(asked.IDToken, asked.UserInfo)
	slices.Sort(names)
	return login.BeyondScopes(slices.Compact(names), a.allowed.Scopes)
}

// shown is what the consent page asks for.
func (a *authorization) shown() login.Shown {
	return login.Shown{Scopes: a.allowed.Scopes, Claims: a.claimsByName(), Resources: a.allowed.Resources}
}
