package keys_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/keys"
)

var signing = []string{keys.ES256, keys.RS256, keys.EdDSA}

// weak lists keys that are keys, and that no ring may hold.
func weak(tb testing.TB) map[string]keys.Key {
	tb.Helper()
	elsewhere, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		tb.Fatal(err)
	}
	return map[string]keys.Key{
		"P-384 for ES256":   {JWK: jose.JSONWebKey{Key: elsewhere, Algorithm: keys.ES256, KeyID: "a"}},
		"RSA of 1024 bits":  {JWK: jose.JSONWebKey{Key: short, Algorithm: keys.RS256, KeyID: "a"}},
		"16 bytes to seal":  {JWK: jose.JSONWebKey{Key: make([]byte, 16), Algorithm: keys.XC20P, KeyID: "a"}},
		"bytes for HS256":   {JWK: jose.JSONWebKey{Key: make([]byte, 32), Algorithm: "HS256", KeyID: "a"}},
		"an RSA key to PSS": {JWK: jose.JSONWebKey{Key: short, Algorithm: "PS256", KeyID: "a"}},
	}
}

// TestSignaturesAreVerifiedElsewhere: go-jose, which did not make them, takes every one.
func TestSignaturesAreVerifiedElsewhere(t *testing.T) {
	for _, algorithm := range signing {
		t.Run(algorithm, func(t *testing.T) {
			served := set(t, keys.Add(keys.Ring{}, generate(t, start, algorithm), keys.World{Early: start, Late: start}))
			signer, err := served.Signer([]string{algorithm}, start)
			if err != nil {
				t.Fatal(err)
			}
			var published jose.JSONWebKeySet
			if err := json.Unmarshal(served.JWKS(), &published); err != nil {
				t.Fatal(err)
			}
			for range 200 { // so that r and s of ECDSA begin with a zero now and then
				payload := []byte(`{"jti":"` + rand.Text() + `"}`)
				compact := sign(t, signer, payload)
				parsed, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
				if err != nil {
					t.Fatalf("%s: %v", compact, err)
				}
				got, err := parsed.Verify(published)
				if err != nil || !bytes.Equal(got, payload) {
					t.Fatalf("%s: %v", compact, err)
				}
				header := parsed.Signatures[0].Protected
				if header.KeyID != signer.KID() || header.Algorithm != algorithm || header.ExtraHeaders["typ"] != "at+jwt" {
					t.Fatalf("header %+v", header)
				}
				if algorithm == keys.RS256 {
					return // its form does not vary, and it is slow
				}
			}
		})
	}
}

// sign makes a compact JWS in one buffer, as the issuer does.
func sign(tb testing.TB, signer *keys.Signer, payload []byte) string {
	tb.Helper()
	buffer := make([]byte, 0, 2048)
	buffer = append(buffer, signer.Header("at+jwt")...)
	buffer = base64.RawURLEncoding.AppendEncode(append(buffer, '.'), payload)
	out, err := signer.AppendSignature(append(buffer, '.'), buffer)
	if err != nil {
		tb.Fatal(err)
	}
	return string(out)
}

// TestServedKeysArePublic is about KY-01.
func TestServedKeysArePublic(t *testing.T) {
	members := map[string][]string{
		keys.ES256: {"alg", "crv", "kid", "kty", "use", "x", "y"},
		keys.RS256: {"alg", "e", "kid", "kty", "n", "use"},
		keys.EdDSA: {"alg", "crv", "kid", "kty", "use", "x"},
	}
	fresh := generate(t, start, signing...)
	served := set(t, keys.Ring{Revision: 9, Keys: fresh})
	var document struct {
		Keys []map[string]string `json:"keys"`
	}
	if err := json.Unmarshal(served.JWKS(), &document); err != nil {
		t.Fatal(err)
	}
	for i, member := range document.Keys {
		algorithm := signing[i]
		var names []string
		for name := range member {
			names = append(names, name)
		}
		slices.Sort(names)
		if diff := cmp.Diff(members[algorithm], names); diff != "" {
			t.Errorf("%s has other members (-want +got):\n%s", algorithm, diff)
		}
		if member["alg"] != algorithm || member["use"] != "sig" || member["kid"] != thumbprint(t, fresh[i]) {
			t.Errorf("%s is served as %v, want the kid %s", algorithm, member, thumbprint(t, fresh[i]))
		}
		public, ok := served.Public(member["kid"])
		if !ok || !public.IsPublic() {
			t.Errorf("%s is not found, or not public", member["kid"])
		}
	}
	if len(document.Keys) != len(signing) || served.Revision() != 9 {
		t.Errorf("%d keys in revision %d", len(document.Keys), served.Revision())
	}
	if _, ok := served.Public("unknown"); ok {
		t.Error("an unknown key was found")
	}
	if empty := set(t, keys.Ring{}); string(empty.JWKS()) != `{"keys":[]}` {
		t.Errorf("an empty ring is served as %s", empty.JWKS())
	}
}

// thumbprint is that of RFC 7638, computed here by its section 3.
func thumbprint(tb testing.TB, k keys.Key) string {
	tb.Helper()
	public := k.JWK.Public()
	data, err := json.Marshal(public)
	if err != nil {
		tb.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		tb.Fatal(err)
	}
	required := map[string]string{}
	for _, name := range []string{"crv", "e", "kty", "n", "x", "y"} {
		if value, ok := all[name]; ok {
			required[name] = value
		}
	}
	canonical, err := json.Marshal(required) // sorted by name, without space
	if err != nil {
		tb.Fatal(err)
	}
	digest := crypto.SHA256.New()
	digest.Write(canonical)
	return base64.RawURLEncoding.EncodeToString(digest.Sum(nil))
}

