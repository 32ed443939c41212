package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

func TestVerify(t *testing.T) {
	for _, algorithm := range algorithms {
		t.Run(algorithm, func(t *testing.T) {
			got, err := verifier(ring()).Verify(mint(t, signer(ring(), algorithm), claims()), token.AccessToken, audiences, now)
			if diff := cmp.Diff(claims(), got); err != nil || diff != "" {
				t.Errorf("%v (-minted +read):\n%s", err, diff)
			}
		})
	}
}

// TestVerifyAccepts lists what is unusual but right.
func TestVerifyAccepts(t *testing.T) {
	s := signer(ring(), keys.EdDSA)
	header := headerOf(s)
	for _, tc := range []struct{ name, header, payload string }{
		{"long form of typ", with(header, "at+jwt", "application/at+jwt"), payload},
		{"jku, x5u and x5t, which nobody follows", with(header, "{", `{"jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/","x5t":"AAAA",`), payload},
		{"unknown header parameter", with(header, "{", `{"foo":{"a":[1]},`), payload},
		{"escaped letters in the header", with(header, `"at+jwt"`, `"\u0061t+jwt"`), payload},
		{"white space in JSON", " " + strings.ReplaceAll(header, ",", " ,\n\t"), strings.ReplaceAll(payload, ":\"", " : \"") + "\r\n"},
		{"unknown claims of every kind", header, with(payload, "{", `{"a":{"x":[{"x":1},{"x":null}]},"b":[],"c":{},"d":true,"e":false,"f":-0.5e-3,"g":"\"\\\/\b\f\n\r\t😀",`)},
		{"one audience of several", header, with(payload, `"https://orders.example"`, `["https://a.example","https://orders.example"]`)},
		{"fraction in exp", header, with(payload, "1795342200", "1795342200.75")},
		{"exponent in exp", header, with(payload, "1795342200", "1.7953422e9")},
		{"issued ahead, within the skew", header, with(payload, "1795341600", "1795341660")},
		{"nbf ahead, within the skew", header, with(payload, "{", `{"nbf":1795341660,`)},
		{"nbf in the past", header, with(payload, "{", `{"nbf":0,`)},
		{"no scope", header, with(payload, `"scope":"orders:read",`, "")},
		{"claim with an escaped name", header, with(payload, `"sub"`, `"\u0073ub"`)},
		{"one method of login as a string", header, with(payload, "{", `{"amr":"pwd",`)},
		{"other claim that differs by case", header, with(payload, "{", `{"SUB":"root","Aud":"x",`)},
		{"nested as deep as may be", header, with(payload, "{", `{"x":`+strings.Repeat("[", 15)+strings.Repeat("]", 15)+",")},
		{"as many claims as there may be", header, with(payload, "{", "{"+members(120))},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := verifier(ring()).Verify(signed(s, tc.header, tc.payload), token.AccessToken, audiences, now)
			if err != nil || got.Subject != "shop.web" || got.ClientID != "shop.web" || got.Expires != 1795342200 {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

// TestTimes walks over each edge of a token's life (JW-11).
func TestTimes(t *testing.T) {
	raw := mint(t, signer(ring(), keys.EdDSA), claims())
	for _, tc := range []struct {
		name string
		now  time.Time
		want error
	}{
		{"issued a minute ahead of this clock", now.Add(-60 * time.Second), nil},
		{"issued more than a minute ahead", now.Add(-61 * time.Second), token.ErrNotYet},
		{"in the middle", now.Add(5 * time.Minute), nil},
		{"in the last second", now.Add(10*time.Minute - time.Nanosecond), nil},
		{"at the end", now.Add(10 * time.Minute), token.ErrExpired},
		{"after the end, within the skew", now.Add(10*time.Minute + time.Second), token.ErrExpired},
		{"long after", now.AddDate(100, 0, 0), token.ErrExpired},
		{"without a clock", time.Time{}, token.ErrNotYet},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := verifier(ring()).Verify(raw, token.AccessToken, audiences, tc.now); !errors.Is(err, tc.want) {
				t.Errorf("at %v: %v, want %v", tc.now, err, tc.want)
			}
		})
	}
}

// TestExpectations: nothing is skipped because the caller left it empty (JW-12).
func TestExpectations(t *testing.T) {
	raw := mint(t, signer(ring(), keys.EdDSA), claims())
	whole := verifier(ring())
	for _, tc := range []struct {
		name      string
		verifier  token.Verifier
		kind      token.Kind
		audiences []string
		want      error
	}{
		{"all is said", whole, token.AccessToken, audiences, nil},
		{"one audience of several", whole, token.AccessToken, []string{"https://a.example", audience}, nil},
		{"zero value", token.Verifier{}, token.AccessToken, audiences, token.ErrAlgorithm},
		{"no issuer", token.Verifier{Keys: ring(), Algorithms: algorithms}, token.AccessToken, audiences, token.ErrIssuer},
		{"no keys", token.Verifier{Issuer: issuer, Algorithms: algorithms}, token.AccessToken, audiences, token.ErrKey},
		{"no algorithms", token.Verifier{Issuer: issuer, Keys: ring()}, token.AccessToken, audiences, token.ErrAlgorithm},
		{"other algorithms", token.Verifier{Issuer: issuer, Keys: ring(), Algorithms: algorithms[:2]}, token.AccessToken, audiences, token.ErrAlgorithm},
		{"other keys", verifier(fixed()), token.AccessToken, audiences, token.ErrKey},
		{"other issuer", token.Verifier{Issuer: issuer + "/", Keys: ring(), Algorithms: algorithms}, token.AccessToken, audiences, token.ErrIssuer},
		{"one of its other names", token.Verifier{Issuer: "https://new.example", Others: []string{"https://x.example", issuer}, Keys: ring(), Algorithms: algorithms},
			token.AccessToken, audiences, nil},
		{"none of its names", token.Verifier{Issuer: "https://new.example", Others: []string{issuer + "/", ""}, Keys: ring(), Algorithms: algorithms},
			token.AccessToken, audiences, token.ErrIssuer},
		{"no audience", whole, token.AccessToken, nil, token.ErrAudience},
		{"empty audience", whole, token.AccessToken, []string{""}, token.ErrAudience},
		{"other audience", whole, token.AccessToken, []string{"https://a.example"}, token.ErrAudience},
		{"beginning of the audience", whole, token.AccessToken, []string{"https://orders"}, token.ErrAudience},
		{"longer audience", whole, token.AccessToken, []string{audience + "/"}, token.ErrAudience},
		{"audience in another case", whole, token.AccessToken, []string{"https://Orders.example"}, token.ErrAudience},
		{"returned, no audience", whole, token.ReturnedToken, nil, nil},
		{"returned, its audience", whole, token.ReturnedToken, audiences, nil},
		{"returned, another audience", whole, token.ReturnedToken, []string{issuer}, token.ErrAudience},
		{"no kind", whole, 0, audiences, token.ErrType},
		{"unknown kind", whole, 99, audiences, token.ErrType},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := tc.verifier.Verify(raw, tc.kind, tc.audiences, now)
			if !errors.Is(err, tc.want) || (got == nil) != (tc.want != nil) {
				t.Errorf("%v, %v; want %v", got, err, tc.want)
			}
		})
	}
}

// members writes n claims that nobody knows, each followed by a comma.
func members(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(`"` + strings.Repeat("x", i+1) + `":0,`)
	}
	return out.String()
}
