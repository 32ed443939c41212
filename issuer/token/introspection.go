package token

import (
	"encoding/json"

	"tokenwright.dev/issuer/keys"
)

// Introspection is a signed answer to a resource server that asked about a token (RFC 9701 section 5). What is told of the
// token stands one level down, so that the answer never passes for the token.
type Introspection struct {
	Issuer   string
	Audience string // the client_id of the resource server
	IssuedAt int64  // in seconds since 1970
	// Answer is the JSON object that an unsigned answer consists of (RFC 7662 section 2.2).
	Answer []byte
}

// AppendIntrospection appends to dst the answer that signer makes of i, as a compact JWS.
func AppendIntrospection(dst []byte, signer *keys.Signer, i *Introspection) ([]byte, error) {
	if _, ok := parseObject(string(i.Answer)); !ok || !filled(i.Issuer, i.Audience) {
		return nil, errIncomplete
	}
	if i.IssuedAt < 0 || i.IssuedAt > lastSecond {
		return nil, errTimes
	}
	set := claimSet{
		"iss": i.Issuer, "aud": i.Audience, "iat": i.IssuedAt, "token_introspection": json.RawMessage(i.Answer),
	}
	return set.append(dst, signer, introspectionType)
}
