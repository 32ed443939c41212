package keys

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// ErrNoKey says that no key of the ring is due to sign.
var ErrNoKey = errors.New("no key is due to sign")

// Set is a signing ring made ready for use: parsed once, immutable, safe for concurrent use.
type Set struct {
	revision int64
	keys     []scheduled
	public   map[string]jose.JSONWebKey
	revoked  []Revoked
	jwks     []byte
}

type scheduled struct {
	*Signer
	life Key // without the private key
}

// NewSet makes ring ready for use.
func NewSet(ring Ring) (*Set, error) {
	set := &Set{revision: ring.Revision, public: map[string]jose.JSONWebKey{}, revoked: ring.Revoked}
	served := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, k := range ring.Keys {
		signer, err := newSigner(k.JWK)
		if err != nil {
			return nil, err
		}
		life := k
		life.JWK = k.JWK.Public()
		set.keys = append(set.keys, scheduled{signer, life})
		set.public[life.JWK.KeyID] = life.JWK
		served.Keys = append(served.Keys, life.JWK)
	}
	var err error
	if set.jwks, err = json.Marshal(served); err != nil {
		return nil, fmt.Errorf("encode key set: %w", err)
	}
	return set, nil
}

// Revision is the revision of the ring.
func (s *Set) Revision() int64 { return s.revision }

// JWKS is the public key set (RFC 7517 section 5), encoded once. It must not be changed.
func (s *Set) JWKS() []byte { return s.jwks }

// Public is the public key with the identifier kid, whatever its state: what is in the ring may still verify.
func (s *Set) Public(kid string) (jose.JSONWebKey, bool) {
	key, ok := s.public[kid]
	return key, ok
}

// Revoked tells whether the ring remembers that the key with the identifier kid was revoked.
func (s *Set) Revoked(kid string) bool {
	return slices.ContainsFunc(s.revoked, func(gone Revoked) bool { return gone.KID == kid })
}

// Algorithms lists those that have a key of any state, in the order of the ring.
func (s *Set) Algorithms() []string {
	var out []string
	for _, k := range s.keys {
		if !slices.Contains(out, k.alg) {
			out = append(out, k.alg)
		}
	}
	return out
}

// Signer is the key that signs at now: of the first of algorithms that has an active one. While a newly preferred
// algorithm waits for its key, the active key of any other serves on. A clock so far behind that it is in nobody's time,
// since former keys are gone, makes the next key sign. So does a ring whose other keys were revoked, and if no time was set
// for its new key until Lead has passed, because the operator is gone, that key signs then. ErrNoKey where there is none.
func (s *Set) Signer(algorithms []string, now time.Time) (*Signer, error) {
	for _, algorithm := range algorithms {
		if signer := s.active(now, func(alg string) bool { return alg == algorithm }); signer != nil {
			return signer, nil
		}
	}
	if signer := s.active(now, func(string) bool { return true }); signer != nil {
		return signer, nil
	}
	if next := s.nextFrom(now); !next.IsZero() {
		return s.Signer(algorithms, next)
	}
	if signer := s.overdue(now); signer != nil {
		return signer, nil
	}
	return nil, ErrNoKey
}

// nextFrom is when, after now, the next key begins to sign; zero if none does.
func (s *Set) nextFrom(now time.Time) time.Time {
	var next time.Time
	for _, k := range s.keys {
		if from := k.life.SignFrom; from.After(now) && (next.IsZero() || from.Before(next)) {
			next = from
		}
	}
	return next
}

func (s *Set) active(now time.Time, wanted func(algorithm string) bool) *Signer {
	for _, k := range slices.Backward(s.keys) {
		if wanted(k.alg) && k.life.StateAt(now) == Active {
			return k.Signer
		}
	}
	return nil
}

// overdue is the latest key that nobody set a time for, and that may be used all the same.
func (s *Set) overdue(now time.Time) *Signer {
	for _, k := range slices.Backward(s.keys) {
		if k.life.Overdue(now) {
			return k.Signer
		}
	}
	return nil
}
