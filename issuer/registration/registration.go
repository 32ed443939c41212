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

	GrantTypes    []string `json:"grantTypes,omitempty"`
	Scopes        []string `json:"scopes,omitempty"`
	DefaultScopes []string `json:"defaultScopes,omitempty"`
	// Audiences are the resources that tokens may be for (RFC 8707); the first is the default.
	Audiences []string `json:"audiences,omitempty"`
	// Guards are the resources whose tokens this client may introspect (RFC 7662).
	Guards []string `json:"guards,omitempty"`
	// AccessTokenLifetime is in seconds.
	AccessTokenLifetime int64 `json:"accessTokenLifetime"`

	Credentials []Credential `json:"credentials,omitempty"`
}

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
