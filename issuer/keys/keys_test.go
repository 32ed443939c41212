package keys_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenwright.dev/issuer/keys"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// rsaKey serves all tests: to find its primes takes longer than all the rest.
var rsaKey = sync.OnceValues(func() (keys.Key, error) { return keys.Generate(keys.RS256, start) })

func newKey(algorithm string, now time.Time) (keys.Key, error) {
	if algorithm == keys.RS256 {
		return rsaKey()
	}
	return keys.Generate(algorithm, now)
}

// generate makes new keys; of RSA always the same.
func generate(tb testing.TB, now time.Time, algorithms ...string) []keys.Key {
	tb.Helper()
	var fresh []keys.Key
	for _, algorithm := range algorithms {
		k, err := newKey(algorithm, now)
		if err != nil {
			tb.Fatal(err)
		}
		fresh = append(fresh, k)
	}
	return fresh
}

// set is a ring as a replica loads it.
func set(tb testing.TB, ring keys.Ring) *keys.Set {
	tb.Helper()
	s, err := keys.NewSet(ring)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// describe tells a ring by its times, in seconds since start.
func describe(ring keys.Ring) string {
	out := []string{fmt.Sprint("longest ", ring.LongestLifetime)}
	for _, k := range ring.Keys {
		out = append(out, one(k))
	}
	return strings.Join(out, "; ")
}

func one(k keys.Key) string {
	text := fmt.Sprintf("%s %.4s", k.JWK.Algorithm, k.JWK.KeyID)
	for _, t := range []time.Time{k.SignFrom, k.SignUntil, k.LastExpiry} {
		if t.IsZero() {
			break
		}
		text += fmt.Sprintf(" %+d", t.Unix()-start.Unix())
	}
	return text
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
