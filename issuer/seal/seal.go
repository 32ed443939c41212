package seal

import (
	"cmp"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"tokenwright.dev/issuer/keys"
)

// ErrSealed is the one answer to whatever cannot be opened: malformed, altered, of another kind or issuer, or under a key
// that is gone.
var ErrSealed = errors.New("seal: not a value of this kind, or not one of this issuer's")

// ErrRevoked is an ErrSealed, for the log: of a value under a key that somebody revoked.
var ErrRevoked = fmt.Errorf("%w: it is sealed under a key that was revoked", ErrSealed)

// MaxSize bounds a sealed value, in bytes.
const MaxSize = 16 << 10

const (
	hintSize  = 4 // tells which key; it need not be unique
	nonceSize = chacha20poly1305.NonceSizeX
	derived   = "tokenwright sealed value v1"
)

// strict refuses all but one form of each value.
var strict = base64.RawURLEncoding.Strict()

// Sealer seals under the keys of one ring for one issuer. It is immutable, and safe for concurrent use.
type Sealer struct {
	revision int64
	keys     []key
	issuer   string
	extra    map[Kind][]byte // the associated data of each kind
	revoked  map[[hintSize]byte]bool
}

// key is one key of the ring, and what follows from it for each kind.
type key struct {
	hint [hintSize]byte
	life keys.Key // without the key itself
	aead map[Kind]cipher.AEAD
	tag  []byte // of Tag
}

// New makes ring ready for use by the issuer with this URL, from which the keys of all values follow.
func New(ring keys.Ring, issuer string) (*Sealer, error) {
	s := &Sealer{revision: ring.Revision, issuer: issuer, extra: map[Kind][]byte{}, revoked: map[[hintSize]byte]bool{}}
	for _, gone := range ring.Revoked {
		s.revoked[hintOf(gone.KID)] = true
	}
	for _, kind := range kinds {
		s.extra[kind] = []byte(kind.name + "\x00" + issuer)
	}
	for _, k := range ring.Keys {
		secret, ok := k.JWK.Key.([]byte)
		if !ok {
			return nil, fmt.Errorf("seal: key %q is not for sealing", k.JWK.KeyID)
		}
		made, err := s.derive(secret)
		if err != nil {
			return nil, fmt.Errorf("seal: key %q: %w", k.JWK.KeyID, err)
		}
		made.hint, made.life = hintOf(k.JWK.KeyID), k
		made.life.JWK.Key = nil
		s.keys = append(s.keys, made)
	}
	return s, nil
}

func hintOf(kid string) [hintSize]byte {
	sum := sha256.Sum256([]byte(kid))
	return [hintSize]byte(sum[:hintSize])
}

// derive makes a key for each kind (RFC 5869), which no two issuers share.
func (s *Sealer) derive(secret []byte) (key, error) {
	made := key{aead: map[Kind]cipher.AEAD{}}
	for _, kind := range kinds {
		own, err := hkdf.Key(sha256.New, secret, nil, derived+"\x00"+string(s.extra[kind]), chacha20poly1305.KeySize)
		if err != nil {
			return key{}, err
		}
		if made.aead[kind], err = chacha20poly1305.NewX(own); err != nil {
			return key{}, err
		}
	}
	var err error
	made.tag, err = s.tagKey(secret)
	return made, err
}

// Revision is the revision of the ring.
func (s *Sealer) Revision() int64 { return s.revision }

// Issuer is the URL of the issuer.
func (s *Sealer) Issuer() string { return s.issuer }

// For is s for the issuer under another URL of its own: it makes and opens the same values, and Issuer is that URL.
func (s *Sealer) For(url string) *Sealer {
	renamed := *s
	renamed.issuer = url
	return &renamed
}

// Seal makes a value of kind from plain, under the key that is due at now. It fails with keys.ErrNoKey where there is none.
func (s *Sealer) Seal(kind Kind, plain []byte, now time.Time) (string, error) {
	k, err := s.due(now)
	if err != nil {
		return "", err
	}
	raw := make([]byte, hintSize+nonceSize, hintSize+nonceSize+len(plain)+chacha20poly1305.Overhead)
	copy(raw, k.hint[:])
	nonce := raw[hintSize:]
	_, _ = rand.Read(nonce) // never fails: crypto/rand ends the program rather than give weak bytes
	raw = k.aead[kind].Seal(raw, nonce, plain, s.extra[kind])
	text := make([]byte, 0, len(kind.prefix)+strict.EncodedLen(len(raw)))
	return string(strict.AppendEncode(append(text, kind.prefix...), raw)), nil
}

// due is the newest key that is active at now. A clock that is in no key's time takes the nearest one: so does a ring whose
// other keys were revoked, until its new key is due.
func (s *Sealer) due(now time.Time) (*key, error) {
	var nearest *key
	for i := len(s.keys) - 1; i >= 0; i-- {
		switch k := &s.keys[i]; k.life.StateAt(now) {
		case keys.Active:
			return k, nil
		case keys.Published:
			nearest = k
		case keys.Retiring:
			nearest = cmp.Or(nearest, k)
		case keys.Pending: // not every replica can open what it seals, unless the operator is gone for long
			if k.life.Overdue(now) {
				nearest = cmp.Or(nearest, k)
			}
		}
	}
	if nearest == nil {
		return nil, keys.ErrNoKey
	}
	return nearest, nil
}

// Due tells whether a value that Open has read is under the key by which Seal would make it at now.
func (s *Sealer) Due(kind Kind, sealed string, now time.Time) bool {
	const head = 8 // as many characters as hold the hint, and whole bytes
	k, err := s.due(now)
	text, ok := strings.CutPrefix(sealed, kind.prefix)
	if err != nil || !ok || len(text) < head {
		return false
	}
	raw, err := strict.DecodeString(text[:head])
	return err == nil && [hintSize]byte(raw) == k.hint
}

// Open reads what Seal made of the same kind for the same issuer. The error is ErrSealed.
func (s *Sealer) Open(kind Kind, sealed string) ([]byte, error) {
	text, ok := strings.CutPrefix(sealed, kind.prefix)
	if !ok || len(sealed) > MaxSize {
		return nil, ErrSealed
	}
	raw, err := strict.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") || len(raw) < hintSize+nonceSize+chacha20poly1305.Overhead {
		return nil, ErrSealed
	}
	hint, nonce, box := [hintSize]byte(raw), raw[hintSize:hintSize+nonceSize], raw[hintSize+nonceSize:]
	for i := range s.keys {
		if s.keys[i].hint != hint {
			continue
		}
		if plain, err := s.keys[i].aead[kind].Open(nil, nonce, box, s.extra[kind]); err == nil {
			return plain, nil
		}
	}
	if s.revoked[hint] {
		return nil, ErrRevoked
	}
	return nil, ErrSealed
}
