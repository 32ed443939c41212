package policy

import (
	"slices"
	"time"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
)

// Client is a registration made ready for decisions. It is immutable and safe for concurrent use.
type Client struct {
	registered    *registration.Registration
	defaultScopes oauth.Scopes
	ownScopes     oauth.Scopes // the default ones of tokens in its own name
}

// NewClient makes r ready. It keeps r, which must not change any more.
func NewClient(r *registration.Registration) *Client {
	scopes := slices.Clip(oauth.Scopes(r.DefaultScopes))
	return &Client{registered: r, defaultScopes: scopes, ownScopes: withoutPerson(scopes)}
}

// ID is the client_id.
func (c *Client) ID() string { return c.registered.ClientID }

// Registration is what the client was made from. It must not be changed.
func (c *Client) Registration() *registration.Registration { return c.registered }

// MayIntrospect tells whether the client guards one of the resources that a token is for (RFC 7662 section 4).
func (c *Client) MayIntrospect(audience []string) bool {
	return slices.ContainsFunc(audience, func(aud string) bool { return slices.Contains(c.registered.Guards, aud) })
}

func (c *Client) lifetime() time.Duration {
	return time.Duration(c.registered.AccessTokenLifetime) * time.Second
}
