package build

import "tokenwright.dev/api/v1alpha1"

// TokenPolicy makes a policy that selects all and limits nothing, "<namespace>/<name>".
func TokenPolicy(key string, options ...func(*v1alpha1.TokenPolicy)) *v1alpha1.TokenPolicy {
	tp := &v1alpha1.TokenPolicy{ObjectMeta: meta(key)}
	tp.Spec.ClientSelector = selector(nil)
	for _, option := range options {
		option(tp)
	}
	return tp
}

// SelectClients selects clients by their labels.
func SelectClients(labels map[string]string) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) { tp.Spec.ClientSelector = selector(labels) }
}

// SelectNamespaces selects clients by the labels of their namespaces.
func SelectNamespaces(labels map[string]string) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) { tp.Spec.NamespaceSelector = selector(labels) }
}

// SelectNonsense has a selector that is none.
func SelectNonsense() func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) { tp.Spec.ClientSelector = Nonsense() }
}

// AllowGrantTypes bounds the grant types.
func AllowGrantTypes(grantTypes ...string) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.GrantTypes = &v1alpha1.GrantTypeRules{Allowed: strs[v1alpha1.GrantType](grantTypes)}
	}
}

// AllowScopes bounds the scopes.
func AllowScopes(patterns ...string) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.Scopes = &v1alpha1.ScopeRules{Allowed: strs[v1alpha1.ScopePattern](patterns)}
	}
}

// AllowAudiences bounds the audiences.
func AllowAudiences(audiences ...string) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.Audiences = &v1alpha1.AudienceRules{Allowed: strs[v1alpha1.Audience](audiences)}
	}
}

// AllowGuards lists what clients may guard.
func AllowGuards(audiences ...string) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.ResourceServers = &v1alpha1.AudienceRules{Allowed: strs[v1alpha1.Audience](audiences)}
	}
}

// AllowClientIDs lists the client_ids that clients may take outside their namespace's prefix.
func AllowClientIDs(ids ...string) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.ClientIDs = &v1alpha1.ClientIDRules{Allowed: strs[v1alpha1.ClientID](ids)}
	}
}

// Consent says whether people are asked.
func Consent(rule v1alpha1.ConsentRule) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) { tp.Spec.Consent = rule }
}

// MaxLifetime bounds the lifetime of access tokens.
func MaxLifetime(d string) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.AccessToken = &v1alpha1.AccessTokenRules{MaxLifetime: v1alpha1.Duration(d)}
	}
}
