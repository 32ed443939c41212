package token_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

// FuzzVerify holds the law of tampering: whatever is cut out of a good token, put in, or both, it no longer verifies,
// unless it is the same token again.
func FuzzVerify(f *testing.F) {
	good := signed(signer(fixed(), keys.EdDSA), headerOf(signer(fixed(), keys.EdDSA)), payload)
	f.Add(uint16(0), uint16(0), "")
	f.Add(uint16(0), uint16(5000), `{"payload":"e30","signatures":[]}`)
	f.Add(uint16(len(good)), uint16(0), "\n")
	f.Add(uint16(len(good)-1), uint16(1), "B")
	f.Add(uint16(20), uint16(1), "=")
	f.Fuzz(func(t *testing.T, at, cut uint16, insert string) {
		from := min(int(at), len(good))
		to := min(from+int(cut), len(good))
		raw := good[:from] + insert + good[to:]
		got, err := verifier(fixed()).Verify(raw, token.AccessToken, audiences, now)
		if (err == nil) != (raw == good) || (got == nil) != (err != nil) {
			t.Errorf("%q: %v, %v", raw, got, err)
		}
	})
}

// FuzzVerifySigned lets the right key sign anything. It holds the law of one reading: what verifies is what encoding/json
// reads in it as well, it is complete, and minting it again is possible.
func FuzzVerifySigned(f *testing.F) {
	header := headerOf(signer(fixed(), keys.EdDSA))
	f.Add(header, payload)
	f.Add(with(header, "{", `{"alg":"none",`), payload)
	f.Add(header, with(payload, "{", `{"\u0073ub":"root",`))
	f.Add(header, with(payload, `"https://orders.example"`, `["a","https://orders.example"]`))
	f.Add(header, with(payload, "1795342200", "1.7953422e9"))
	f.Fuzz(func(t *testing.T, header, payload string) {
		got, err := verifier(fixed()).Verify(signed(signer(fixed(), keys.EdDSA), header, payload), token.AccessToken, audiences, now)
		if err != nil {
			return
		}
		var head struct{ Alg, Kid, Typ string }
		if err := json.Unmarshal([]byte(header), &head); err != nil || head.Kid != "fixed" || strings.Contains(header, `"crit"`) {
			t.Errorf("header %s was accepted (%v)", header, err)
		}
		var other map[string]any
		if err := json.Unmarshal([]byte(payload), &other); err != nil {
			t.Fatalf("payload %s was accepted: %v", payload, err)
		}
		if other["sub"] != got.Subject || other["iss"] != issuer || other["client_id"] != got.ClientID || other["jti"] != got.ID {
			t.Errorf("payload %s was read as %+v", payload, got)
		}
		if got.IssuedAt < got.Expires {
			again, err := verifier(fixed()).Verify(mint(t, signer(fixed(), keys.EdDSA), got), token.AccessToken, audiences, now)
			if err != nil || !cmp.Equal(got, again) {
				t.Errorf("minted again, %+v is %+v, %v", got, again, err)
			}
		}
	})
}

// FuzzVerifyRaw holds the first law of a parser: whatever comes in, it answers, and never with a token.
func FuzzVerifyRaw(f *testing.F) {
	for _, attacks := range [][]attack{badEncodings(forms[0]), badJSON(forms[0])[:5]} {
		for _, a := range attacks {
			if len(a.raw) < 1000 {
				f.Add(a.raw)
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, form := range forms {
			if got, err := verifier(fixed()).Verify(raw, form.kind, audiences, now); err == nil || got != nil {
				t.Errorf("%q as %s: %v, %v", raw, form.name, got, err)
			}
		}
	})
}
