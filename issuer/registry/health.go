package registry

import (
	"maps"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// provenance is what is known of a Secret of an identity provider besides what it holds.
type provenance struct {
	version string // that is in use; empty where that is not known
	refused error  // why the latest one is not; nil if it is
}

// OnPeople has told called when something may have changed that people log in by: identity providers, their users, or client
// secrets. It is called by whoever changes the registry, so it must not wait. It is set once, before the registry is fed.
func (r *Registry) OnPeople(told func()) { r.people = told }

// RefuseSecret notes that the present version of a Secret cannot be used, and why. What was taken from a former one stays.
func (r *Registry) RefuseSecret(secret string, why error) {
	r.change(func(next *Snapshot) { next.people.note(secret, func(p *provenance) { p.refused = why }) })
}

// PeopleTold notes that the watch has told of all Secrets of identity providers: what is missing from now on is not there.
func (r *Registry) PeopleTold() { r.change(func(next *Snapshot) { next.people.told = true }) }

// note changes what is known of a Secret. Whoever reads it has a copy.
func (p *people) note(secret string, change func(*provenance)) {
	all := maps.Clone(p.secretsAre)
	if all == nil {
		all = map[string]provenance{}
	}
	is := all[secret]
	change(&is)
	all[secret] = is
	p.secretsAre = all
}

// onlyNotes forgets what is known of other Secrets.
func (p *people) onlyNotes(stays func(secret string) bool) {
	p.secretsAre = maps.Clone(p.secretsAre)
	maps.DeleteFunc(p.secretsAre, func(name string, _ provenance) bool { return !stays(name) })
}

// PeopleKnown tells whether all has arrived that people log in by, so that what is missing is not there. It says so once the
// watch has told of the Secrets and there is a configuration.
func (s *Snapshot) PeopleKnown() bool { return s.config != nil && s.people.told }

// UsersHealth judges what there is of the users of an identity provider.
func (r *Registry) UsersHealth(provider *registration.IdentityProvider) login.Health {
	s := r.Snapshot()
	users, is := s.people.users[provider.Name], s.people.secretsAre[provider.UsersSecret]
	return login.UsersHealth(provider.Name, login.UsersFile{
		Secret: provider.UsersSecret, Users: users, Version: is.version, Refused: is.refused,
	}, r.hashing)
}

// RefusedSecret is why the present version of a Secret cannot be used; nil where none has arrived, or it can.
func (s *Snapshot) RefusedSecret(secret string) error { return s.people.secretsAre[secret].refused }
