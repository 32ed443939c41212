package keys

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// RingVersion is the version of the wire form that this package writes, and the only one that it reads.
const RingVersion = 1

// MaxRingSize bounds the wire form of a ring, in bytes.
const MaxRingSize = 512 << 10

// base64url are the characters of a kid, none of which JSON escapes.
const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// Ring is an ordered set of keys and what is known of the tokens under them. The zero value is an empty ring.
type Ring struct {
	Version int `json:"version"`
	// Revision grows with every change, so that replicas can say which one they have loaded.
	Revision int64 `json:"revision"`
	// LongestLifetime is the longest life, in seconds, that anything signed under this ring was ever allowed. It never
	// decreases, and it is raised before a longer lifetime is registered.
	LongestLifetime int64 `json:"longestLifetime"`
	Keys            []Key `json:"keys"`
	// Revoked is what is left of keys that were revoked, in the order in which that happened. A key that it names is in no
	// ring that was decoded.
	Revoked []Revoked `json:"revoked,omitempty"`
	// SealedUnder is the URL of the issuer from which the keys of sealed values follow; its present one when empty. It is set
	// before the URL first changes, and never again.
	SealedUnder string `json:"sealedUnder,omitempty"`
	// Urgent lists the algorithms of revoked keys in whose place others are wanted soon.
	Urgent []string `json:"urgent,omitempty"`
}

// Key is one key of a ring and its place in time. All times are in UTC, to the second.
type Key struct {
	// JWK is the private key (RFC 7517), with kid and alg.
	JWK       jose.JSONWebKey `json:"jwk"`
	CreatedAt time.Time       `json:"createdAt"`
	// SignFrom is when the key begins to sign; zero while it is Pending.
	SignFrom time.Time `json:"signFrom,omitzero"`
	// SignUntil is when it stops; zero while no successor is scheduled.
	SignUntil time.Time `json:"signUntil,omitzero"`
	// LastExpiry is when the last token under the key expires; zero until every live replica is known to have stopped
	// signing with it. It never decreases.
	LastExpiry time.Time `json:"lastExpiry,omitzero"`
}

// Revoked is what is left of a key that was revoked. The key itself is gone, so nothing brings it back but an older copy of
// the ring. A version of the program that does not know this field sees a ring without the key.
type Revoked struct {
	KID       string    `json:"kid"`
	Algorithm string    `json:"alg"`
	CreatedAt time.Time `json:"createdAt"`
	// SignFrom is when the key began to sign, or was to.
	SignFrom  time.Time `json:"signFrom,omitzero"`
	RevokedAt time.Time `json:"revokedAt"`
	// LastExpiry is when the last token that a replica made under the key has expired; zero until every live replica is known
	// to have stopped. It says nothing of tokens that somebody else signed with a stolen key.
	LastExpiry time.Time `json:"lastExpiry,omitzero"`
}

// State is the place of a key in its life.
type State string

// The states of a key, in order. A removed key is no longer in its ring.
const (
	Pending   State = "Pending"
	Published State = "Published"
	Active    State = "Active"
	Retiring  State = "Retiring"
)

// StateAt tells the state of k at now.
func (k Key) StateAt(now time.Time) State {
	switch {
	case k.SignFrom.IsZero():
		return Pending
	case now.Before(k.SignFrom):
		return Published
	case k.SignUntil.IsZero() || now.Before(k.SignUntil):
		return Active
	default:
		return Retiring
	}
}

// Overdue tells whether k may be used at now though no time was set for it, where nothing else may.
func (k Key) Overdue(now time.Time) bool {
	return k.SignFrom.IsZero() && !now.Before(k.CreatedAt.Add(Lead))
}

// EncodeRing writes the wire form of ring, which holds private keys.
func EncodeRing(ring Ring) ([]byte, error) {
	ring.Version = RingVersion
	return json.Marshal(ring)
}

// DecodeRing reads the wire form. A ring that it refuses must never be overwritten: it may hold keys that sign.
func DecodeRing(data []byte) (Ring, error) {
	if len(data) > MaxRingSize {
		return Ring{}, fmt.Errorf("key ring of %d bytes exceeds %d", len(data), MaxRingSize)
	}
	var ring Ring
	if err := json.Unmarshal(data, &ring); err != nil {
		// The cause may quote key material, so it stays here.
		return Ring{}, errors.New("key ring is no JSON of the known form")
	}
	if ring.Version != RingVersion {
		return Ring{}, fmt.Errorf("unknown key ring version %d", ring.Version)
	}
	var err error
	if ring.Keys, err = ring.believed(); err != nil {
		return Ring{}, err
	}
	seen := map[string]bool{}
	for i, k := range ring.Keys {
		if !named(k.JWK.KeyID) || seen[k.JWK.KeyID] {
			return Ring{}, fmt.Errorf("key %d of the ring has no kid of its own", i)
		}
		seen[k.JWK.KeyID] = true
		if !fits(k.JWK) {
			return Ring{}, fmt.Errorf("key %q is not valid for its algorithm", k.JWK.KeyID)
		}
	}
	return ring, nil
}

// named tells whether kid can name a key.
func named(kid string) bool { return kid != "" && strings.Trim(kid, base64url) == "" }

// maxKID is how long the kid of a revoked key may be: it is shown to people.
const maxKID = 64

// believed lists the keys that were not revoked, whoever has put one of those back.
func (r Ring) believed() ([]Key, error) {
	for i, gone := range r.Revoked {
		if !named(gone.KID) || len(gone.KID) > maxKID {
			return nil, fmt.Errorf("revoked key %d of the ring has no kid", i)
		}
		r.Keys = slices.DeleteFunc(r.Keys, func(k Key) bool { return k.JWK.KeyID == gone.KID })
	}
	return r.Keys, nil
}

// RaiseLongest returns ring so that nothing under it is forgotten that lives for lifetime. It reports whether that
// changed anything.
func RaiseLongest(ring Ring, lifetime time.Duration) (Ring, bool) {
	seconds := int64((lifetime + time.Second - 1) / time.Second)
	if seconds <= ring.LongestLifetime {
		return ring, false
	}
	ring.LongestLifetime = seconds
	ring.Keys = slices.Clone(ring.Keys)
	for i, k := range ring.Keys {
		if !k.LastExpiry.IsZero() {
			ring.Keys[i] = k.keepFor(k.SignUntil.Add(ring.longest()))
		}
	}
	ring.Revision++
	return ring, true
}

// SealUnder returns ring so that the keys of sealed values go on to follow from url, whatever the issuer's URL becomes. It
// reports whether that changed anything: a ring that remembers one URL takes no other, and an empty one is none.
func SealUnder(ring Ring, url string) (Ring, bool) {
	if url == "" || ring.SealedUnder != "" {
		return ring, false
	}
	ring.SealedUnder = url
	ring.Revision++
	return ring, true
}

func (r Ring) longest() time.Duration { return time.Duration(r.LongestLifetime) * time.Second }

// keepFor returns k so that it is kept for what lives until end.
func (k Key) keepFor(end time.Time) Key {
	if end.After(k.LastExpiry) {
		k.LastExpiry = end
	}
	return k
}
