package live

import (
	"context"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
)

// Claims is what an access token says (RFC 9068 section 2.2).
type Claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience any    `json:"aud"` // a string, or several
	ClientID string `json:"client_id"`
	Scope    string `json:"scope"`
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
}

// Context is parent for x/oauth2 and go-oidc, which take their HTTP client from it.
func (in *Installation) Context(parent context.Context) context.Context {
	return oidc.ClientContext(parent, in.HTTP)
}

// Provider discovers the issuer by go-oidc.
func (in *Installation) Provider(t testing.TB, issuer string) *oidc.Provider {
	t.Helper()
	provider, err := oidc.NewProvider(in.Context(t.Context()), issuer)
	if err != nil {
		t.Fatalf("discover %s: %v", issuer, err)
	}
	return provider
}

// Verifier verifies as a resource server with go-oidc does, of whatever audience, and keeps the key set as that does.
func (in *Installation) Verifier(t testing.TB, provider *oidc.Provider) *oidc.IDTokenVerifier {
	t.Helper()
	return provider.VerifierContext(in.Context(t.Context()), &oidc.Config{
		SkipClientIDCheck: true, SupportedSigningAlgs: []string{oidc.ES256, oidc.RS256, oidc.EdDSA},
	})
}

// Verify reads a token that verifier accepts.
func (in *Installation) Verify(t testing.TB, verifier *oidc.IDTokenVerifier, raw string) Claims {
	t.Helper()
	verified, err := verifier.Verify(in.Context(t.Context()), raw)
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	var claims Claims
	if err := verified.Claims(&claims); err != nil {
		t.Fatalf("claims: %v", err)
	}
	return claims
}
