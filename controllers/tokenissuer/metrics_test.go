package tokenissuer

import (
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tokenwright.dev/issuer/keys"
)

func TestRotationDue(t *testing.T) {
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	key := func(algorithm string, from time.Time) keys.Key {
		return keys.Key{JWK: jose.JSONWebKey{Algorithm: algorithm}, SignFrom: from}
	}
	plan := keys.Plan{Algorithms: []string{"ES256", "RS256"}, RotationInterval: 30 * 24 * time.Hour}
	for _, tc := range []struct {
		name string
		keys []keys.Key
		want time.Time
	}{
		{"no key", nil, time.Time{}},
		{"a first key that waits", []keys.Key{key("ES256", time.Time{})}, time.Time{}},
		{"one that signs", []keys.Key{key("ES256", day(0))}, day(30)},
		{"the next one waits for replicas", []keys.Key{key("ES256", day(0)), key("ES256", time.Time{})}, day(30)},
		{"the next one has its time", []keys.Key{key("ES256", day(0)), key("ES256", day(30))}, day(60)},
		{"the first of two algorithms", []keys.Key{key("ES256", day(5)), key("RS256", day(2))}, day(32)},
		{"an algorithm that is no longer planned", []keys.Key{key("PS256", day(0)), key("ES256", day(5))}, day(35)},
	} {
		if got := rotationDue(keys.Ring{Keys: tc.keys}, plan); !got.Equal(tc.want) {
			t.Errorf("%s: due %v, want %v", tc.name, got, tc.want)
		}
	}
}
