package keys_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tokenwright.dev/issuer/keys"
)

// algorithms are all that a ring may hold a key for.
var algorithms = []string{keys.ES256, keys.RS256, keys.EdDSA, keys.XC20P}

func encode(tb testing.TB, ring keys.Ring) []byte {
	tb.Helper()
	data, err := keys.EncodeRing(ring)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestRingRoundTrip(t *testing.T) {
	stock := generate(t, start, append(algorithms, algorithms[2:]...)...)
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return start.Add(time.Duration(rapid.Int32Range(-1<<30, 1<<30).Draw(t, "seconds")) * time.Second)
	})
	rapid.Check(t, func(t *rapid.T) {
		ring := keys.Ring{
			Version:         keys.RingVersion,
			Revision:        rapid.Int64Min(0).Draw(t, "revision"),
			LongestLifetime: rapid.Int64Min(0).Draw(t, "longest"),
			Keys:            rapid.Permutation(stock).Draw(t, "keys")[:rapid.IntRange(0, len(stock)).Draw(t, "count")],
		}
		if rapid.Bool().Draw(t, "revoked") {
			gone := keys.Revoked{KID: "gone", Algorithm: keys.ES256, CreatedAt: start, RevokedAt: moment.Draw(t, "revoked at")}
			ring.Revoked, ring.Urgent = []keys.Revoked{gone}, []string{keys.ES256}
		}
		for i := range ring.Keys {
			for _, field := range []*time.Time{&ring.Keys[i].SignFrom, &ring.Keys[i].SignUntil, &ring.Keys[i].LastExpiry} {
				*field = time.Time{}
				if rapid.Bool().Draw(t, "set") {
					*field = moment.Draw(t, "time")
				}
			}
		}
		data, err := keys.EncodeRing(ring)
		if err != nil {
			t.Fatal(err)
		}
		got, err := keys.DecodeRing(data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := keys.EncodeRing(got)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("written again, it differs (%v):\n%s", err, cmp.Diff(string(data), string(again)))
		}
		if describe(got) != describe(ring) || got.Revision != ring.Revision {
			t.Errorf("%s became %s", describe(ring), describe(got))
		}
	})
}

// TestEveryKindOfKeyReturns: a ring that was written can be read, whatever its keys are for.
func TestEveryKindOfKeyReturns(t *testing.T) {
	for _, algorithm := range algorithms {
		ring := keys.Ring{Keys: generate(t, start, algorithm)}
		got, err := keys.DecodeRing(encode(t, ring))
		if err != nil {
			t.Errorf("%s: %v", algorithm, err)
			continue
		}
		if k := got.Keys[0]; k.JWK.Algorithm != algorithm || !k.CreatedAt.Equal(start) || k.JWK.KeyID != ring.Keys[0].JWK.KeyID {
			t.Errorf("%s returned as %s, created at %v", algorithm, one(k), k.CreatedAt)
		}
	}
}

// TestDamagedRings are refused, and what is said of them holds nothing of the keys.
func TestDamagedRings(t *testing.T) {
	good := encode(t, keys.Ring{Revision: 3, LongestLifetime: 3600, Keys: generate(t, start, algorithms...)})
	for _, tc := range []struct {
		name   string
		damage func(ring map[string]any, key func(int) map[string]any)
	}{
		{"another version", func(ring map[string]any, _ func(int) map[string]any) { ring["version"] = 2 }},
		{"no version", func(ring map[string]any, _ func(int) map[string]any) { delete(ring, "version") }},
		{"keys of another form", func(ring map[string]any, _ func(int) map[string]any) { ring["keys"] = "none" }},
		{"no key in an entry", func(ring map[string]any, _ func(int) map[string]any) { ring["keys"] = []any{map[string]any{}} }},
		{"no kid", func(_ map[string]any, key func(int) map[string]any) { delete(key(0), "kid") }},
		{"a kid twice", func(_ map[string]any, key func(int) map[string]any) { key(1)["kid"] = key(0)["kid"] }},
		{"a kid that JSON would escape", func(_ map[string]any, key func(int) map[string]any) { key(0)["kid"] = `a","alg":"none` }},
		{"a kid that holds the private key", func(_ map[string]any, key func(int) map[string]any) { key(0)["kid"] = key(0)["d"].(string) + "=" }},
		{"no algorithm", func(_ map[string]any, key func(int) map[string]any) { delete(key(0), "alg") }},
		{"an unknown algorithm", func(_ map[string]any, key func(int) map[string]any) { key(0)["alg"] = "HS256" }},
		{"the algorithm of another key", func(_ map[string]any, key func(int) map[string]any) { key(0)["alg"] = keys.EdDSA }},
		{"an elliptic key without its private part", func(_ map[string]any, key func(int) map[string]any) { delete(key(0), "d") }},
		{"an RSA key without its private part", func(_ map[string]any, key func(int) map[string]any) { delete(key(1), "d") }},
		{"an Ed25519 key without its private part", func(_ map[string]any, key func(int) map[string]any) { delete(key(2), "d") }},
		{"an Ed25519 key that is cut short", func(_ map[string]any, key func(int) map[string]any) { key(2)["d"] = key(2)["d"].(string)[:20] }},
		{"a public part of another key", func(_ map[string]any, key func(int) map[string]any) { key(2)["x"] = key(2)["d"] }},
		{"a sealing key that is cut short", func(_ map[string]any, key func(int) map[string]any) { key(3)["k"] = key(3)["k"].(string)[:20] }},
		{"no base64url", func(_ map[string]any, key func(int) map[string]any) { key(0)["d"] = key(0)["d"].(string) + "!" }},
		{"a time that is none", func(ring map[string]any, _ func(int) map[string]any) {
			ring["keys"].([]any)[0].(map[string]any)["signFrom"] = "soon"
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var ring map[string]any
			if err := json.Unmarshal(good, &ring); err != nil {
				t.Fatal(err)
			}
			secrets := private(ring)
			tc.damage(ring, func(i int) map[string]any { return ring["keys"].([]any)[i].(map[string]any)["jwk"].(map[string]any) })
			data, err := json.Marshal(ring)
			if err != nil {
				t.Fatal(err)
			}
			wantRefused(t, data, secrets)
		})
	}
}

