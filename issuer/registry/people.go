package registry

import (
	"errors"
	"maps"
	"slices"
	"time"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/seal"
)

// people is what a snapshot knows of those who log in. The zero value knows nobody.
type people struct {
	ring  *keys.Ring // of sealing keys; nil until there is one
	seal  *seal.Sealer
	users map[string]*login.Users // by identity provider
	files map[string][]byte       // by Secret: the last readable version
	// secrets are our client secrets at identity providers elsewhere, by Secret.
	secrets map[string]string
	// secretsAre says more of the Secrets of both; told that the watch has told of all that there are.
	secretsAre map[string]provenance
	told       bool
}

// UseSealing replaces the sealing ring. A ring that cannot seal is refused, and the former one stays.
func (r *Registry) UseSealing(ring keys.Ring) error {
	if _, err := seal.New(ring, ""); err != nil {
		return err
	}
	r.change(func(next *Snapshot) {
		next.people.ring = &ring
		next.reseal()
	})
	return nil
}

// UseUsers replaces the users that a Secret holds, by a version of just now.
func (r *Registry) UseUsers(secret string, data []byte) error {
	return r.UseUsersOf(secret, data, time.Time{})
}

// UseUsersOf replaces the users that a Secret holds, by a version that was written at that time; zero for just now. What
// those began who are not in it any more, or have another password hash, ends: see OnDepartures.
//
// What cannot be read is refused, and the former version stays: a slip in a file must not end everybody's sessions. So is a
// file whose hashes cost more than there is. Without a former version that is any better it is taken all the same, and the
// error returned: no password of it is checked, but whoever is logged in stays, and whoever leaves the file goes.
//
// A file with entries that cannot be read is taken without these, and the error is, or wraps, a *login.RefusedError: whoever
// is meant by them goes on with what they began, as far as this replica has read a version with them, and cannot log in.
func (r *Registry) UseUsersOf(secret string, data []byte, written time.Time) error {
	return r.UseUsersAs(secret, "", data, written)
}

// UseUsersAs is UseUsersOf, for a version that has a name: the Secret's resourceVersion.
func (r *Registry) UseUsersAs(secret, version string, data []byte, written time.Time) error {
	users, err := login.ParseUsers("", data)
	if err != nil {
		r.RefuseSecret(secret, err)
		return err
	}
	costly := users.Afford(r.hashing)
	if costly != nil && r.affordable(secret) {
		r.RefuseSecret(secret, costly)
		return costly
	}
	r.change(func(next *Snapshot) {
		next.people.note(secret, func(p *provenance) { *p = provenance{version: version} })
		next.people.files = maps.Clone(next.people.files)
		if next.people.files == nil {
			next.people.files = map[string][]byte{}
		}
		next.people.files[secret] = data
		r.gather(next, written)
	})
	return errors.Join(costly, users.Refused())
}

// affordable tells whether passwords can be checked by what is known of a Secret.
func (r *Registry) affordable(secret string) bool {
	file, ok := r.Snapshot().people.files[secret]
	if !ok {
		return false
	}
	users, err := login.ParseUsers("", file)
	return err == nil && users.Afford(r.hashing) == nil
}

// ForgetUsers takes the users of a Secret away: it is gone.
func (r *Registry) ForgetUsers(secret string) {
	r.keepUsers(func(name string) bool { return name != secret })
}

// OnlyUsers takes away the users of all Secrets but these.
func (r *Registry) OnlyUsers(secrets []string) {
	r.keepUsers(func(name string) bool { return slices.Contains(secrets, name) })
}

func (r *Registry) keepUsers(stays func(secret string) bool) {
	r.change(func(next *Snapshot) {
		next.people.files = maps.Clone(next.people.files)
		maps.DeleteFunc(next.people.files, func(name string, _ []byte) bool { return !stays(name) })
		next.people.onlyNotes(stays)
		r.gather(next, r.now())
	})
}

// Present tells whether somebody may still log in, and what they began in that epoch still counts (see login.Identity).
// Those of a provider elsewhere are taken to be there as long as the provider is configured: it is asked again when they
// refresh.
func (r *Registry) Present(provider, subject, epoch string) bool {
	known := r.Snapshot()
	if known.Elsewhere(provider) {
		return true
	}
	users, ok := known.Users(provider)
	return ok && users.Holds(subject, epoch)
}

// InDoubt tells whether somebody who is not present may be meant by an entry of a users file that cannot be read.
func (r *Registry) InDoubt(provider, subject, username string) bool {
	users, ok := r.Snapshot().Users(provider)
	return ok && users.InDoubt(subject, username)
}

// Sealer opens and makes sealed values; nil until there are a configuration and a ring.
func (s *Snapshot) Sealer() *seal.Sealer { return s.people.seal }

// SealingRevision is the revision of the sealing ring; zero until there is one.
func (s *Snapshot) SealingRevision() int64 {
	if s.people.ring == nil {
		return 0
	}
	return s.people.ring.Revision
}

// Users are those of a static identity provider.
func (s *Snapshot) Users(provider string) (*login.Users, bool) {
	users, ok := s.people.users[provider]
	return users, ok
}

// Identity finds a person as their identity provider knows them now.
func (s *Snapshot) Identity(provider, subject string) (login.Identity, bool) {
	users, ok := s.people.users[provider]
	if !ok {
		return login.Identity{}, false
	}
	return users.Lookup(subject)
}

// reseal makes the sealer, which depends on the ring and on the URL that its keys follow from.
func (s *Snapshot) reseal() {
	s.people.seal = nil
	if s.config == nil || s.people.ring == nil {
		return
	}
	sealer, err := seal.New(*s.people.ring, s.config.SealingURL())
	if err == nil { // UseSealing has tried the ring
		s.people.seal = sealer.For(s.config.URL)
	}
}

// gather reads the users of each provider, whose subjects depend on the provider's name.
func (s *Snapshot) gather() {
	s.people.users = nil
	if s.config == nil {
		return
	}
	found := map[string]*login.Users{}
	for _, provider := range s.config.IdentityProviders {
		file, ok := s.people.files[provider.UsersSecret]
		if !ok {
			continue
		}
		if users, err := login.ParseUsers(provider.Name, file); err == nil { // UseUsers has read it before
			found[provider.Name] = users
		}
	}
	s.people.users = found
}
