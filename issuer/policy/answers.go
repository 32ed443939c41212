package policy

import (
	"fmt"
	"slices"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// registerAnswers writes how answers to the client are signed into its registration. No policy has a say in that.
func registerAnswers(r *registration.Registration, oc *v1alpha1.OAuthClient) {
	if oc.Spec.UserInfo != nil && slices.Contains(r.Scopes, OpenID) {
		r.UserInfoAlgorithm = string(oc.Spec.UserInfo.SigningAlgorithm)
	}
	if oc.Spec.ResourceServer != nil && len(r.Guards) > 0 {
		r.IntrospectionAlgorithm = string(oc.Spec.ResourceServer.IntrospectionSigningAlgorithm)
	}
}

// unsigned finds what is to be signed by an algorithm that there is no key for.
func unsigned(issuer *v1alpha1.TokenIssuerSpec, r *registration.Registration) []Refusal {
	var found []Refusal
	for _, wanted := range []struct{ algorithm, what, field string }{
		{idTokenAlgorithm(r), "ID tokens", "idToken.signingAlgorithm"},
		{r.UserInfoAlgorithm, "userinfo", "userInfo.signingAlgorithm"},
		{r.IntrospectionAlgorithm, "introspection", "resourceServer.introspectionSigningAlgorithm"},
	} {
		if wanted.algorithm != "" && !slices.Contains(SigningAlgorithms(issuer), wanted.algorithm) {
			found = append(found, Refusal{Reason: v1alpha1.ReasonNotOffered, Message: fmt.Sprintf(
				"the TokenIssuer has no key for %s by %s: choose another %s, or the platform team can add it to signing.algorithms",
				wanted.what, wanted.algorithm, wanted.field)})
		}
	}
	return found
}

// idTokenAlgorithm is empty for a client that gets no ID tokens.
func idTokenAlgorithm(r *registration.Registration) string {
	if r.IDToken == nil || !slices.Contains(r.GrantTypes, string(v1alpha1.AuthorizationCode)) {
		return ""
	}
	return r.IDToken.Algorithm
}
