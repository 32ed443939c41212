package token

import (
	"errors"
	"unicode/utf8"
)

// lastSecond is the end of the year 9999: later times are mistakes, and overflow in common libraries.
const lastSecond = 253402300799

var (
	errIncomplete = errors.New("access token: a required claim is empty, or a claim is not UTF-8")
	errTimes      = errors.New("access token: it must expire after it is issued")
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
}

// check refuses what no verifier would accept: then the fault shows here, where its cause is.
func (c *Claims) check() error {
	switch {
	case !filled(c.Issuer, c.Subject, c.ClientID, c.ID) || !filled(c.Audience...) || len(c.Audience) == 0:
		return errIncomplete
	case !utf8.ValidString(c.Scope):
		return errIncomplete
	case c.IssuedAt < 0 || c.Expires <= c.IssuedAt || c.Expires > lastSecond:
		return errTimes
	default:
		return nil
	}
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