// TestTruncatedRings: a ring that was cut off anywhere is refused.
func TestTruncatedRings(t *testing.T) {
	good := encode(t, keys.Ring{Keys: generate(t, start, keys.ES256)})
	var ring map[string]any
	if err := json.Unmarshal(good, &ring); err != nil {
		t.Fatal(err)
	}
	for i := range good {
		wantRefused(t, good[:i], private(ring))
	}
	wantRefused(t, append(good, good...), private(ring))
	wantRefused(t, append(good, bytes.Repeat([]byte(" "), keys.MaxRingSize)...), private(ring))
}

// private lists the private members of a ring's keys.
func private(ring map[string]any) []string {
	var out []string
	for _, key := range ring["keys"].([]any) {
		for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if value, ok := key.(map[string]any)["jwk"].(map[string]any)[name].(string); ok && len(value) > 8 {
				out = append(out, value[:8])
			}
		}
	}
	return out
}

func wantRefused(t *testing.T, data []byte, secrets []string) {
	t.Helper()
	ring, err := keys.DecodeRing(data)
	if err == nil {
		t.Fatalf("%d bytes are read as %s", len(data), describe(ring))
	}
	for _, secret := range secrets {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds a part of a private key: %v", err)
		}
	}
	if ring.Keys != nil {
		t.Errorf("a ring that was refused holds keys: %s", describe(ring))
	}
}

// TestWeakKeys: keys that are right in form and too weak, or on another curve, are refused as well.
func TestWeakKeys(t *testing.T) {
	for name, k := range weak(t) {
		if _, err := keys.DecodeRing(encode(t, keys.Ring{Keys: []keys.Key{k}})); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// FuzzDecodeRing holds two laws: reading never panics, and what can be read can be signed with or is a sealing key, and
// is written again as it was read.
func FuzzDecodeRing(f *testing.F) {
	f.Add(encode(f, keys.Ring{}))
	f.Add(encode(f, keys.Ring{Revision: 3, Keys: generate(f, start, keys.ES256, keys.EdDSA, keys.XC20P)}))
	f.Add([]byte(`{"version":1,"keys":[{"jwk":{"kty":"oct","kid":"a","alg":"XC20P","k":""}}]}`))
	f.Add([]byte(`{"version":1,"keys":[{}]}`))
	f.Add([]byte(`{"version":1,"keys":[],"revoked":[{"kid":"a","alg":"ES256","revokedAt":"2026-11-22T12:00:00Z"}],"urgent":["ES256"]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ring, err := keys.DecodeRing(data)
		if err != nil {
			return
		}
		again, err := keys.DecodeRing(encode(t, ring))
		if err != nil || describe(again) != describe(ring) {
			t.Errorf("%s is read again as %s (%v)", describe(ring), describe(again), err)
		}
		for _, k := range ring.Keys {
			if _, err := keys.NewSet(keys.Ring{Keys: []keys.Key{k}}); err != nil && k.JWK.Algorithm != keys.XC20P {
				t.Errorf("%s was accepted and cannot sign: %v", one(k), err)
			}
		}
	})
}
