package grant

import (
	"context"

	"tokenwright.dev/issuer/policy"
)

// ClientCredentials lets a client get tokens in its own name (RFC 6749 section 4.4).
const ClientCredentials = "client_credentials"

// clientCredentials needs no proof beyond the client's own authentication. The subject is the client itself (RFC 9068
// section 2.2), and there is no refresh token (RFC 6749 section 4.4.3).
func (a *Authorizer) clientCredentials(_ context.Context, req *Request) (Granted, error) {
	allowed, err := req.Client.Decide(policy.Request{GrantType: req.GrantType, Scopes: req.Scopes, Resources: req.Resources})
	if err != nil {
		return Granted{}, err
	}
	return Granted{Grant: allowed, Subject: req.Client.ID()}, nil
}