func TestKeysAreDistinct(t *testing.T) {
	seen := map[string]bool{}
	for _, algorithm := range []string{keys.ES256, keys.EdDSA, keys.XC20P} {
		for _, k := range generate(t, start, slices.Repeat([]string{algorithm}, 100)...) {
			if seen[k.JWK.KeyID] || len(k.JWK.KeyID) < 26 || strings.ContainsAny(k.JWK.KeyID, `"\`) {
				t.Fatalf("%s: kid %q", algorithm, k.JWK.KeyID)
			}
			seen[k.JWK.KeyID] = true
		}
	}
	if _, err := keys.Generate("none", start); err == nil {
		t.Error("a key for none was generated")
	}
}

// TestUnusableKeys make no set: a replica then keeps the one that it has.
func TestUnusableKeys(t *testing.T) {
	sealing := generate(t, start, keys.XC20P)
	public := generate(t, start, keys.ES256)
	public[0].JWK = public[0].JWK.Public()
	unknown := generate(t, start, keys.ES256)
	unknown[0].JWK.Algorithm = "ES384"
	for name, list := range map[string][]keys.Key{"a sealing key": sealing, "a public key": public, "an unknown algorithm": unknown} {
		if _, err := keys.NewSet(keys.Ring{Keys: list}); err == nil {
			t.Errorf("%s makes a set", name)
		}
	}
}

func TestSigner(t *testing.T) {
	at := func(k keys.Key, from, until int) keys.Key {
		if from != 0 {
			k.SignFrom = start.Add(seconds(from))
		}
		if until != 0 {
			k.SignUntil = start.Add(seconds(until))
		}
		return k
	}
	fresh := generate(t, start, keys.ES256, keys.ES256, keys.EdDSA, keys.EdDSA)
	for _, tc := range []struct {
		name       string
		ring       []keys.Key
		algorithms []string
		at         int
		want       int // index of the key; -1 for none
	}{
		{"empty", nil, signing, 0, -1},
		{"only pending", []keys.Key{fresh[0]}, signing, 89, -1},
		{"only pending, for longer than Lead", []keys.Key{fresh[0]}, signing, 90, 0},
		{"pending beside one that is published", []keys.Key{at(fresh[1], 200, 0), fresh[0]}, signing, 90, 1},
		{"all have ended", []keys.Key{at(fresh[0], 10, 20)}, signing, 20, -1},
		{"active", []keys.Key{at(fresh[0], 10, 0)}, signing, 10, 0},
		{"former and next, before", []keys.Key{at(fresh[0], 10, 20), at(fresh[1], 20, 0)}, signing, 19, 0},
		{"former and next, after", []keys.Key{at(fresh[0], 10, 20), at(fresh[1], 20, 0)}, signing, 20, 1},
		{"of two that are active, the later", []keys.Key{at(fresh[0], 10, 30), at(fresh[1], 20, 0)}, signing, 25, 1},
		{"the preferred algorithm", []keys.Key{at(fresh[0], 10, 0), at(fresh[2], 10, 0)}, []string{keys.EdDSA, keys.ES256}, 20, 2},
		{"the other preference", []keys.Key{at(fresh[0], 10, 0), at(fresh[2], 10, 0)}, []string{keys.ES256, keys.EdDSA}, 20, 0},
		{"the preferred one waits", []keys.Key{at(fresh[0], 10, 0), fresh[2]}, []string{keys.EdDSA}, 20, 0},
		{"the preferred one is published", []keys.Key{at(fresh[0], 10, 0), at(fresh[2], 30, 0)}, []string{keys.EdDSA}, 29, 0},
		{"the preferred one takes over", []keys.Key{at(fresh[0], 10, 0), at(fresh[2], 30, 0)}, []string{keys.EdDSA}, 30, 2},
		{"a clock before all keys", []keys.Key{at(fresh[0], 10, 20), at(fresh[1], 20, 0)}, signing, -1 << 30, 0},
		{"the preference holds then, too", []keys.Key{at(fresh[0], 10, 0), at(fresh[2], 10, 0)}, []string{keys.EdDSA}, -9, 2},
		{"a clock where the key is gone", []keys.Key{at(fresh[2], 1, 5), at(fresh[0], 10, 20), at(fresh[1], 20, 0)}, signing, 7, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			signer, err := set(t, keys.Ring{Keys: tc.ring}).Signer(tc.algorithms, start.Add(seconds(tc.at)))
			got := -1
			if err == nil {
				got = slices.IndexFunc(fresh, func(k keys.Key) bool { return k.JWK.KeyID == signer.KID() })
			}
			if got != tc.want {
				t.Errorf("key %d (%v), want %d", got, err, tc.want)
			}
		})
	}
}

// BenchmarkSigner is on the way of every token: the choice of the key costs nothing beside the signature.
func BenchmarkSigner(b *testing.B) {
	served := set(b, keys.Add(keys.Ring{}, generate(b, start, keys.ES256, keys.EdDSA), keys.World{Early: start, Late: start}))
	preferred := []string{keys.EdDSA, keys.ES256}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := served.Signer(preferred, start); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSignature is what a token cannot do without.
func BenchmarkSignature(b *testing.B) {
	for _, algorithm := range signing {
		served := set(b, keys.Add(keys.Ring{}, generate(b, start, algorithm), keys.World{Early: start, Late: start}))
		signer, err := served.Signer([]string{algorithm}, start)
		if err != nil {
			b.Fatal(err)
		}
		input := bytes.Repeat([]byte("x"), 500)
		b.Run(algorithm, func(b *testing.B) {
			b.ReportAllocs()
			var buffer []byte
			for b.Loop() {
				if buffer, err = signer.AppendSignature(buffer[:0], input); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
