package policy

import (
	"slices"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// registerLogout writes where a logout leads, and who hears of it, into the registration of a client that people log in to.
func registerLogout(r *registration.Registration, oc *v1alpha1.OAuthClient) {
	if !slices.Contains(r.GrantTypes, string(v1alpha1.AuthorizationCode)) {
		return
	}
	for _, uri := range oc.Spec.PostLogoutRedirectURIs {
		r.PostLogoutRedirectURIs = append(r.PostLogoutRedirectURIs, string(uri))
	}
	if oc.Spec.BackchannelLogout != nil && slices.Contains(r.Scopes, OpenID) {
		r.BackchannelLogoutURI = string(oc.Spec.BackchannelLogout.URI)
	}
}
