package token

import (
	"encoding/base64"
	"errors"
	"slices"
	"sync/atomic"

	"tokenwright.dev/issuer/keys"
)

// ErrTooLarge says that a token would be longer than any reader takes: too many scopes, audiences or claims at once.
var ErrTooLarge = errors.New("token: too much to say in one token")

// longestSignature is that of RSA with 2048 bits, in base64url.
const longestSignature = 342

// Minter makes access tokens. The zero value is ready, and safe for concurrent use.
type Minter struct {
	last atomic.Pointer[headed] // most tokens are signed by the same key as the one before
}

type headed struct {
	signer *keys.Signer
	header string
}

// AppendAccessToken appends to dst the access token that signer makes of c, as a compact JWS (RFC 9068 section 2). What
// it makes, Verify accepts.
func (m *Minter) AppendAccessToken(dst []byte, signer *keys.Signer, c *Claims) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	var space [1024]byte // keeps the claims of most tokens off the heap
	return appendSigned(dst, signer, m.header(signer), appendClaims(space[:0], c))
}

// appendSigned appends the JWT that signer makes of header, which is encoded, and claims, which are not.
func appendSigned(dst []byte, signer *keys.Signer, header string, claims []byte) ([]byte, error) {
	size := len(header) + base64.RawURLEncoding.EncodedLen(len(claims)) + longestSignature + len("..")
	if size > maxSize {
		return nil, ErrTooLarge
	}
	start := len(dst)
	dst = append(slices.Grow(dst, size), header...)
	dst = base64.RawURLEncoding.AppendEncode(append(dst, '.'), claims)
	return signer.AppendSignature(append(dst, '.'), dst[start:])
}

// header is the protected header for access tokens by signer (RFC 9068 section 2.1), encoded once.
func (m *Minter) header(signer *keys.Signer) string {
	last := m.last.Load()
	if last == nil || last.signer != signer {
		last = &headed{signer, signer.Header(accessTokenType)}
		m.last.Store(last)
	}
	return last.header
}
