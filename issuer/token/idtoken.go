package token

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"unicode/utf8"

	"tokenwright.dev/issuer/keys"
)

// longestSubject bounds sub (OpenID Connect Core section 2).
const longestSubject = 255

// IDClaims is what an ID token says (OpenID Connect Core section 2).
type IDClaims struct {
	Issuer  string
	Subject string // at most 255 characters of ASCII
	// Audience is the client_id of the client. There is never another one, so none needs azp.
	Audience string
	// IssuedAt, Expires and AuthTime are in seconds since 1970; AuthTime is 0 when it is not told.
	IssuedAt int64
	Expires  int64
	AuthTime int64
	Nonce    string // as the authorization request had it
	ACR      string
	AMR      []string
	// SessionID is the login session (sid, OpenID Connect Back-Channel Logout section 2.1).
	SessionID string
	// AccessToken is the one that is sent along, and is told by its hash (at_hash); empty when there is none.
	AccessToken string
	// Further is what else is told of the resource owner. Names that the protocol has given a meaning are left out, as are
	// claims without a value.
	Further map[string]any
}

// AppendIDToken appends to dst the ID token that signer makes of c, as a compact JWS. What it makes, Verify accepts as an
// IDTokenHint.
func AppendIDToken(dst []byte, signer *keys.Signer, c *IDClaims) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	set := further(c.Further)
	set["iss"], set["sub"], set["aud"], set["iat"], set["exp"] = c.Issuer, c.Subject, c.Audience, c.IssuedAt, c.Expires
	set.putTime("auth_time", c.AuthTime)
	set.put("nonce", c.Nonce)
	set.put("acr", c.ACR)
	set.put("amr", c.AMR)
	set.put("sid", c.SessionID)
	if c.AccessToken != "" {
		set["at_hash"] = halfHash(signer.Algorithm(), c.AccessToken)
	}
	return set.append(dst, signer, plainType)
}

func (c *IDClaims) check() error {
	switch {
	case !filled(c.Issuer, c.Subject, c.Audience) || !isSubject(c.Subject) || !filled(c.AMR...):
		return errIncomplete
	case !utf8.ValidString(c.Nonce) || !utf8.ValidString(c.ACR) || !utf8.ValidString(c.SessionID):
		return errIncomplete
	case !sane(c.IssuedAt, c.Expires, c.AuthTime):
		return errTimes
	default:
		return nil
	}
}

// isSubject follows OpenID Connect Core section 2.
func isSubject(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return len(text) <= longestSubject
}

// halfHash is the left half of the hash of text that goes with a JWS algorithm, in base64url (OpenID Connect Core section
// 3.1.3.6). That of EdDSA on Ed25519 is SHA-512, which the signature itself uses (RFC 8032 section 5.1).
func halfHash(algorithm, text string) string {
	if algorithm == keys.EdDSA {
		digest := sha512.Sum512([]byte(text))
		return base64.RawURLEncoding.EncodeToString(digest[:len(digest)/2])
	}
	digest := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(digest[:len(digest)/2])
}
