package token_test

import (
	"errors"
	"maps"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

func idClaims() *token.IDClaims {
	return &token.IDClaims{
		Issuer:   issuer,
		Subject:  "usr_jane",
		Audience: "shop.web",
		IssuedAt: now.Unix(),
		Expires:  now.Add(time.Hour).Unix(),
	}
}

func idToken(t testing.TB, s *keys.Signer, c *token.IDClaims) string {
	t.Helper()
	raw, err := token.AppendIDToken(nil, s, c)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// readAs lets go-jose, which had no part in minting, read a token by s with this typ.
func readAs(t testing.TB, raw, typ string, s *keys.Signer, set *keys.Set) map[string]any {
	t.Helper()
	parsed, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(s.Algorithm())})
	if err != nil {
		t.Fatal(err)
	}
	if h := parsed.Headers[0]; h.KeyID != s.KID() || h.ExtraHeaders["typ"] != typ || len(h.ExtraHeaders) != 1 {
		t.Errorf("the header is %+v", h)
	}
	key, _ := set.Public(s.KID())
	var got map[string]any
	if err := parsed.Claims(key, &got); err != nil {
		t.Fatal(err)
	}
	return got
}

// TestIDToken holds OI-02 to OI-04, OI-06, OI-20 and OI-23.
func TestIDToken(t *testing.T) {
	type set = map[string]any
	base := func(more set) set {
		all := set{"iss": issuer, "sub": "usr_jane", "aud": "shop.web", "iat": 1795341600.0, "exp": 1795345200.0}
		maps.Copy(all, more)
		return all
	}
	nonce := strings.Repeat(`n"\é`, 16)
	for _, tc := range []struct {
		name string
		say  func(*token.IDClaims)
		want set
	}{
		{"least", func(*token.IDClaims) {}, base(nil)},
		{"login", func(c *token.IDClaims) {
			c.AuthTime, c.ACR, c.AMR, c.SessionID = 1795341000, "urn:a", []string{"pwd"}, "s"
		}, base(set{"auth_time": 1795341000.0, "acr": "urn:a", "amr": []any{"pwd"}, "sid": "s"})},
		{"nonce", func(c *token.IDClaims) { c.Nonce = nonce }, base(set{"nonce": nonce})},
		{"further claims", func(c *token.IDClaims) {
			c.Further = set{"name": "Jané <&>", "email_verified": false, "updated_at": 1, "address": set{"locality": "Ulm"}, "groups": []string{"a"}}
		}, base(set{"name": "Jané <&>", "email_verified": false, "updated_at": 1.0, "address": set{"locality": "Ulm"}, "groups": []any{"a"}})},
		{"claims without a value", func(c *token.IDClaims) {
			c.Further = set{"a": nil, "b": "", "c": []any{}, "d": set{}, "e": (*string)(nil), "f": false, "g": 0}
		}, base(set{"f": false, "g": 0.0})},
		{"reserved names", func(c *token.IDClaims) {
			c.Further = set{
				"iss": "x", "sub": "root", "aud": "x", "exp": 9e9, "nbf": 9e9, "iat": 0, "jti": "x", "azp": "x", "nonce": "x", "auth_time": 1,
				"acr": "x", "amr": []string{"x"}, "sid": "x", "at_hash": "x", "c_hash": "x", "s_hash": "x", "client_id": "x", "scope": "x",
				"cnf": set{"x": 1}, "act": set{"x": 1}, "may_act": set{"x": 1}, "events": set{"x": 1}, "token_introspection": set{"x": 1},
				"active": true,
			}
		}, base(nil)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, c := signer(ring(), keys.ES256), idClaims()
			tc.say(c)
			if diff := cmp.Diff(tc.want, readAs(t, idToken(t, s, c), "JWT", s, ring())); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestAccessTokenHash holds OI-06. The first row is the example of OpenID Connect Core appendix A.3.
func TestAccessTokenHash(t *testing.T) {
	const example = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"
	for _, tc := range []struct{ algorithm, accessToken, want string }{
		{keys.RS256, example, "77QmUPtjPfzWtF2AnpK9RQ"},
		{keys.ES256, example, "77QmUPtjPfzWtF2AnpK9RQ"},
		{keys.EdDSA, "abc", "3a81oZNherrMQXNJriBBMRLm-k6JqX6iCp7u5ktV05o"}, // SHA-512 of abc begins ddaf35a1 (FIPS 180-4)
	} {
		s, c := signer(ring(), tc.algorithm), idClaims()
		c.AccessToken = tc.accessToken
		if got := readAs(t, idToken(t, s, c), "JWT", s, ring())["at_hash"]; got != tc.want {
			t.Errorf("%s: at_hash is %v, want %s", tc.algorithm, got, tc.want)
		}
	}
}

func TestIDTokenRefuses(t *testing.T) {
	var deep any = "x"
	for range 16 {
		deep = []any{deep}
	}
	for _, tc := range []struct {
		name  string
		spoil func(*token.IDClaims)
	}{
		{"no iss", func(c *token.IDClaims) { c.Issuer = "" }},
		{"no sub", func(c *token.IDClaims) { c.Subject = "" }},
		{"no aud", func(c *token.IDClaims) { c.Audience = "" }},
		{"sub that is not ASCII", func(c *token.IDClaims) { c.Subject = "jané" }},
		{"long sub", func(c *token.IDClaims) { c.Subject = strings.Repeat("x", 256) }},
		{"nonce not UTF-8", func(c *token.IDClaims) { c.Nonce = "a\xff" }},
		{"acr not UTF-8", func(c *token.IDClaims) { c.ACR = "a\xff" }},
		{"sid not UTF-8", func(c *token.IDClaims) { c.SessionID = "a\xff" }},
		{"empty amr", func(c *token.IDClaims) { c.AMR = []string{""} }},
		{"no exp", func(c *token.IDClaims) { c.Expires = 0 }},
		{"exp at iat", func(c *token.IDClaims) { c.Expires = c.IssuedAt }},
		{"exp too late", func(c *token.IDClaims) { c.Expires = math.MaxInt64 }},
		{"auth_time before 1970", func(c *token.IDClaims) { c.AuthTime = -1 }},
		{"claim that JSON does not have", func(c *token.IDClaims) { c.Further = map[string]any{"x": math.NaN()} }},
		{"claim too deep", func(c *token.IDClaims) { c.Further = map[string]any{"x": deep} }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := idClaims()
			tc.spoil(c)
			if raw, err := token.AppendIDToken([]byte("before"), signer(ring(), keys.EdDSA), c); err == nil || raw != nil {
				t.Errorf("minted %q, %v", raw, err)
			}
		})
	}
	c := idClaims()
	c.Further = map[string]any{"x": strings.Repeat("x", 16<<10)}
	if _, err := token.AppendIDToken(nil, signer(ring(), keys.EdDSA), c); !errors.Is(err, token.ErrTooLarge) {
		t.Errorf("%v, want ErrTooLarge", err)
	}
}

// TestIDTokenHint holds OI-10 and LO-02: a hint is for whom it says, and may have expired.
func TestIDTokenHint(t *testing.T) {
	c := idClaims()
	c.AuthTime, c.SessionID, c.Nonce = now.Unix()-60, "s", "n"
	raw := idToken(t, signer(ring(), keys.RS256), c)
	const day = 24 * time.Hour
	for _, tc := range []struct {
		name      string
		after     time.Duration
		audiences []string
		want      error
	}{
		{"fresh, for anybody", 0, nil, nil},
		{"fresh, for its client", 0, []string{"shop.web"}, nil},
		{"fresh, for another client", 0, []string{"shop.app"}, token.ErrAudience},
		{"expired", 2 * time.Hour, nil, nil},
		{"expired long ago", 30*day + time.Hour - time.Second, nil, nil},
		{"expired too long ago", 30*day + time.Hour, nil, token.ErrExpired},
		{"from the future", -2 * time.Minute, nil, token.ErrNotYet},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := verifier(ring()).Verify(raw, token.IDTokenHint, tc.audiences, now.Add(tc.after))
			if !errors.Is(err, tc.want) {
				t.Fatalf("%v, want %v", err, tc.want)
			}
			want := &token.Claims{
				Issuer: issuer, Subject: "usr_jane", Audience: []string{"shop.web"}, IssuedAt: c.IssuedAt, Expires: c.Expires,
				AuthTime: c.AuthTime, SessionID: "s",
			}
			if diff := cmp.Diff(want, got); err == nil && diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if _, err := (token.Verifier{Issuer: "https://other.example", Keys: ring(), Algorithms: algorithms}).Verify(raw, token.IDTokenHint, nil, now); !errors.Is(err, token.ErrIssuer) {
		t.Errorf("a hint of another issuer: %v", err)
	}
}

// FuzzIDToken holds three laws: a claim of any name and value arrives as it is at go-jose, or not at all; it changes no
// other claim; and what is minted can be read back as a hint.
func FuzzIDToken(f *testing.F) {
	f.Add("name", "Jané", "n-0S6_WzA2Mj")
	f.Add("sub", "root", "")
	f.Add("\u017fub", "a\"\\\x00\u2028</script>", "\xff")
	f.Fuzz(func(t *testing.T, name, value, nonce string) {
		s, c := signer(fixed(), keys.EdDSA), idClaims()
		c.Nonce, c.Further = nonce, map[string]any{name: value}
		raw, err := token.AppendIDToken(nil, s, c)
		if err != nil {
			if utf8.ValidString(nonce) && utf8.ValidString(name) && !errors.Is(err, token.ErrTooLarge) {
				t.Errorf("%q, %q, %q: %v", name, value, nonce, err)
			}
			return
		}
		got := readAs(t, string(raw), "JWT", s, fixed())
		own := map[string]any{"iss": issuer, "sub": "usr_jane", "aud": "shop.web", "iat": 1795341600.0, "exp": 1795345200.0}
		if nonce != "" {
			own["nonce"] = nonce
		}
		for claim, want := range own {
			if got[claim] != want {
				t.Errorf("%q, %q: %s is %v, want %v", name, value, claim, got[claim], want)
			}
		}
		if _, taken := own[name]; !taken && got[name] != nil && got[name] != value && utf8.ValidString(value) {
			t.Errorf("%q, %q arrived as %v", name, value, got[name])
		}
		if _, err := verifier(fixed()).Verify(string(raw), token.IDTokenHint, nil, now); err != nil {
			t.Errorf("%q, %q, %q: %v", name, value, nonce, err)
		}
	})
}
