package token_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

// TestMint lets go-jose, which had no part in minting, read every algorithm (AT-01, AT-02, AT-03, AT-06).
func TestMint(t *testing.T) {
	for _, algorithm := range algorithms {
		t.Run(algorithm, func(t *testing.T) {
			s := signer(ring(), algorithm)
			parsed, err := jwt.ParseSigned(mint(t, s, claims()), []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
			if err != nil {
				t.Fatal(err)
			}
			if h := parsed.Headers[0]; h.Algorithm != algorithm || h.KeyID != s.KID() || h.ExtraHeaders["typ"] != "at+jwt" || len(h.ExtraHeaders) != 1 {
				t.Errorf("the header is %+v", h)
			}
			key, _ := ring().Public(s.KID())
			var got map[string]any
			if err := parsed.Claims(key, &got); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"iss":       issuer,
				"sub":       "shop.web",
				"aud":       audience,
				"client_id": "shop.web",
				"scope":     "orders:read orders:write",
				"iat":       float64(now.Unix()),
				"exp":       float64(now.Add(10 * time.Minute).Unix()),
				"jti":       "AAAAAAAAAAAAAAAAAAAAAA",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMintedJSON(t *testing.T) {
	const rest = `,"iat":1795341600,"exp":1795342200,"jti":"j"}`
	for _, tc := range []struct {
		name     string
		subject  string
		audience []string
		scope    string
		want     string
	}{
		{"one audience", "s", []string{"a"}, "x", `{"iss":"i","sub":"s","aud":"a","client_id":"c","scope":"x"`},
		{"several", "s", []string{"a", "b", "c"}, "x", `{"iss":"i","sub":"s","aud":["a","b","c"],"client_id":"c","scope":"x"`},
		{"no scope", "s", []string{"a"}, "", `{"iss":"i","sub":"s","aud":"a","client_id":"c"`},
		{"escapes", "a\"b\\c\n\x00\x1f", []string{"a"}, "", `{"iss":"i","sub":"a\u0022b\u005cc\u000a\u0000\u001f","aud":"a","client_id":"c"`},
		{"no needless escapes", "ü<&>\u2028\x7f😀", []string{"a"}, "", `{"iss":"i","sub":"ü<&>` + "\u2028\x7f😀" + `","aud":"a","client_id":"c"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := claims()
			c.Issuer, c.Subject, c.Audience, c.ClientID, c.Scope, c.ID = "i", tc.subject, tc.audience, "c", tc.scope, "j"
			_, got, _ := segments(mint(t, signer(ring(), keys.EdDSA), c))
			if diff := cmp.Diff(tc.want+rest, string(decoded(got))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestMintedLogin holds RFC 9068 section 2.2.1: what is known of a login is told, and nothing else.
func TestMintedLogin(t *testing.T) {
	const rest = `"iat":1795341600,"exp":1795342200,"jti":"AAAAAAAAAAAAAAAAAAAAAA"`
	for _, tc := range []struct {
		name  string
		login func(*token.Claims)
		want  string
	}{
		{"none", func(*token.Claims) {}, rest + `}`},
		{"all", func(c *token.Claims) {
			c.AuthTime, c.ACR, c.AMR, c.SessionID = 1795341000, "urn:a", []string{"pwd", "otp"}, "s"
		}, rest + `,"auth_time":1795341000,"acr":"urn:a","amr":["pwd","otp"],"sid":"s"}`},
		{"one method", func(c *token.Claims) { c.AMR = []string{"pwd"} }, rest + `,"amr":["pwd"]}`},
		{"escapes", func(c *token.Claims) { c.SessionID = "\"" }, rest + `,"sid":"\u0022"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := claims()
			tc.login(c)
			raw := mint(t, signer(ring(), keys.EdDSA), c)
			_, body, _ := segments(raw)
			if got := string(decoded(body)); !strings.HasSuffix(got, tc.want) {
				t.Errorf("%s does not end in %s", got, tc.want)
			}
			got, err := verifier(ring()).Verify(raw, token.AccessToken, audiences, now)
			if diff := cmp.Diff(c, got); err != nil || diff != "" {
				t.Errorf("%v (-minted +read):\n%s", err, diff)
			}
		})
	}
}

func TestMintRefuses(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*token.Claims)
	}{
		{"no iss", func(c *token.Claims) { c.Issuer = "" }},
		{"no sub", func(c *token.Claims) { c.Subject = "" }},
		{"no aud", func(c *token.Claims) { c.Audience = nil }},
		{"empty aud", func(c *token.Claims) { c.Audience = []string{"a", ""} }},
		{"no client_id", func(c *token.Claims) { c.ClientID = "" }},
		{"no jti", func(c *token.Claims) { c.ID = "" }},
		{"no exp", func(c *token.Claims) { c.Expires = 0 }},
		{"exp at iat", func(c *token.Claims) { c.Expires = c.IssuedAt }},
		{"exp too late", func(c *token.Claims) { c.Expires = math.MaxInt64 }},
		{"iat before 1970", func(c *token.Claims) { c.IssuedAt = -1 }},
		{"sub not UTF-8", func(c *token.Claims) { c.Subject = "a\xff" }},
		{"aud not UTF-8", func(c *token.Claims) { c.Audience = []string{"a\xff"} }},
		{"acr not UTF-8", func(c *token.Claims) { c.ACR = "a\xff" }},
		{"sid not UTF-8", func(c *token.Claims) { c.SessionID = "a\xff" }},
		{"amr not UTF-8", func(c *token.Claims) { c.AMR = []string{"a\xff"} }},
		{"empty amr", func(c *token.Claims) { c.AMR = []string{"pwd", ""} }},
		{"auth_time before 1970", func(c *token.Claims) { c.AuthTime = -1 }},
		{"auth_time too late", func(c *token.Claims) { c.AuthTime = math.MaxInt64 }},
		{"scope not UTF-8", func(c *token.Claims) { c.Scope = "a\xff" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := claims()
			tc.spoil(c)
			if raw, err := new(token.Minter).AppendAccessToken([]byte("before"), signer(ring(), keys.EdDSA), c); err == nil || raw != nil {
				t.Errorf("minted %q, %v", raw, err)
			}
		})
	}
	c := claims()
	c.Scope = strings.Repeat("orders:read ", 1100)
	if _, err := new(token.Minter).AppendAccessToken(nil, signer(ring(), keys.EdDSA), c); !errors.Is(err, token.ErrTooLarge) {
		t.Errorf("%v, want ErrTooLarge", err)
	}
}

