package policy

import (
	"slices"

	"tokenwright.dev/issuer/oauth"
)

// OfflineAccess is the scope of a grant that outlives its login session (OpenID Connect Core section 11).
const OfflineAccess = "offline_access"

// heard is a request without an offline_access that could not be granted: common clients add it by themselves, and OpenID
// Connect Core section 11 has it ignored, not refused. A request that names nothing else is one that names nothing.
func heard(req Request, allowed ...[]string) Request {
	for _, scopes := range allowed {
		if slices.Contains(req.Scopes, OfflineAccess) && !slices.Contains(scopes, OfflineAccess) {
			req.Scopes = req.Scopes.Minus(oauth.Scopes{OfflineAccess})
		}
	}
	return req
}

// MayStay tells whether what is granted by scopes outlives the login session, by the client's present rules.
func (c *Client) MayStay(scopes []string) bool {
	return slices.Contains(scopes, OfflineAccess) && slices.Contains(c.registered.Scopes, OfflineAccess)
}
