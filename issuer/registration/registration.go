package registration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Version is the version of the wire form that this package writes, and the only one that it reads.
const Version = 1

// MaxSize bounds the wire form, in bytes: far above what the API's own bounds let grow.
const MaxSize = 256 << 10

// ErrVersion is returned for a registration of another version: an older issuer must not guess at newer rules.
var ErrVersion = errors.New("unknown registration version")

// Registration is all that the issuer knows of one client. The zero value allows nothing.
type Registration struct {
	Version  int    `json:"version"`
	ClientID string `json:"clientID"`
	Owner    Owner  `json:"owner"`
	// DisplayName is what people are shown of the client.
	DisplayName string `json:"displayName,omitempty"`
	// Public says that the client has no credentials: it sends its client_id alone, and proves with PKCE and rotating refresh
	// tokens that it is still the same (RFC 6749 section 2.1).
	Public bool `json:"public,omitempty"`

	GrantTypes    []string `json:"grantTypes,omitempty"`
	Scopes        []string `json:"scopes,omitempty"`
	DefaultScopes []string `json:"defaultScopes,omitempty"`
	// Audiences are the resources that tokens may be for (RFC 8707); the first is the default.
	Audiences []string `json:"audiences,omitempty"`
	// Guards are the resources whose tokens this client may introspect (RFC 7662).
	Guards []string `json:"guards,omitempty"`
	// RedirectURIs are where the authorization endpoint may send its answers (RFC 6749 section 3.1.2).
	RedirectURIs []string `json:"redirectURIs,omitempty"`
	// PostLogoutRedirectURIs are where a logout may lead (OpenID Connect RP-Initiated Logout section 3).
	PostLogoutRedirectURIs []string `json:"postLogoutRedirectURIs,omitempty"`
	// BackchannelLogoutURI hears of the end of login sessions (OpenID Connect Back-Channel Logout section 2.2); nobody does
	// when it is empty.
	BackchannelLogoutURI string `json:"backchannelLogoutURI,omitempty"`
	// AccessTokenLifetime is in seconds.
	AccessTokenLifetime int64 `json:"accessTokenLifetime"`
	// AccessTokenFormat is FormatJWT when empty.
	AccessTokenFormat string `json:"accessTokenFormat,omitempty"`
	// RefreshToken and IDToken are there for clients that get such tokens.
	RefreshToken *RefreshTokenRules `json:"refreshToken,omitempty"`
	IDToken      *IDTokenRules      `json:"idToken,omitempty"`
	// UserInfoAlgorithm is the JWS algorithm that signs answers of the userinfo endpoint; they are plain JSON when it is empty
	// (OpenID Connect Core section 5.3.2).
	UserInfoAlgorithm string `json:"userInfoAlgorithm,omitempty"`
	// IntrospectionAlgorithm is the JWS algorithm that signs answers of the introspection endpoint, where the client asks for
	// signed ones (RFC 9701); that of access tokens when it is empty.
	IntrospectionAlgorithm string `json:"introspectionAlgorithm,omitempty"`

	Credentials []Credential `json:"credentials,omitempty"`

	// Extras are nil for most clients.
	Extras *Extras `json:"extras,omitempty"`
}

// Formats of access tokens.
const (
	FormatJWT    = "JWT"
	FormatOpaque = "Opaque"
)

// RefreshTokenRules says how refresh tokens live (RFC 9700 section 4.14). Times are in seconds.
type RefreshTokenRules struct {
	// Lifetime ends a grant, counted from its beginning; IdleLifetime ends it when it was not used for so long.
	Lifetime     int64 `json:"lifetime"`
	IdleLifetime int64 `json:"idleLifetime"`
	// Rotate says that each refresh token is good for one use; those of public clients always are.
	Rotate bool `json:"rotate,omitempty"`
	// ReuseGrace is how long after a rotation the former token gets the same successor once more.
	ReuseGrace int64 `json:"reuseGrace,omitempty"`
}

// IDTokenRules says how ID tokens are made (OpenID Connect Core section 2).
type IDTokenRules struct {
	// Lifetime is in seconds.
	Lifetime int64 `json:"lifetime"`
	// Algorithm is the JWS algorithm that signs them.
	Algorithm string `json:"algorithm"`
	// Claims is ClaimsMinimal where they hold only the claims that were asked for by name. Where it is empty, as in what
	// former versions wrote, they tell what the granted scopes release as well.
	Claims string `json:"claims,omitempty"`
}

// ClaimsMinimal is the one value of IDTokenRules.Claims.
const ClaimsMinimal = "Minimal"

// Owner is the OAuthClient that a registration was compiled from.
type Owner struct {
	Namespace  string `json:"namespace"`
	Name       string `json:"name"`
	UID        string `json:"uid"`
	Generation int64  `json:"generation"`
}

// Credential is one client secret, of which only the SHA-256 is kept: the secret is 256 random bits, so a slow hash
// would protect nothing and cost every request.
type Credential struct {
	ID         string    `json:"id"`
	SecretHash []byte    `json:"secretHash"`
	CreatedAt  time.Time `json:"createdAt"`
	// NotAfter ends a retiring credential; zero for the active one.
	NotAfter time.Time `json:"notAfter,omitzero"`
}

// Retiring tells whether the credential has been replaced.
func (c Credential) Retiring() bool { return !c.NotAfter.IsZero() }

// ExpiredAt tells whether the credential is no longer accepted at now.
func (c Credential) ExpiredAt(now time.Time) bool { return c.Retiring() && !now.Before(c.NotAfter) }

// Encode writes r in its wire form. The same value always gives the same bytes.
func Encode(r *Registration) ([]byte, error) {
	written := *r
	written.Version = Version
	return json.Marshal(&written)
}

// Decode reads the wire form. Unknown members are refused: they would be rules that this issuer does not enforce.
func Decode(data []byte) (*Registration, error) {
	if len(data) > MaxSize {
		return nil, fmt.Errorf("registration of %d bytes exceeds %d", len(data), MaxSize)
	}
	var version struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("registration: %w", err)
	}
	if version.Version != Version {
		return nil, fmt.Errorf("%w %d", ErrVersion, version.Version)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	r := new(Registration)
	if err := decoder.Decode(r); err != nil {
		return nil, fmt.Errorf("registration: %w", err)
	}
	if err := r.check(); err != nil {
		return nil, fmt.Errorf("registration: %w", err)
	}
	r.pack()
	return r, nil
}

func (r *Registration) check() error {
	if r.ClientID == "" {
		return errors.New("no clientID")
	}
	for _, c := range r.Credentials {
		if len(c.SecretHash) != hashSize {
			return fmt.Errorf("credential %q: a hash of %d bytes", c.ID, len(c.SecretHash))
		}
	}
	return nil
}
