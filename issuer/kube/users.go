package kube

import (
	"crypto/sha256"
	"errors"
	"slices"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/login"
)

const entriesRefused = string(audit.UserEntriesRefused)

// useUsers takes a file of users into use. Entries that cannot be read are told once for each version of the file, however
// often the watch brings it; the others count.
func (s *secretStore) useUsers(compiled *item) {
	err := s.Registry.UseUsersAs(compiled.name, compiled.version, compiled.users, compiled.written)
	partly, ok := errors.AsType[*login.RefusedError](err)
	switch {
	case ok && !errors.Is(err, login.ErrTooCostly):
		if s.told.entries(compiled.name, compiled.users, len(partly.Refusals), s.Metrics) {
			s.Log.Warn(entriesRefused, "secret", compiled.name, "entries", len(partly.Refusals), "cause", partly)
		}
	case err != nil:
		s.unreadable("Secret", compiled.name, err)
	default:
		s.told.entries(compiled.name, compiled.users, 0, s.Metrics)
	}
}

// toldUsers remembers of which versions of files of users something was told, by Secret. The zero value is ready to use.
type toldUsers struct {
	of map[string][sha256.Size]byte
}

// entries notes how many entries of a file were refused, and tells whether this version of it is new.
func (t *toldUsers) entries(secret string, file []byte, refused int, metrics *audit.Metrics) (isNew bool) {
	metrics.UserEntries(secret, refused)
	version := sha256.Sum256(file)
	before, known := t.of[secret]
	if t.of == nil {
		t.of = map[string][sha256.Size]byte{}
	}
	t.of[secret] = version
	return !known || before != version
}

// forget notes that a Secret is gone.
func (t *toldUsers) forget(secret string, metrics *audit.Metrics) {
	delete(t.of, secret)
	metrics.NoUserEntries(secret)
}

// only forgets all Secrets but these.
func (t *toldUsers) only(present []string, metrics *audit.Metrics) {
	for secret := range t.of {
		if !slices.Contains(present, secret) {
			t.forget(secret, metrics)
		}
	}
}
