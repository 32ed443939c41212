package token

import (
	"time"

	"github.com/go-jose/go-jose/v4"
)

// KeySet finds public keys; *keys.Set is one.
type KeySet interface {
	// Public is the key with the identifier kid.
	Public(kid string) (jose.JSONWebKey, bool)
	// Revoked tells whether there was a key with the identifier kid that somebody revoked.
	Revoked(kid string) bool
}

// Verifier tells whose tokens are accepted. The zero value accepts none. It is safe for concurrent use.
type Verifier struct {
	// Issuer is the one that a token must come from.
	Issuer string
	// Others are further names of that issuer, which a token may bear instead.
	Others []string
	// Keys are the only ones that are looked at; a key that a token brings along never is (RFC 8725 section 3.10). Each
	// must say its algorithm and that it is for signatures.
	Keys KeySet
	// Algorithms are the JWS algorithms that are accepted, by their exact names (RFC 8725 section 3.1).
	Algorithms []string
}

// Verify reads raw as a token of kind that is for one of audiences and valid at now. A ReturnedToken
// or an IDTokenHint is for anybody if audiences is empty, and an IDTokenHint may have expired a while ago. The error is a
// VerifyError.
//
// Every JWT that comes in is read here. The checks run from cheap to dear, so that a token without a signature by a
// key of ours, over a header of this kind, costs no more than reading it once.
func (v Verifier) Verify(raw string, kind Kind, audiences []string, now time.Time) (*Claims, error) {
	parts, err := split(raw)
	if err != nil {
		return nil, err
	}
	head, err := parseHeader(parts.header)
	if err != nil {
		return nil, err
	}
	rules := kinds[kind]
	if err := head.check(v.Algorithms, rules); err != nil {
		return nil, err
	}
	key, err := v.key(head)
	if err != nil {
		return nil, err
	}
	if err := checkSignature(raw, key); err != nil {
		return nil, err
	}
	claims, err := parseClaims(parts.payload, rules)
	if err != nil {
		return nil, err
	}
	if err := v.judge(claims, rules, audiences, now); err != nil {
		return nil, err
	}
	return &claims.Claims, nil
}

// checkSignature leaves the cryptography to go-jose, with one key and one algorithm.
func checkSignature(raw string, key jose.JSONWebKey) error {
	jws, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(key.Algorithm)})
	if err != nil {
		return ErrMalformed
	}
	if _, err := jws.Verify(key.Key); err != nil {
		return ErrSignature
	}
	return nil
}
