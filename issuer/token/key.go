package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"

	"github.com/go-jose/go-jose/v4"

	"tokenwright.dev/issuer/keys"
)

// fits holds a public key to its algorithm: kind, curve, strength (RFC 8725 sections 3.1, 3.2 and 3.5). An algorithm that
// is not here is never accepted, whatever a caller lists: symmetric ones least of all.
var fits = map[string]func(public any) bool{
	keys.ES256: func(public any) bool {
		key, ok := public.(*ecdsa.PublicKey)
		return ok && key.Curve == elliptic.P256()
	},
	keys.RS256: func(public any) bool {
		key, ok := public.(*rsa.PublicKey)
		return ok && key.N.BitLen() >= 2048 && key.N.BitLen() <= 8192 && key.E >= 1<<16+1
	},
	keys.EdDSA: func(public any) bool {
		key, ok := public.(ed25519.PublicKey)
		return ok && len(key) == ed25519.PublicKeySize
	},
}

// key finds the key that h names, if it is one for the algorithm that h names (RFC 7517 section 4).
func (v Verifier) key(h header) (jose.JSONWebKey, error) {
	usable, known := fits[h.alg]
	if !known {
		return jose.JSONWebKey{}, ErrAlgorithm
	}
	if v.Keys == nil {
		return jose.JSONWebKey{}, ErrKey
	}
	key, found := v.Keys.Public(h.kid)
	if !found && v.Keys.Revoked(h.kid) {
		return jose.JSONWebKey{}, ErrRevokedKey
	}
	if !found || key.KeyID != h.kid || key.Algorithm != h.alg || key.Use != "sig" || !usable(key.Key) {
		return jose.JSONWebKey{}, ErrKey
	}
	return key, nil
}
