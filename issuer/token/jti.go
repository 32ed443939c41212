package token

import (
	"crypto/rand"
	"encoding/base64"
)

// idSize makes a token identifier of 128 random bits: none is ever met twice, and none can be guessed.
const idSize = 16

// NewID makes a token identifier (RFC 7519 section 4.1.7), in base64url.
func NewID() string {
	var id [idSize]byte
	_, _ = rand.Read(id[:]) // never fails, by its contract
	return base64.RawURLEncoding.EncodeToString(id[:])
}