// TestMintAppends: what stands in the buffer stays, and is not signed.
func TestMintAppends(t *testing.T) {
	s := signer(ring(), keys.EdDSA)
	want := mint(t, s, claims()) // EdDSA is deterministic
	for _, space := range []int{0, 100, 10_000} {
		dst := append(make([]byte, 0, space+6), "before"...)
		got, err := new(token.Minter).AppendAccessToken(dst, s, claims())
		if err != nil || string(got) != "before"+want {
			t.Errorf("with %d bytes of space: %q, %v", space, got, err)
		}
	}
}

// TestMinterForgetsNoKey: one Minter serves signers in turn and at once, each with its own header.
func TestMinterForgetsNoKey(t *testing.T) {
	var m token.Minter
	var all sync.WaitGroup
	for i := range 60 {
		s := signer(ring(), algorithms[i%2*2]) // the two fast ones
		all.Go(func() {
			raw, err := m.AppendAccessToken(nil, s, claims())
			if err != nil {
				t.Error(err)
			}
			if header, _, _ := segments(string(raw)); string(decoded(header)) != headerOf(s) {
				t.Errorf("a token by %s has the header %s", s.KID(), decoded(header))
			}
		})
	}
	all.Wait()
}

func TestNewID(t *testing.T) {
	const samples = 10_000
	seen := map[string]bool{}
	for range samples {
		id := token.NewID()
		if len(decoded(id)) != 16 {
			t.Fatalf("%q does not hold 128 bits", id)
		}
		seen[id] = true
	}
	if len(seen) != samples {
		t.Errorf("%d of %d identifiers are distinct", len(seen), samples)
	}
}

// FuzzMint holds two laws: claims of any text arrive unchanged, at go-jose and at ours; and what cannot arrive unchanged
// is not minted.
func FuzzMint(f *testing.F) {
	f.Add("shop.web", "orders:read", audience, "", int64(1795341600), int64(600))
	f.Add("a\"\\\x00\u2028", "x y", "urn:ü", "urn:😀", int64(0), int64(1))
	f.Add("\xff", "", "a", "", int64(-1), int64(0))
	f.Fuzz(func(t *testing.T, subject, scope, first, second string, issued, life int64) {
		c := &token.Claims{
			Issuer: issuer, Subject: subject, ClientID: subject, Audience: []string{first},
			Scope: scope, IssuedAt: issued, Expires: issued + life, ID: "j",
			AuthTime: issued, ACR: scope, AMR: []string{first, subject}, SessionID: second,
		}
		if second != "" {
			c.Audience = append(c.Audience, second)
		}
		raw, err := new(token.Minter).AppendAccessToken(nil, signer(fixed(), keys.EdDSA), c)
		if err != nil {
			utf8Only := utf8.ValidString(subject) && utf8.ValidString(scope) && utf8.ValidString(first) && utf8.ValidString(second)
			sane := issued >= 0 && life > 0 && issued < 1e11 && life < 1e11
			if subject != "" && first != "" && utf8Only && sane && !errors.Is(err, token.ErrTooLarge) {
				t.Errorf("%+v: %v", c, err)
			}
			return
		}
		if got := readByGoJose(t, string(raw)); !cmp.Equal(c, got) {
			t.Errorf("go-jose reads (-minted +read):\n%s", cmp.Diff(c, got))
		}
		got, err := verifier(fixed()).Verify(string(raw), token.AccessToken, c.Audience[:1], time.Unix(issued, 0))
		if err != nil || !cmp.Equal(c, got) {
			t.Errorf("Verify reads %v (-minted +read):\n%s", err, cmp.Diff(c, got))
		}
	})
}

// readByGoJose reads claims with another parser than ours.
func readByGoJose(t *testing.T, raw string) *token.Claims {
	t.Helper()
	parsed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		t.Fatal(err)
	}
	key, _ := fixed().Public("fixed")
	var standard jwt.Claims
	var more struct {
		ClientID string `json:"client_id"`
		Scope    string `json:"scope"`

		AuthTime  int64    `json:"auth_time"`
		ACR       string   `json:"acr"`
		AMR       []string `json:"amr"`
		SessionID string   `json:"sid"`
	}
	if err := parsed.Claims(key, &standard, &more); err != nil {
		t.Fatal(err)
	}
	_, body, _ := segments(raw)
	if !json.Valid(decoded(body)) || bytes.ContainsAny(decoded(body), "\n\x00") {
		t.Errorf("the payload is no JSON of one line: %q", decoded(body))
	}
	return &token.Claims{
		Issuer: standard.Issuer, Subject: standard.Subject, ClientID: more.ClientID, Audience: standard.Audience, Scope: more.Scope,
		IssuedAt: int64(*standard.IssuedAt), Expires: int64(*standard.Expiry), ID: standard.ID,
		AuthTime: more.AuthTime, ACR: more.ACR, AMR: more.AMR, SessionID: more.SessionID,
	}
}
