package forwardauth

import (
	"errors"
	"slices"

	"tokenwright.dev/issuer/oauth"
)

var errAudience = errors.New("the token is for none of the audiences that are guarded here")

// admit decides whether what the issuer said of a token is enough: an audience of audiences, unless there are none, and
// all scopes that are required.
func admit(found *introspection, required oauth.Scopes, audiences []string) error {
	guarded := func(audience string) bool { return slices.Contains(audiences, audience) }
	if len(audiences) > 0 && !slices.ContainsFunc(found.Audience, guarded) {
		return oauth.RefuseToken(errAudience)
	}
	if lacking := required.Minus(found.Scopes); len(lacking) > 0 {
		return oauth.RefuseScope(required.String())
	}
	return nil
}
