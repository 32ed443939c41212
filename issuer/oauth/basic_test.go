package oauth_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tokenwright.dev/issuer/oauth"
)

// basic joins id and secret as they are.
func basic(pair string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(pair)) }

func TestParseBasic(t *testing.T) {
	for _, tc := range []struct{ name, header, id, secret string }{
		{"plain", basic("shop.web:s3cret"), "shop.web", "s3cret"},
		{"scheme in any case", "bAsIc " + basic("a:b")[6:], "a", "b"},
		{"more than one space", "Basic   " + basic("a:b")[6:], "a", "b"},
		{"encoded colon in the id", basic("urn%3Aapp:b"), "urn:app", "b"},
		{"colon in the secret, encoded and not", basic("a:b%3Ac:d"), "a", "b:c:d"},
		{"percent sign, plus and space", basic("a:100%25+%2B%20x"), "a", "100% + x"},
		{"UTF-8, encoded and not", basic("a:%C3%BCü"), "a", "üü"},
		{"semicolon and ampersand", basic("a:b;c&d=e"), "a", "b;c&d=e"},
		{"an empty secret", basic("shop.app:"), "shop.app", ""},
		{"an empty secret behind an encoded id", basic("urn%3Aapp:"), "urn:app", ""},
		{"long", basic("a:" + strings.Repeat("b", 4000)), "a", strings.Repeat("b", 4000)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id, secret, err := oauth.ParseBasic(tc.header)
			if id != tc.id || secret != tc.secret || err != nil {
				t.Errorf("ParseBasic(%q): %q, %q, %v; want %q, %q", tc.header, id, secret, err, tc.id, tc.secret)
			}
		})
	}
}

func TestParseBasicRefuses(t *testing.T) {
	for _, tc := range []struct{ name, header string }{
		{"empty", ""},
		{"scheme alone", "Basic"},
		{"scheme and space alone", "Basic "},
		{"unknown scheme", "Bearer abc"},
		{"scheme that only begins so", "Basically YTpi"},
		{"no space", "BasicYTpi"},
		{"tab for a space", "Basic\tYTpi"},
		{"no Base64", "Basic %%%"},
		{"base64url", "Basic YTo_Pz8_"},
		{"no padding", "Basic YTpiYw"},
		{"bits behind the last byte", "Basic YTpiYx=="},
		{"trailing space", basic("a:b") + " "},
		{"line break", "Basic YT\npi"},
		{"two credentials", basic("a:b") + "," + basic("a:b")},
		{"no colon", basic("ab")},
		{"no id", basic(":b")},
		{"neither id nor secret", basic(":")},
		{"bad escape in the id", basic("%zz:b")},
		{"bad escape in the secret", basic("a:100%")},
		{"not UTF-8", basic("a:\xff")},
		{"NUL", basic("a:b%00c")},
		{"line break in the secret", basic("a:b\r\nc")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id, secret, err := oauth.ParseBasic(tc.header)
			if got := oauth.From(err); got.Code != oauth.InvalidClient || !got.Challenge || id+secret != "" {
				t.Errorf("ParseBasic(%q): %q, %q, %v; want invalid_client with a challenge", tc.header, id, secret, err)
			}
		})
	}
}

// FuzzParseBasic holds two laws: any header that is accepted means to net/http and net/url what it means here, and never
// panics.
func FuzzParseBasic(f *testing.F) {
	for _, seed := range []string{"", "Basic", basic("a:b"), basic("a%3A:b+c%"), "basic  YTpi", "Bearer x", "Basic YTpiYx=="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		id, secret, err := oauth.ParseBasic(header)
		if err != nil {
			return
		}
		scheme, encoded, _ := strings.Cut(header, " ")
		r := http.Request{Header: http.Header{"Authorization": {scheme + " " + strings.TrimLeft(encoded, " ")}}}
		rawID, rawSecret, ok := r.BasicAuth()
		wantID, errID := url.QueryUnescape(rawID)
		wantSecret, errSecret := url.QueryUnescape(rawSecret)
		if !ok || errID != nil || errSecret != nil || id != wantID || secret != wantSecret {
			t.Errorf("%q: %q, %q; the standard library reads %q, %q", header, id, secret, wantID, wantSecret)
		}
	})
}

// FuzzBasicRoundTrip holds the law of RFC 6749 section 2.3.1: whatever client_id and secret a client has, if the
// protocol allows them at all, they arrive; and a client without a secret arrives without one.
func FuzzBasicRoundTrip(f *testing.F) {
	f.Add("shop.web", "s3cret")
	f.Add("a:b", "100% + ü")
	f.Add("shop.app", "")
	f.Fuzz(func(t *testing.T, id, secret string) {
		gotID, gotSecret, err := oauth.ParseBasic(basic(url.QueryEscape(id) + ":" + url.QueryEscape(secret)))
		if !parameter(id) || secret != "" && !parameter(secret) {
			if err == nil {
				t.Errorf("%q, %q was accepted", id, secret)
			}
			return
		}
		if gotID != id || gotSecret != secret || err != nil {
			t.Errorf("%q, %q arrived as %q, %q, %v", id, secret, gotID, gotSecret, err)
		}
	})
}

// parameter tells whether text can be the value of a parameter.
func parameter(text string) bool {
	control := func(r rune) bool { return r < ' ' || r == 0x7f }
	return text != "" && strings.ToValidUTF8(text, "") == text && !strings.ContainsFunc(text, control)
}
