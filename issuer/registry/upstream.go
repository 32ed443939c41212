package registry

import (
	"maps"
	"slices"
)

// UseUpstreamSecret replaces the client secret, at an identity provider elsewhere, that a Secret holds.
func (r *Registry) UseUpstreamSecret(secret, value string) {
	r.change(func(next *Snapshot) {
		next.people.secrets = maps.Clone(next.people.secrets)
		if next.people.secrets == nil {
			next.people.secrets = map[string]string{}
		}
		next.people.secrets[secret] = value
		next.people.note(secret, func(p *provenance) { *p = provenance{} })
	})
}

// ForgetUpstreamSecret takes the client secret of a Secret away: it is gone.
func (r *Registry) ForgetUpstreamSecret(secret string) {
	r.keepUpstreamSecrets(func(name string) bool { return name != secret })
}

// OnlyUpstreamSecrets takes away the client secrets of all Secrets but these.
func (r *Registry) OnlyUpstreamSecrets(secrets []string) {
	r.keepUpstreamSecrets(func(name string) bool { return slices.Contains(secrets, name) })
}

func (r *Registry) keepUpstreamSecrets(stays func(secret string) bool) {
	r.change(func(next *Snapshot) {
		next.people.secrets = maps.Clone(next.people.secrets)
		maps.DeleteFunc(next.people.secrets, func(name, _ string) bool { return !stays(name) })
		next.people.onlyNotes(stays)
	})
}

// UpstreamSecret is the client secret that a Secret holds.
func (s *Snapshot) UpstreamSecret(secret string) (string, bool) {
	value, ok := s.people.secrets[secret]
	return value, ok
}

// Elsewhere tells whether people log in by that identity provider at another issuer, which knows them.
func (s *Snapshot) Elsewhere(provider string) bool {
	if s.config == nil {
		return false
	}
	for i := range s.config.IdentityProviders {
		if s.config.IdentityProviders[i].Name == provider {
			return s.config.IdentityProviders[i].OIDC != nil
		}
	}
	return false
}
