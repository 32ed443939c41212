package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// Built-in values, for what neither the client nor a policy says.
const (
	DefaultAccessTokenLifetime = 10 * time.Minute
	MaxAccessTokenLifetime     = time.Hour
	// MaxRefreshTokenLifetime and MaxRefreshTokenIdleLifetime hold for clients without a wish as well.
	MaxRefreshTokenLifetime     = 720 * time.Hour
	MaxRefreshTokenIdleLifetime = 168 * time.Hour
	DefaultReuseGrace           = 10 * time.Second
	MaxIDTokenLifetime          = time.Hour
)

// Compiled is what the issuer enforces and what people are told, made from one value.
type Compiled struct {
	// Registration holds everything but the credentials.
	Registration registration.Registration
	Effective    v1alpha1.EffectiveRules
}

// ClientID is the client_id of oc (RFC 6749 section 2.2).
func ClientID(oc *v1alpha1.OAuthClient) string {
	return cmp.Or(string(oc.Spec.ClientID), defaultClientID(oc))
}

func defaultClientID(oc *v1alpha1.OAuthClient) string { return oc.Namespace + "." + oc.Name }

// ClientIDAllowed tells whether oc may take its client_id: any below its own namespace, another if the rules list it. If
// not, refusedBy names who does not.
func ClientIDAllowed(oc *v1alpha1.OAuthClient, rules Rules) (refusedBy v1alpha1.PolicyName, ok bool) {
	id := ClientID(oc)
	if strings.HasPrefix(id, oc.Namespace+".") {
		return "", true
	}
	return listedBySome(rules.ClientIDs)(id)
}

// Compile turns what oc asks for, under the rules of the policies named, into what it gets.
func Compile(oc *v1alpha1.OAuthClient, policies []v1alpha1.PolicyName, rules Rules) Compiled {
	effective := effective(oc, policies, rules)
	compiled := Compiled{
		Effective: effective,
		Registration: registration.Registration{
			Version:     registration.Version,
			ClientID:    ClientID(oc),
			DisplayName: cmp.Or(string(oc.Spec.DisplayName), oc.Name),
			Public:      isPublic(oc),
			Owner: registration.Owner{
				Namespace: oc.Namespace, Name: oc.Name, UID: string(oc.UID), Generation: oc.Generation,
			},
			GrantTypes:          effective.GrantTypes.Values,
			Scopes:              effective.Scopes.Values,
			DefaultScopes:       effective.DefaultScopes.Values,
			Audiences:           effective.Audiences.Values,
			Guards:              effective.ResourceServerAudiences.Values,
			RedirectURIs:        redirectURIs(oc, effective.GrantTypes.Values),
			AccessTokenLifetime: seconds(effective.AccessToken.Lifetime),
		},
	}
	registerLogout(&compiled.Registration, oc)
	registerAnswers(&compiled.Registration, oc)
	registerTokens(&compiled.Registration, &effective)
	registerConsent(&compiled.Registration, effective.Consent)
	registerRemoved(&compiled.Registration, &effective, oc)
	return compiled
}

// isPublic tells whether oc keeps no secret (RFC 6749 section 2.1).
func isPublic(oc *v1alpha1.OAuthClient) bool {
	return oc.Spec.Authentication != nil && oc.Spec.Authentication.Public != nil
}

// redirectURIs are those of oc, if it may use them.
func redirectURIs(oc *v1alpha1.OAuthClient, grantTypes []string) []string {
	if !slices.Contains(grantTypes, string(v1alpha1.AuthorizationCode)) {
		return nil
	}
	out := make([]string, 0, len(oc.Spec.RedirectURIs))
	for _, uri := range oc.Spec.RedirectURIs {
		out = append(out, string(uri))
	}
	return out
}

func effective(oc *v1alpha1.OAuthClient, policies []v1alpha1.PolicyName, rules Rules) v1alpha1.EffectiveRules {
	scopes := both(matched(rules.Scopes), unmatched(rules.DeniedScopes))
	out := v1alpha1.EffectiveRules{
		Policies:                policies,
		GrantTypes:              decide(oc.Spec.GrantTypes, listed(rules.GrantTypes)),
		Scopes:                  decide(oc.Spec.Scopes, scopes),
		DefaultScopes:           decide(oc.Spec.DefaultScopes, scopes),
		Audiences:               decide(oc.Spec.Audiences, listed(rules.Audiences)),
		ResourceServerAudiences: decide([]v1alpha1.Audience(nil), nil),
		AccessToken:             accessToken(oc.Spec.AccessToken, rules),
	}
	if oc.Spec.DefaultScopes == nil {
		out.DefaultScopes.Values = out.Scopes.Values
	}
	if slices.Contains(out.GrantTypes.Values, string(v1alpha1.RefreshToken)) {
		out.RefreshToken = refreshToken(oc.Spec.RefreshToken, rules)
	}
	if slices.Contains(out.Scopes.Values, OpenID) {
		out.IDToken = idToken(oc.Spec.IDToken, rules)
	}
	out.Consent = consent(oc, rules, out.GrantTypes.Values, out.Scopes.Values)
	if oc.Spec.ResourceServer != nil {
		out.ResourceServerAudiences = decide(oc.Spec.ResourceServer.Audiences, listedBySome(rules.ResourceServers))
	}
	return out
}

// decide splits wanted into what is allowed, in the client's order, and what is not.
func decide[T ~string](wanted []T, allowed verdict) *v1alpha1.DecidedValues {
	out := &v1alpha1.DecidedValues{DecidedBy: v1alpha1.DecidedByClient}
	if wanted == nil {
		out.DecidedBy = v1alpha1.DecidedByBuiltin
	}
	for _, value := range wanted {
		if by, ok := allowed(string(value)); ok {
			out.Values = append(out.Values, string(value))
		} else {
			out.Removed = append(out.Removed, v1alpha1.RemovedValue{Value: string(value), DecidedBy: by})
		}
	}
	return out
}
