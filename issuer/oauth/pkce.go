package oauth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"
)

const (
	// MethodS256 is the only way to make a challenge that is taken here: plain shows the verifier to whoever sees the
	// request (RFC 7636 section 4.2, RFC 9700 section 2.1.1).
	MethodS256 = "S256"

	challengeSize = 43 // of SHA-256 in base64url
	// minVerifier and maxVerifier bound a verifier (RFC 7636 section 4.1).
	minVerifier = 43
	maxVerifier = 128
)

// VerifyChallenge holds a code_verifier to the code_challenge of the authorization request (RFC 7636 section 4.6). The
// error is an *Error with InvalidGrant. A challenge that is none matches nothing.
func VerifyChallenge(challenge, verifier string) error {
	if verifier == "" {
		return InvalidGrant.Refusef("code_verifier is missing")
	}
	if !isVerifier(verifier) {
		return InvalidGrant.Refusef("code_verifier must be %d to %d unreserved characters", minVerifier, maxVerifier)
	}
	digest := sha256.Sum256([]byte(verifier))
	var made [challengeSize]byte
	base64.RawURLEncoding.Encode(made[:], digest[:])
	if subtle.ConstantTimeCompare(made[:], []byte(challenge)) != 1 {
		return InvalidGrant.Refusef("code_verifier is not the one of this code")
	}
	return nil
}

// isVerifier follows RFC 7636 section 4.1.
func isVerifier(text string) bool {
	return minVerifier <= len(text) && len(text) <= maxVerifier && !strings.ContainsFunc(text, func(r rune) bool {
		return !isBase64URL(r) && r != '.' && r != '~'
	})
}

// checkChallenge holds challenge and method to what this issuer takes (RFC 7636 sections 4.3 and 4.4.1).
func checkChallenge(challenge, method string) error {
	switch {
	case challenge == "":
		return InvalidRequest.Refusef("code_challenge is missing: this issuer asks every client for PKCE (RFC 7636)")
	case method != MethodS256:
		return InvalidRequest.Refusef("code_challenge_method must be %s", MethodS256)
	case len(challenge) != challengeSize || strings.ContainsFunc(challenge, func(r rune) bool { return !isBase64URL(r) }):
		return InvalidRequest.Refusef("code_challenge must be %d characters of base64url", challengeSize)
	default:
		return nil
	}
}

// isBase64URL tells whether r is in the alphabet of RFC 4648 section 5.
func isBase64URL(r rune) bool {
	lower := r | 0x20
	return 'a' <= lower && lower <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}
