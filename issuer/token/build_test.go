package token_test

import (
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

const (
	issuer   = "https://issuer.example"
	audience = "https://orders.example"
)

var (
	now        = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	algorithms = []string{keys.ES256, keys.RS256, keys.EdDSA}
	audiences  = []string{audience}

	// ring holds one key per algorithm, which sign at now. It is made once: RSA keys are slow to find.
	fresh = sync.OnceValue(func() []keys.Key {
		var all []keys.Key
		for _, algorithm := range algorithms {
			key, err := keys.Generate(algorithm, now)
			if err != nil {
				panic(err)
			}
			all = append(all, key)
		}
		return all
	})
	ring = sync.OnceValue(func() *keys.Set { return setOf(fresh()...) })

	// fixed holds one EdDSA key that is the same in every run, so that what a fuzzer finds can be found again.
	fixed = sync.OnceValue(func() *keys.Set {
		private := ed25519.NewKeyFromSeed([]byte("0123456789abcdef0123456789abcdef"))
		return setOf(keys.Key{JWK: jose.JSONWebKey{Key: private, KeyID: "fixed", Algorithm: keys.EdDSA, Use: "sig"}})
	})
)

func rsaKey() *rsa.PrivateKey { return fresh()[1].JWK.Key.(*rsa.PrivateKey) }

func setOf(fresh ...keys.Key) *keys.Set {
	ring := keys.Add(keys.Ring{}, fresh, keys.World{Early: now, Late: now, Loaded: true})
	ring.Revoked = []keys.Revoked{{KID: "revoked", Algorithm: keys.ES256, RevokedAt: now}}
	set, err := keys.NewSet(ring)
	if err != nil {
		panic(err)
	}
	return set
}

func signer(set *keys.Set, algorithm string) *keys.Signer {
	s, err := set.Signer([]string{algorithm}, now)
	if err != nil || s.Algorithm() != algorithm {
		panic(algorithm)
	}
	return s
}

func claims() *token.Claims {
	return &token.Claims{
		Issuer:   issuer,
		Subject:  "shop.web",
		Audience: []string{audience},
		ClientID: "shop.web",
		Scope:    "orders:read orders:write",
		IssuedAt: now.Unix(),
		Expires:  now.Add(10 * time.Minute).Unix(),
		ID:       "AAAAAAAAAAAAAAAAAAAAAA",
	}
}

func mint(t testing.TB, s *keys.Signer, c *token.Claims) string {
	t.Helper()
	raw, err := new(token.Minter).AppendAccessToken(nil, s, c)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// verifier accepts what the keys of set sign.
func verifier(set token.KeySet) token.Verifier {
	return token.Verifier{Issuer: issuer, Keys: set, Algorithms: algorithms}
}

// signed is what s makes of any header and payload, however wrong.
func signed(s *keys.Signer, header, payload string) string {
	input := encode(header) + "." + encode(payload)
	raw, err := s.AppendSignature([]byte(input+"."), []byte(input))
	if err != nil {
		panic(err)
	}
	return string(raw)
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// form is a kind of JWT that is read here, the typ that it has, and one that it has not.
type form struct {
	name       string
	kind       token.Kind
	typ, other string
}

var forms = []form{
	{"access token", token.AccessToken, "at+jwt", "JWT"},
	{"returned token", token.ReturnedToken, "at+jwt", "JWT"},
	{"ID token hint", token.IDTokenHint, "JWT", "at+jwt"},
}

// header is the header of a token of this form by s.
func (f form) header(s *keys.Signer) string {
	return `{"alg":"` + s.Algorithm() + `","kid":"` + s.KID() + `","typ":"` + f.typ + `"}`
}

// headerOf is the header of an access token by s.
func headerOf(s *keys.Signer) string { return forms[0].header(s) }

// payload is the claims of an access token, and of an ID token, that is valid at now.
const payload = `{"iss":"https://issuer.example","sub":"shop.web","aud":"https://orders.example","client_id":"shop.web",` +
	`"scope":"orders:read","iat":1795341600,"exp":1795342200,"jti":"AAAAAAAAAAAAAAAAAAAAAA"}`

// with replaces one part of text by another, and insists that it was there.
func with(text, part, other string) string {
	if !strings.Contains(text, part) {
		panic(text + " does not hold " + part)
	}
	return strings.Replace(text, part, other, 1)
}

// segments takes a compact JWS apart.
func segments(raw string) (string, string, string) {
	parts := strings.Split(raw, ".")
	return parts[0], parts[1], parts[2]
}

func decoded(segment string) []byte {
	out, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		panic(err)
	}
	return out
}
