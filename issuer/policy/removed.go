package policy

import (
	"fmt"
	"slices"
	"strings"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
)

// registerRemoved writes which scopes policies have taken from the client into its registration. The issuer then tells a
// client that has lost what it lists from one that lists nothing.
func registerRemoved(r *registration.Registration, effective *v1alpha1.EffectiveRules, oc *v1alpha1.OAuthClient) {
	removed, defaults := names(effective.Scopes.Removed), names(effective.DefaultScopes.Removed)
	if oc.Spec.DefaultScopes == nil {
		defaults = removed // by default all are granted
	}
	if len(removed) == 0 && len(defaults) == 0 {
		return
	}
	e := extras(r)
	e.RemovedScopes, e.RemovedDefaults = removed, defaults
}

func names(removed []v1alpha1.RemovedValue) []string {
	if len(removed) == 0 {
		return nil
	}
	out := make([]string, 0, len(removed))
	for _, value := range removed {
		out = append(out, value.Value)
	}
	return out
}

// removedDefaults are those that a request without scopes would get, had policies not taken them.
func (c *Client) removedDefaults() oauth.Scopes {
	if c.registered.Extras == nil {
		return nil
	}
	return c.registered.Extras.RemovedDefaults
}

// orTaken is scopes, what a request gets that names none. Where that is nothing, since policies have taken all of taken, it is
// refused: a token without scope in the place of one with some would be another token than was asked for.
func orTaken(scopes, taken oauth.Scopes) (oauth.Scopes, error) {
	if len(scopes) == 0 && len(taken) > 0 {
		return nil, notAllowed(taken)
	}
	return scopes, nil
}

// named bounds the scopes that a refusal names: it travels in an address.
const named = 3

// notAllowed refuses for scopes that policies have taken.
func notAllowed(taken []string) error {
	word, verb, which := "scope", "is", strings.Join(taken[:min(len(taken), named)], " ")
	if len(taken) > 1 {
		word, verb = "scopes", "are"
	}
	if more := len(taken) - named; more > 0 {
		which = fmt.Sprintf("%s and %d more", which, more)
	}
	return oauth.InvalidScope.Refusef("%s %s of this client %s not allowed by policy at present; see the client's PolicyCompliant condition",
		word, which, verb)
}

// taken tells whether policies have taken all of scopes: then a refusal can say so.
func (c *Client) taken(scopes []string) bool {
	return c.registered.Extras != nil && !slices.ContainsFunc(scopes, func(scope string) bool {
		return !slices.Contains(c.registered.Extras.RemovedScopes, scope)
	})
}
