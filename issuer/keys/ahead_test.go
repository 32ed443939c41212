package keys_test

import (
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tokenwright.dev/issuer/keys"
)

// TestAhead is the table of what a ring says of its next rotation and removal, in hours from now.
func TestAhead(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	at := func(hours int) time.Time {
		if hours == 0 {
			return time.Time{}
		}
		return now.Add(time.Duration(hours) * time.Hour)
	}
	key := func(algorithm string, from, until, expiry int) keys.Key {
		return keys.Key{JWK: jose.JSONWebKey{Algorithm: algorithm}, SignFrom: at(from), SignUntil: at(until), LastExpiry: at(expiry)}
	}
	const es, rs = keys.ES256, keys.RS256
	plan := keys.Plan{Algorithms: []string{es, rs}, RotationInterval: 720 * time.Hour, Lead: 24 * time.Hour}
	for _, tc := range []struct {
		name              string
		keys              []keys.Key
		rotation, removal int
	}{
		{"no key", nil, 0, 0},
		{"one that signs", []keys.Key{key(es, -20, 0, 0)}, 700, 0},
		{"the earlier of two algorithms", []keys.Key{key(es, -20, 0, 0), key(rs, -120, 0, 0)}, 600, 0},
		{"the next one waits for the replicas", []keys.Key{key(es, -719, 0, 0), key(es, 0, 0, 0)}, 0, 0},
		{"the next one is published", []keys.Key{key(es, -719, 23, 0), key(es, 23, 0, 0)}, 23, 0},
		{"one is to be removed", []keys.Key{key(es, -730, -10, 15), key(es, -10, 0, 0)}, 710, 15},
		{"two are", []keys.Key{key(rs, -730, -9, 16), key(es, -730, -10, 15), key(es, -10, 0, 0)}, 710, 15},
		{"one has stopped, which not every replica knows", []keys.Key{key(es, -730, -1, 0), key(es, -1, 0, 0)}, 719, 0},
		{"an algorithm that is not wanted any more", []keys.Key{key("EdDSA", -10, 0, 0)}, 0, 0},
		{"one that is overdue", []keys.Key{key(es, -721, 0, 0)}, 0, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ring := keys.Ring{Keys: tc.keys}
			removal := at(tc.removal)
			if tc.removal != 0 {
				removal = removal.Add(keys.Skew)
			}
			if got := ring.NextRotation(plan, now); !got.Equal(at(tc.rotation)) {
				t.Errorf("next rotation at %v, want %v", got, at(tc.rotation))
			}
			if got := ring.NextRemoval(); !got.Equal(removal) {
				t.Errorf("next removal at %v, want %v", got, removal)
			}
		})
	}
}
