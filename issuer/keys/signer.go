package keys

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// Signer signs compact JWS with one key. It is safe for concurrent use.
type Signer struct {
	key    crypto.Signer
	append func(s *Signer, dst, input []byte) ([]byte, error)
	kid    string
	alg    string
}

// KID is the key's identifier.
func (s *Signer) KID() string { return s.kid }

// Algorithm is the JWS algorithm that the key signs with.
func (s *Signer) Algorithm() string { return s.alg }

// Header is the protected header of a token of type typ (RFC 7515 section 4.1.9), in base64url.
func (s *Signer) Header(typ string) string {
	// None of the three values ever holds a character that JSON escapes: alg and typ are ours, kid is base64url.
	header := `{"alg":"` + s.alg + `","kid":"` + s.kid + `","typ":"` + typ + `"}`
	return base64.RawURLEncoding.EncodeToString([]byte(header))
}

// AppendSignature signs input, which may be a part of dst, and appends the signature in base64url.
func (s *Signer) AppendSignature(dst, input []byte) ([]byte, error) { return s.append(s, dst, input) }

func newSigner(jwk jose.JSONWebKey) (*Signer, error) {
	key, ok := jwk.Key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("key %q cannot sign", jwk.KeyID)
	}
	s := &Signer{key: key, kid: jwk.KeyID, alg: jwk.Algorithm}
	switch jwk.Algorithm {
	case ES256:
		s.append = appendES256
	case RS256:
		s.append = appendRS256
	case EdDSA:
		s.append = appendEdDSA
	default:
		return nil, fmt.Errorf("key %q: unknown algorithm %q", jwk.KeyID, jwk.Algorithm)
	}
	return s, nil
}

// coordinateSize is the length of r and of s on P-256 (RFC 7518 section 3.4).
const coordinateSize = 32

func appendES256(s *Signer, dst, input []byte) ([]byte, error) {
	digest := sha256.Sum256(input)
	der, err := s.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var raw [2 * coordinateSize]byte
	if err := joinES256(&raw, der); err != nil {
		return nil, err
	}
	return base64.RawURLEncoding.AppendEncode(dst, raw[:]), nil
}

// joinES256 turns the ASN.1 of crypto.Signer into the fixed-length form of JWS.
func joinES256(raw *[2 * coordinateSize]byte, der []byte) error {
	var sequence cryptobyte.String
	var r, s []byte
	input := cryptobyte.String(der)
	if !input.ReadASN1(&sequence, asn1.SEQUENCE) || !sequence.ReadASN1Integer(&r) || !sequence.ReadASN1Integer(&s) ||
		!input.Empty() || !sequence.Empty() || len(r) > coordinateSize || len(s) > coordinateSize {
		return errors.New("malformed ECDSA signature")
	}
	copy(raw[coordinateSize-len(r):], r)
	copy(raw[2*coordinateSize-len(s):], s)
	return nil
}

func appendRS256(s *Signer, dst, input []byte) ([]byte, error) {
	digest := sha256.Sum256(input)
	signature, err := s.key.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return base64.RawURLEncoding.AppendEncode(dst, signature), nil
}

func appendEdDSA(s *Signer, dst, input []byte) ([]byte, error) {
	signature, err := s.key.Sign(rand.Reader, input, crypto.Hash(0))
	if err != nil {
		return nil, err
	}
	return base64.RawURLEncoding.AppendEncode(dst, signature), nil
}
