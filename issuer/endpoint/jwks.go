package endpoint

import (
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

const jwksPath = registration.JWKSPath

// jwksDocument is the key set (RFC 7517 section 5): every key of the ring, from before it signs until after the last
// token under it has expired.
func jwksDocument(set *keys.Set) *document {
	return newDocument("application/jwk-set+json", set.JWKS())
}
