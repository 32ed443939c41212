package grant

import (
	"context"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
)

// ClientCredentials lets a client get tokens in its own name (RFC 6749 section 4.4).
const ClientCredentials = "client_credentials"

// clientCredentials needs no proof beyond the client's own authentication. The subject is the client itself (RFC 9068
// section 2.2), and there is no refresh token (RFC 6749 section 4.4.3).
func clientCredentials(_ context.Context, client *policy.Client, req *oauth.TokenRequest) (Granted, error) {
	allowed, err := decide(client, req)
	if err != nil {
		return Granted{}, err
	}
	return Granted{Grant: allowed, Subject: client.ID()}, nil
}
