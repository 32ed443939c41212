package policy

import (
	"slices"
	"strings"

	"tokenwright.dev/issuer/oauth"
)

// Authorized is what a resource owner allowed a client.
type Authorized struct {
	Scopes, Resources []string
}

// Authorize tells what a resource owner may be asked to allow (RFC 6749 section 4.1.1). The error is an *oauth.Error. With
// openid a client needs no audience: its tokens are for the issuer's own userinfo endpoint, and Resources is empty.
func (c *Client) Authorize(req Request) (Authorized, error) {
	req = heard(req, c.registered.Scopes)
	for _, rule := range []func(*Client, Request) error{grantTypeAllowed, scopesAllowed, resourcesAllowed} {
		if err := rule(c, req); err != nil {
			return Authorized{}, err
		}
	}
	out := Authorized{Scopes: req.Scopes, Resources: req.Resources}
	if len(out.Scopes) == 0 {
		var err error
		if out.Scopes, err = orTaken(c.defaultScopes, c.removedDefaults()); err != nil {
			return Authorized{}, err
		}
	}
	if len(out.Resources) == 0 && len(c.registered.Audiences) > 0 {
		out.Resources = c.registered.Audiences[:1:1]
	}
	if len(out.Resources) == 0 && !slices.Contains(out.Scopes, OpenID) {
		return Authorized{}, oauth.InvalidTarget.Refusef("no audience is granted to this client, so it must ask for the scope openid")
	}
	return out, nil
}

// Narrow answers a request for tokens under an authorization (RFC 6749 section 6, RFC 8707 section 2.2). It may ask for
// less than was authorized, never for more, and gets what the client's present rules leave of it: a policy that was
// tightened bites here. The error is an *oauth.Error. An empty Audience means the issuer itself.
func (c *Client) Narrow(req Request, by Authorized) (Grant, error) {
	if err := grantTypeAllowed(c, req); err != nil {
		return Grant{}, err
	}
	req = heard(req, by.Scopes, c.registered.Scopes)
	scopes, beyond := within(req.Scopes, by.Scopes, c.registered.Scopes)
	if beyond != nil {
		return Grant{}, oauth.InvalidScope.Refusef("not authorized by the resource owner: %s", strings.Join(beyond, " "))
	}
	if len(scopes) == 0 && len(by.Scopes) > 0 {
		if gone := orElseAll(req.Scopes, by.Scopes); c.taken(gone) {
			return Grant{}, notAllowed(gone) // no invalid_grant: the grant goes on, and what was taken may come back
		}
		return Grant{}, oauth.InvalidScope.Refusef("none of the scopes is granted to this client any more")
	}
	audience, beyond := within(req.Resources, by.Resources, c.registered.Audiences)
	if beyond != nil {
		return Grant{}, oauth.InvalidTarget.Refusef("not authorized by the resource owner: %s", strings.Join(beyond, " "))
	}
	if len(audience) == 0 && len(by.Resources) > 0 {
		return Grant{}, oauth.InvalidTarget.Refusef("none of the resources is granted to this client any more")
	}
	return Grant{Scopes: scopes, Audience: audience, Lifetime: c.lifetime()}, nil
}

// within takes what is wanted, or all that was authorized, and leaves what is still allowed; beyond is what is wanted and
// was never authorized.
func within(wanted, authorized, allowed []string) (left, beyond []string) {
	for _, value := range orElseAll(wanted, authorized) {
		switch {
		case !slices.Contains(authorized, value):
			beyond = append(beyond, value)
		case slices.Contains(allowed, value):
			left = append(left, value)
		}
	}
	return left, beyond
}

// orElseAll is what is wanted, or all that was authorized.
func orElseAll(wanted, authorized []string) []string {
	if len(wanted) == 0 {
		return authorized
	}
	return wanted
}

func resourcesAllowed(c *Client, req Request) error {
	for _, resource := range req.Resources {
		if !slices.Contains(c.registered.Audiences, resource) {
			return oauth.InvalidTarget.Refusef("not granted to this client: %s", resource)
		}
	}
	return nil
}
