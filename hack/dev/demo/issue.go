package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
)

const audience = "https://orders.example"

var clientCredentials = url.Values{"grant_type": {"client_credentials"}}

func (t *tour) getToken(ctx context.Context) error {
	var err error
	if t.token, err = t.showRequest(ctx, clientCredentials); err != nil {
		return err
	}
	if t.token.status != http.StatusOK || t.token.ExpiresIn != 1800 || t.token.Scope != "orders:read orders:write" {
		return fmt.Errorf("got %d, expires_in %d, scope %q; expected 200, the 1800 seconds and both scopes the client asked for", t.token.status, t.token.ExpiresIn, t.token.Scope)
	}
	for index, name := range []string{"header", "claims"} {
		decoded, err := part(t.token.AccessToken, index)
		if err != nil {
			return err
		}
		t.out.say("\nIts %s:", name)
		t.out.json(decoded)
	}
	return nil
}

// verify hands the token to an independent verifier, and then one that was tampered with.
func (t *tour) verify(ctx context.Context) error {
	t.out.action("GET " + t.stack.IssuerURL + "/.well-known/openid-configuration")
	ctx = oidc.ClientContext(ctx, t.stack.HTTPClient())
	provider, err := oidc.NewProvider(ctx, t.stack.IssuerURL)
	if err != nil {
		return err
	}
	verifier := provider.VerifierContext(ctx, &oidc.Config{ClientID: audience, SupportedSigningAlgs: []string{oidc.ES256}})
	verified, err := verifier.Verify(ctx, t.token.AccessToken)
	if err != nil {
		return fmt.Errorf("the verifier refused the token: %w", err)
	}
	t.out.say("Accepted: signature, iss %s, aud %v, sub %s, exp %s.", verified.Issuer, verified.Audience, verified.Subject, verified.Expiry.UTC().Format("15:04:05 MST"))
	if _, err = verifier.Verify(ctx, tampered(t.token.AccessToken)); err == nil {
		return fmt.Errorf("the verifier accepted a token with another signature; expected a refusal")
	}
	t.out.say("With one character of the signature changed: %v", err)
	return nil
}

// tampered changes a character in the middle of the signature, where all its bits count.
func tampered(jwt string) string {
	at, other := len(jwt)-20, byte('A')
	if jwt[at] == other {
		other = 'B'
	}
	return jwt[:at] + string(other) + jwt[at+1:]
}
