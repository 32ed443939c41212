package policy

import (
	"slices"
	"strings"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
)

// consent reads who is to be asked. A policy that says Skip and lists no scopes skips none: its author may have left the list
// for later, and what is not listed is asked about.
func (r *Rules) consent(name v1alpha1.PolicyName, spec *v1alpha1.TokenPolicySpec) {
	r.Consent = choice(name, spec.Consent)
	if spec.Consent != v1alpha1.ConsentSkip {
		return
	}
	var allowed []v1alpha1.ScopePattern
	if spec.Scopes != nil {
		allowed = spec.Scopes.Allowed
	}
	r.SkippedScopes = limit(name, allowed)
}

// consent is what people are asked by oc, which has scopes in force; nil where no policy says anything about it, and where
// people are always asked.
func consent(oc *v1alpha1.OAuthClient, rules Rules, grantTypes, scopes []string) *v1alpha1.EffectiveConsent {
	if rules.Consent.By == "" || !slices.Contains(grantTypes, string(v1alpha1.AuthorizationCode)) {
		return nil
	}
	out := &v1alpha1.EffectiveConsent{Value: rules.Consent.Value, DecidedBy: rules.Consent.By}
	switch {
	case out.Value != v1alpha1.ConsentSkip:
	case isPublic(oc) && !slices.ContainsFunc(oc.Spec.RedirectURIs, func(uri v1alpha1.RedirectURI) bool { return proves(string(uri)) }):
		out.Value, out.DecidedBy = v1alpha1.ConsentRequired, v1alpha1.DecidedByBuiltin
	default:
		out.SkippedScopes = skipped(rules.SkippedScopes, scopes)
	}
	return out
}

// skipped are those of scopes that all limits list. That a client keeps its access while nobody is there is never meant by a
// pattern.
func skipped(limits []Limit, scopes []string) []string {
	if len(limits) == 0 {
		return nil
	}
	byPattern, byName := matched(limits), listed(limits)
	var out []string
	for _, scope := range scopes {
		lists := byPattern
		if scope == OfflineAccess {
			lists = byName
		}
		if _, ok := lists(scope); ok {
			out = append(out, scope)
		}
	}
	return out
}

// proves tells whether only the client itself gets what is sent to its redirect URI. A loopback address and an app's own
// scheme may be any program's on that machine (RFC 8252 section 8.6, RFC 9700 section 4.1.1).
func proves(redirectURI string) bool { return strings.HasPrefix(redirectURI, "https://") }

// registerConsent writes what people are not asked about into the registration.
func registerConsent(r *registration.Registration, is *v1alpha1.EffectiveConsent) {
	if is == nil || is.Value != v1alpha1.ConsentSkip || len(is.SkippedScopes) == 0 {
		return
	}
	extras(r).SkipConsent = &registration.SkipConsent{Policy: string(is.DecidedBy), Scopes: is.SkippedScopes}
}

// extras are those of r, which gets some if it has none.
func extras(r *registration.Registration) *registration.Extras {
	if r.Extras == nil {
		r.Extras = new(registration.Extras)
	}
	return r.Extras
}

// SkipsConsent tells whether the platform lets the client have scopes without a question to the resource owner, where the
// answer goes to redirectURI, and by which policy. A request without scopes is asked about.
func (c *Client) SkipsConsent(scopes []string, redirectURI string) (policy string, ok bool) {
	if c.registered.Extras == nil || c.registered.Extras.SkipConsent == nil || len(scopes) == 0 {
		return "", false
	}
	skip := c.registered.Extras.SkipConsent
	asked := slices.ContainsFunc(scopes, func(scope string) bool { return !slices.Contains(skip.Scopes, scope) })
	if asked || c.registered.Public && !proves(redirectURI) {
		return "", false
	}
	return skip.Policy, true
}
