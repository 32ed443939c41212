package token_test

import (
	"testing"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

// BenchmarkMint is on the way of every token. What it costs beside the signature is the difference to BenchmarkSign.
func BenchmarkMint(b *testing.B) {
	for _, algorithm := range algorithms {
		b.Run(algorithm, func(b *testing.B) {
			var m token.Minter
			s, c := signer(ring(), algorithm), claims()
			space := make([]byte, 0, 2048)
			b.ReportAllocs()
			for b.Loop() {
				c.ID = token.NewID()
				if _, err := m.AppendAccessToken(space, s, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkIDToken is on the way of every login and refresh.
func BenchmarkIDToken(b *testing.B) {
	s, c := signer(ring(), keys.EdDSA), idClaims()
	c.Nonce, c.AccessToken = "n-0S6_WzA2Mj", mint(b, s, claims())
	c.Further = map[string]any{"name": "Jane", "email": "jane@shop.example", "email_verified": true}
	space := make([]byte, 0, 2048)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := token.AppendIDToken(space, s, c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSign is the signature alone.
func BenchmarkSign(b *testing.B) {
	for _, algorithm := range algorithms {
		b.Run(algorithm, func(b *testing.B) {
			s := signer(ring(), algorithm)
			input := []byte(mint(b, s, claims()))
			space := make([]byte, 0, 2048)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.AppendSignature(space, input); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerify is introspection of a token that was not met before.
func BenchmarkVerify(b *testing.B) {
	for _, algorithm := range algorithms {
		b.Run(algorithm, func(b *testing.B) {
			raw := mint(b, signer(ring(), algorithm), claims())
			v := verifier(ring())
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(raw, token.AccessToken, audiences, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkRefuse is what a token that is not ours costs.
func BenchmarkRefuse(b *testing.B) {
	raw := mint(b, signer(ring(), keys.ES256), claims())
	v := verifier(fixed())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(raw, token.AccessToken, audiences, now); err == nil {
			b.Fatal("accepted")
		}
	}
}
