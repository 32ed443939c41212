package grant

import (
	"context"
	"maps"
	"slices"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
)

// Granted is what a token may say.
type Granted struct {
	policy.Grant

	// Subject is the principal that the token speaks for (RFC 9068 section 2.2).
	Subject string
}

// authorizers holds the grant types that are served. A new one is a file, a line here and a row in TestAuthorize.
var authorizers = map[string]func(context.Context, *policy.Client, *oauth.TokenRequest) (Granted, error){
	ClientCredentials: clientCredentials,
}

// Types lists the grant types that are served, sorted.
func Types() []string { return slices.Sorted(maps.Keys(authorizers)) }

// Authorize answers the request of client, which has authenticated. The error is an *oauth.Error.
func Authorize(ctx context.Context, client *policy.Client, req *oauth.TokenRequest) (Granted, error) {
	authorize, ok := authorizers[req.GrantType]
	if !ok {
		return Granted{}, oauth.UnsupportedGrantType.Refusef("this issuer does not serve the grant type %s", req.GrantType)
	}
	return authorize(ctx, client, req)
}

// decide asks the client's rules.
func decide(client *policy.Client, req *oauth.TokenRequest) (policy.Grant, error) {
	return client.Decide(policy.Request{GrantType: req.GrantType, Scopes: req.Scopes, Resources: req.Resources})
}
