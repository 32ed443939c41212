package policy

import (
	"slices"
	"strings"
	"time"

	"tokenwright.dev/issuer/oauth"
)

// Request is what one request for tokens asks for.
type Request struct {
	GrantType string
	Scopes    oauth.Scopes // empty: the default scopes (RFC 6749 section 3.3), without those about a person where there is none
	Resources []string     // empty: the first audience (RFC 8707 section 2)
}

// Grant is what the request gets.
type Grant struct {
	Scopes   oauth.Scopes
	Audience []string
	Lifetime time.Duration
}

// Decide answers one request for tokens in the client's own name: nobody logs in for them. The error is an *oauth.Error. Nothing in the grant may be changed.
func (c *Client) Decide(req Request) (Grant, error) {
	req = heard(req, c.registered.Scopes)
	for _, rule := range rules {
		if err := rule(c, req); err != nil {
			return Grant{}, err
		}
	}
	grant := Grant{Scopes: req.Scopes, Audience: req.Resources, Lifetime: c.lifetime()}
	if len(grant.Scopes) == 0 {
		var err error
		if grant.Scopes, err = orTaken(c.ownScopes, withoutPerson(c.removedDefaults())); err != nil {
			return Grant{}, err
		}
	}
	if len(grant.Audience) == 0 {
		grant.Audience = c.registered.Audiences[:1:1] // whoever appends to it gets a copy
	}
	return grant, nil
}

// rules run in this order and the first refusal wins. A new rule is a function, a line here and a row in TestDecide.
var rules = []func(*Client, Request) error{grantTypeAllowed, openidNotNamed, scopesAllowed, audienceAllowed}

// MayUse refuses a grant type that the client may not use (RFC 6749 section 5.2). The error is an *oauth.Error.
func (c *Client) MayUse(grantType string) error {
	if !slices.Contains(c.registered.GrantTypes, grantType) {
		return oauth.UnauthorizedClient.Refusef("this client may not use the grant type %s", grantType)
	}
	return nil
}

func grantTypeAllowed(c *Client, req Request) error { return c.MayUse(req.GrantType) }

// scopesAllowed refuses what was not granted to the client, rather than narrow it in silence (RFC 6749 section 3.3). Of
// offline_access nobody hears here: see heard.
func scopesAllowed(c *Client, req Request) error {
	var extra []string
	for _, scope := range req.Scopes {
		if !slices.Contains(c.registered.Scopes, scope) {
			extra = append(extra, scope)
		}
	}
	switch {
	case len(extra) == 0:
		return nil
	case c.taken(extra):
		return notAllowed(extra)
	default:
		return oauth.InvalidScope.Refusef("not granted to this client: %s", strings.Join(extra, " "))
	}
}

// audienceAllowed refuses resources that the client may not name (RFC 8707 section 2). A token is always for somebody.
func audienceAllowed(c *Client, req Request) error {
	if len(c.registered.Audiences) == 0 {
		return oauth.InvalidTarget.Refusef("no audience is granted to this client")
	}
	for _, resource := range req.Resources {
		if !slices.Contains(c.registered.Audiences, resource) {
			return oauth.InvalidTarget.Refusef("not granted to this client: %s", resource)
		}
	}
	return nil
}
