package registry

import (
	"context"
	"crypto/rand"
	"time"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// nobody stands in for unknown clients, so that they cost the same comparison and nobody learns who is registered.
var nobody = &registration.Registration{
	Credentials: []registration.Credential{{SecretHash: registration.HashSecret(rand.Text())}},
}

// Authenticate tells which client credentials belong to (RFC 6749 section 2.3.1). Before it refuses it reads that one
// registration live, within a budget, so that nobody fails because a watch lags behind. The refusal is the same for an
// unknown client and for a wrong secret.
func (r *Registry) Authenticate(ctx context.Context, c oauth.Credentials, source string) (*policy.Client, error) {
	if client, ok := r.Snapshot().verify(c, r.now()); ok {
		return client, nil
	}
	// The watch may have overtaken the read, so a read that brought nothing new is no reason to refuse.
	r.refresh(ctx, c.ClientID, source)
	if client, ok := r.Snapshot().verify(c, r.now()); ok {
		return client, nil
	}
	return nil, c.Refuse()
}

// verify compares the secret with those of the client, in the same time whether there is such a client or not. A public
// client sends none, in whatever place (CA-07), and no other client may do without (RFC 6749 section 3.2.1, CA-08).
func (s *Snapshot) verify(c oauth.Credentials, now time.Time) (*policy.Client, bool) {
	client, ok := s.Client(c.ClientID)
	registered := nobody
	if ok {
		registered = client.Registration()
	}
	_, right := registered.Match(c.Secret, now)
	if registered.Public {
		return client, c.Secret == ""
	}
	return client, ok && right && c.Secret != ""
}

// Known tells whether the client is registered, so that its name may be logged.
func (s *Snapshot) Known(clientID string) bool {
	_, ok := s.Client(clientID)
	return ok
}
