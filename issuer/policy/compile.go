package policy

import (
	"cmp"
	"strings"
	"time"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// Built-in values, for what neither the client nor a policy says.
const (
	DefaultAccessTokenLifetime = 10 * time.Minute
	MaxAccessTokenLifetime     = time.Hour
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
	return Compiled{
		Effective: effective,
		Registration: registration.Registration{
			Version:  registration.Version,
			ClientID: ClientID(oc),
			Owner: registration.Owner{
				Namespace: oc.Namespace, Name: oc.Name, UID: string(oc.UID), Generation: oc.Generation,
			},
			GrantTypes:          effective.GrantTypes.Values,
			Scopes:              effective.Scopes.Values,
			DefaultScopes:       effective.DefaultScopes.Values,
			Audiences:           effective.Audiences.Values,
			Guards:              effective.ResourceServerAudiences.Values,
			AccessTokenLifetime: int64(effective.AccessToken.Lifetime.Value.Std() / time.Second),
		},
	}
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

// accessToken takes the client's wish, or else the default, and clamps it to the longest that is allowed.
func accessToken(wishes *v1alpha1.AccessTokenWishes, rules Rules) *v1alpha1.EffectiveAccessToken {
	longest := orBuiltin(rules.MaxLifetime, MaxAccessTokenLifetime)
	lifetime := orBuiltin(rules.DefaultLifetime, DefaultAccessTokenLifetime)
	if wishes != nil && wishes.Lifetime != "" {
		lifetime = Bound{By: v1alpha1.DecidedByClient, Value: wishes.Lifetime.Std()}
	}
	if longest.Value < lifetime.Value {
		lifetime = longest
	}
	return &v1alpha1.EffectiveAccessToken{Lifetime: lifetime.decided(), MaxLifetime: longest.decided()}
}

func orBuiltin(b Bound, builtin time.Duration) Bound {
	if b.Value == 0 {
		return Bound{By: v1alpha1.DecidedByBuiltin, Value: builtin}
	}
	return b
}

func (b Bound) decided() v1alpha1.DecidedDuration {
	return v1alpha1.DecidedDuration{Value: v1alpha1.DurationOf(b.Value), DecidedBy: b.By}
}
