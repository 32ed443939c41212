package token

import (
	"errors"
	"unicode/utf8"
)

// lastSecond is the end of the year 9999: later times are mistakes, and overflow in common libraries.
const lastSecond = 253402300799

var (
	errIncomplete = errors.New("token: a required claim is empty, or a claim is not UTF-8")
	errTimes      = errors.New("token: it must expire after it is issued, and all its times must be of our age")
)

// Claims is what an access token says (RFC 9068 section 2.2).
type Claims struct {
	Issuer   string
	Subject  string
	Audience []string
	ClientID string
	Scope    string // empty when there is none
	// IssuedAt and Expires are in seconds since 1970 (RFC 7519 section 2, NumericDate).
	IssuedAt int64
	Expires  int64
	ID       string // jti

	// What follows is about a resource owner's login (RFC 9068 section 2.2.1), and is left out of a token without one.

	AuthTime  int64  // in seconds since 1970; 0 when there is none
	ACR       string // the authentication context class
	AMR       []string
	SessionID string // sid (OpenID Connect Front-Channel Logout section 3)
}

// check refuses what no verifier would accept: then the fault shows here, where its cause is.
func (c *Claims) check() error {
	switch {
	case !filled(c.Issuer, c.Subject, c.ClientID, c.ID) || !filled(c.Audience...) || len(c.Audience) == 0:
		return errIncomplete
	case !utf8.ValidString(c.Scope) || !utf8.ValidString(c.ACR) || !utf8.ValidString(c.SessionID) || !filled(c.AMR...):
		return errIncomplete
	case !sane(c.IssuedAt, c.Expires, c.AuthTime):
		return errTimes
	default:
		return nil
	}
}

// sane tells whether these can be the times of one token. A login may be younger than the token by as much as clocks differ.
func sane(issued, expires, login int64) bool {
	return issued >= 0 && expires > issued && expires <= lastSecond && login >= 0 && login <= lastSecond
}

// filled tells whether each text is UTF-8 and not empty.
func filled(texts ...string) bool {
	for _, text := range texts {
		if text == "" || !utf8.ValidString(text) {
			return false
		}
	}
	return true
}
