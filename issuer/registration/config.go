package registration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// IssuerConfig is what the operator tells the issuer of itself, in a ConfigMap.
type IssuerConfig struct {
	// URL is the issuer identifier, without a trailing slash.
	URL string `json:"url"`
	// Others are further URLs that this issuer is known by; nil where there is none, which costs nothing.
	Others []OtherURL `json:"others,omitempty"`
	// SealedUnder is the URL that the keys of sealed values follow from; URL itself when empty. It stays the same when URL
	// changes, so that refresh tokens, codes and what grants keep outlive the change.
	SealedUnder string `json:"sealedUnder,omitempty"`
	// Algorithms are the JWS algorithms in order of preference: the first with an active key signs access tokens.
	Algorithms []string `json:"algorithms"`
	// IdentityProviders are where resource owners log in; without any there is no authorization endpoint.
	IdentityProviders []IdentityProvider `json:"identityProviders,omitempty"`
	// Sessions bounds login sessions; the zero value means the built-in bounds.
	Sessions Sessions `json:"sessions,omitzero"`
	// Branding is what the pages show of their owner.
	Branding Branding `json:"branding,omitzero"`
	// Scopes describes scopes to people, by name.
	Scopes map[string]string `json:"scopes,omitempty"`
	// Storage is where grants are kept: StorageKubernetes when empty.
	Storage string `json:"storage,omitempty"`
}

// Kinds of storage.
const (
	StorageKubernetes = "Kubernetes"
	StorageMemory     = "Memory"
)

// IdentityProvider is one way to log in.
type IdentityProvider struct {
	Name string `json:"name"`
	// DisplayName is what people are shown.
	DisplayName string `json:"displayName,omitempty"`
	// UsersSecret is the Secret that holds the users of a static provider.
	UsersSecret string `json:"usersSecret,omitempty"`
	// OIDC is there for a provider elsewhere.
	OIDC *OIDCProvider `json:"oidc,omitempty"`
}

// Sessions bounds login sessions. Times are in seconds.
type Sessions struct {
	Lifetime     int64 `json:"lifetime,omitempty"`
	IdleLifetime int64 `json:"idleLifetime,omitempty"`
}

// Branding is a name and a picture.
type Branding struct {
	Name string `json:"name,omitempty"`
	// Logo is an image of LogoType (a media type).
	Logo     []byte `json:"logo,omitempty"`
	LogoType string `json:"logoType,omitempty"`
}

// EncodeConfig writes c. The same value always gives the same bytes.
func EncodeConfig(c IssuerConfig) ([]byte, error) { return json.Marshal(c) }

// DecodeConfig reads what EncodeConfig wrote. Unknown members are refused.
func DecodeConfig(data []byte) (IssuerConfig, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var c IssuerConfig
	if err := decoder.Decode(&c); err != nil {
		return IssuerConfig{}, fmt.Errorf("issuer configuration: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return IssuerConfig{}, errors.New("issuer configuration: there is more than one value")
	}
	if c.URL == "" || len(c.Algorithms) == 0 {
		return IssuerConfig{}, errors.New("issuer configuration: url and algorithms are required")
	}
	return c, c.checkOthers()
}
