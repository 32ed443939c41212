package endpoint

import "tokenwright.dev/issuer/oauth"

// checkACR refuses a request that insists on a level of authentication (OpenID Connect Core section 5.5.1.1). No level has
// a name here, so none can be met: to log somebody in and say nothing of how would not be what was asked for. The wish of
// acr_values, or of a claim that is not essential, is one that need not be met (section 3.1.2.1).
func checkACR(claims *oauth.ClaimsRequest) error {
	if claims == nil {
		return nil
	}
	if acr := claims.IDToken["acr"]; acr.Essential && len(acr.Values) > 0 {
		return oauth.UnmetAuthenticationRequirements.Refusef("acr is essential, and no login here has one of the values asked for")
	}
	return nil
}
