package issuertest

import (
	"tokenwright.dev/issuer/registration"
)

// The clients of a server. Their secrets are no secrets.
const (
	ClientID     = "shop.orders"
	ClientSecret = "tw_cs_orders-orders-orders-orders-orders-orders"
	GuardID      = "shop.api"
	GuardSecret  = "tw_cs_guard-guard-guard-guard-guard-guard-guard"
)

// Client is the registration of a client that may get tokens.
func Client() *registration.Registration {
	return NewRegistration(ClientID, ClientSecret)
}

// Guard is the registration of a resource server that guards Audience.
func Guard() *registration.Registration {
	guard := NewRegistration(GuardID, GuardSecret)
	guard.GrantTypes, guard.Scopes, guard.DefaultScopes, guard.Audiences = nil, nil, nil, nil
	guard.Guards = []string{Audience}
	return guard
}

// NewRegistration is that of a client with one secret, which may get tokens for Audience.
func NewRegistration(clientID, secret string) *registration.Registration {
	return &registration.Registration{
		Version:             registration.Version,
		ClientID:            clientID,
		Owner:               registration.Owner{Namespace: "shop", Name: clientID, UID: "uid-" + clientID, Generation: 1},
		GrantTypes:          []string{"client_credentials"},
		Scopes:              []string{"orders:read", "orders:write"},
		DefaultScopes:       []string{"orders:read"},
		Audiences:           []string{Audience, "https://stock.example"},
		AccessTokenLifetime: 600,
		Credentials: []registration.Credential{
			{ID: "1", SecretHash: registration.HashSecret(secret), CreatedAt: Start},
		},
	}
}
