package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Algorithms of keys: JWS algorithms (RFC 7518, RFC 8037) for signing, XC20P (XChaCha20-Poly1305) for sealing.
const (
	ES256 = string(jose.ES256)
	RS256 = string(jose.RS256)
	EdDSA = string(jose.EdDSA)
	XC20P = "XC20P"
)

const (
	rsaBits     = 2048 // verifying is what resource servers pay for; RFC 8725 section 3.5 asks for no more
	sealingSize = 32
)

// fits tells whether jwk holds a private key that its algorithm can use (RFC 8725 section 3.5).
func fits(jwk jose.JSONWebKey) bool {
	switch key := jwk.Key.(type) {
	case *ecdsa.PrivateKey:
		return jwk.Algorithm == ES256 && key.Curve == elliptic.P256()
	case *rsa.PrivateKey:
		return jwk.Algorithm == RS256 && key.N.BitLen() >= rsaBits
	case ed25519.PrivateKey:
		return jwk.Algorithm == EdDSA
	case []byte:
		return jwk.Algorithm == XC20P && len(key) == sealingSize
	default:
		return false
	}
}

// Generate makes a new key for algorithm. Its kid is the RFC 7638 thumbprint of the public key, or a random name for a
// symmetric one, whose thumbprint would help to guess it.
func Generate(algorithm string, now time.Time) (Key, error) {
	private, err := generate(algorithm)
	if err != nil {
		return Key{}, fmt.Errorf("generate a key for %s: %w", algorithm, err)
	}
	jwk := jose.JSONWebKey{Key: private, Algorithm: algorithm, Use: "sig"}
	if algorithm == XC20P {
		jwk.Use, jwk.KeyID = "enc", rand.Text()
		return Key{JWK: jwk, CreatedAt: now.UTC().Truncate(time.Second)}, nil
	}
	public := jwk.Public()
	thumbprint, err := public.Thumbprint(crypto.SHA256)
	if err != nil {
		return Key{}, fmt.Errorf("thumbprint of a key for %s: %w", algorithm, err)
	}
	jwk.KeyID = base64.RawURLEncoding.EncodeToString(thumbprint)
	return Key{JWK: jwk, CreatedAt: now.UTC().Truncate(time.Second)}, nil
}

func generate(algorithm string) (any, error) {
	switch algorithm {
	case ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case RS256:
		return rsa.GenerateKey(rand.Reader, rsaBits)
	case EdDSA:
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	case XC20P:
		key := make([]byte, sealingSize)
		_, err := rand.Read(key)
		return key, err
	default:
		return nil, fmt.Errorf("unknown algorithm %q", algorithm)
	}
}
