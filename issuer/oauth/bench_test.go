package oauth_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"tokenwright.dev/issuer/oauth"
)

const (
	typicalBody   = "grant_type=client_credentials&scope=orders%3Aread+orders%3Awrite&resource=https%3A%2F%2Forders.example"
	typicalSecret = "tw_cs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA0bcdef"
)

// replay sends the same request again and again, without memory of its own.
type replay struct {
	request *http.Request
	body    *strings.Reader
	text    string
}

func newReplay(body, authorization string) *replay {
	p := &replay{request: post(body, authorization), body: strings.NewReader(body), text: body}
	p.request.Body = io.NopCloser(p.body)
	return p
}

func (p *replay) next() *http.Request {
	p.body.Reset(p.text)
	return p.request
}

// BenchmarkParseTokenRequest is on the way of every token.
func BenchmarkParseTokenRequest(b *testing.B) {
	for name, p := range map[string]*replay{
		"basic": newReplay(typicalBody, basic("shop.web:"+typicalSecret)),
		"post":  newReplay(typicalBody+"&client_id=shop.web&client_secret="+typicalSecret, ""),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := oauth.ParseTokenRequest(p.next()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
