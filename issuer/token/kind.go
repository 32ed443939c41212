package token

import (
	"slices"
	"time"
)

// Kind is a kind of JWT. Each has rules of its own, so that none passes as another (RFC 8725 section 3.12).
type Kind int

// The kinds of JWT that are read here. A new one is a constant, a row in kinds, and a row in TestKinds.
const (
	// AccessToken is a JWT access token (RFC 9068).
	AccessToken Kind = iota + 1
)

const accessTokenType = "at+jwt"

// rules are what a JWT of one kind must be, beside what every JWT must be.
type rules struct {
	// types are the accepted values of typ, byte for byte (RFC 8725 section 3.11).
	types []string
	// required are the claims that must be there.
	required []string
}

// kinds holds the rules of every kind. A Kind without a row is never accepted.
var kinds = map[Kind]rules{
	AccessToken: { // RFC 9068 sections 2.2 and 4
		types:    []string{accessTokenType, "application/" + accessTokenType},
		required: []string{"iss", "exp", "aud", "sub", "client_id", "iat", "jti"},
	},
}

// skew is how far another clock may be ahead of ours. It excuses what was issued in our future, never what has expired:
// when a token ends is told to its client, and holds.
const skew = 60 * time.Second

// judge holds claims to what the verifier expects.
func (v Verifier) judge(c *received, audiences []string, now time.Time) error {
	latest := now.Add(skew).Unix()
	switch {
	case v.Issuer == "" || c.Issuer != v.Issuer:
		return ErrIssuer
	case !slices.ContainsFunc(c.Audience, func(aud string) bool { return slices.Contains(audiences, aud) }):
		return ErrAudience
	case now.Unix() >= c.Expires:
		return ErrExpired
	case c.IssuedAt > latest || c.notBefore > latest:
		return ErrNotYet
	default:
		return nil
	}
}
