package tokenissuer

import (
	"time"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
)

// configuration is what the issuer is told of itself.
func configuration(ti *v1alpha1.TokenIssuer) registration.IssuerConfig {
	config := registration.IssuerConfig{
		URL:               ti.Spec.URL,
		Others:            otherURLs(ti),
		Algorithms:        policy.AccessTokenAlgorithms(&ti.Spec),
		IdentityProviders: identityProviders(ti.Spec.IdentityProviders),
		Sessions:          sessions(ti.Spec.Sessions),
		Branding:          branding(ti.Spec.Branding),
	}
	if ti.Spec.Storage != nil {
		config.Storage = string(ti.Spec.Storage.Type)
	}
	for _, scope := range ti.Spec.Scopes {
		if config.Scopes == nil {
			config.Scopes = map[string]string{}
		}
		config.Scopes[string(scope.Name)] = string(scope.Description)
	}
	return config
}

// otherURLs are those besides the URL in force, as they were decided for this pass. One that is prepared to come back has no
// end meanwhile.
func otherURLs(ti *v1alpha1.TokenIssuer) []registration.OtherURL {
	var out []registration.OtherURL
	for _, p := range ti.Status.PreviousURLs {
		if p.URL != ti.Status.PendingURL {
			out = append(out, registration.OtherURL{URL: p.URL, Until: p.Until.UTC()})
		}
	}
	if ti.Status.PendingURL != "" {
		out = append(out, registration.OtherURL{URL: ti.Status.PendingURL})
	}
	return out
}

func identityProviders(list []v1alpha1.IdentityProvider) []registration.IdentityProvider {
	out := make([]registration.IdentityProvider, 0, len(list))
	for _, p := range list {
		provider := registration.IdentityProvider{Name: p.Name, DisplayName: string(p.DisplayName)}
		if p.Users != nil {
			provider.UsersSecret = p.Users.SecretRef.Name
		}
		if p.OIDC != nil {
			provider.OIDC = upstream(p.OIDC)
		}
		out = append(out, provider)
	}
	return out
}

// upstreamScopes are asked for besides openid where spec names none.
var upstreamScopes = []v1alpha1.Scope{"profile", "email"}

func upstream(p *v1alpha1.OIDCProvider) *registration.OIDCProvider {
	out := &registration.OIDCProvider{Issuer: p.IssuerURL, ClientID: p.ClientID, Scopes: []string{policy.OpenID}}
	if p.ClientSecretRef != nil {
		out.ClientSecret = p.ClientSecretRef.Name
	}
	scopes := p.Scopes
	if scopes == nil {
		scopes = upstreamScopes
	}
	for _, scope := range scopes {
		if scope != policy.OpenID {
			out.Scopes = append(out.Scopes, string(scope))
		}
	}
	for _, c := range p.Claims {
		out.Claims = append(out.Claims, registration.ClaimMapping{Name: c.Name, Expression: c.Expression})
	}
	return out
}

func sessions(s *v1alpha1.Sessions) registration.Sessions {
	if s == nil {
		return registration.Sessions{}
	}
	return registration.Sessions{
		Lifetime:     int64(s.Lifetime.Std() / time.Second),
		IdleLifetime: int64(s.IdleLifetime.Std() / time.Second),
	}
}

// sessionLifetime is how long the sessions live that the TokenIssuer asks for; zero if it does not say.
func sessionLifetime(ti *v1alpha1.TokenIssuer) time.Duration {
	return time.Duration(sessions(ti.Spec.Sessions).Lifetime) * time.Second
}

func branding(b *v1alpha1.Branding) registration.Branding {
	if b == nil {
		return registration.Branding{}
	}
	out := registration.Branding{Name: string(b.Name)}
	if b.Logo != nil {
		out.Logo, out.LogoType = b.Logo.Data, string(b.Logo.MediaType)
	}
	return out
}
