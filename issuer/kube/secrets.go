package kube

import (
	"cmp"
	"errors"
	"strconv"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/registry"
)

// secretStore takes the Secrets of an issuer from a reflector, which calls it from one goroutine at a time.
type secretStore struct {
	*Feed

	first   sync.Once
	told    toldUsers
	revoked revocations
}

var _ cache.TransformingStore = (*secretStore)(nil)

// Transformer compiles Secrets while the first list is still arriving, so that it never stands in memory as a whole.
func (s *secretStore) Transformer() cache.TransformFunc {
	return func(object any) (any, error) { return s.read(object), nil }
}

// read compiles an object of the watch or the list. What cannot be read is counted here, once.
func (s *secretStore) read(object any) item {
	if compiled, ok := object.(item); ok {
		return compiled
	}
	secret, ok := object.(*corev1.Secret)
	if !ok {
		return item{}
	}
	compiled, err := s.Cluster.compile(secret)
	if err != nil && !errors.Is(err, errForeign) {
		s.unreadable("Secret", secret.Name, err)
	}
	return compiled
}

// Add takes a new Secret.
func (s *secretStore) Add(object any) error { return s.Update(object) }

// Update takes a new version of a Secret.
func (s *secretStore) Update(object any) error {
	compiled := s.read(object)
	if compiled.update.Name != "" {
		s.Registry.Apply(compiled.update)
	}
	s.use(compiled)
	s.refuse(compiled)
	s.heard(secrets)
	return nil
}

// Delete ends a registration, a provider's users, or a client secret. The keys of a ring that is gone stay in use: without
// keys nobody is served, and whoever wants that stops the issuer.
func (s *secretStore) Delete(object any) error {
	secret, ok := object.(*corev1.Secret)
	if !ok {
		return errUnexpected
	}
	version, err := strconv.ParseUint(secret.ResourceVersion, 10, 64)
	if err != nil {
		return err
	}
	s.Registry.Delete(secret.Name, version)
	switch secret.Type {
	case v1alpha1.UsersSecretType:
		s.Registry.ForgetUsers(secret.Name)
		s.told.forget(secret.Name, s.Metrics)
	case v1alpha1.UpstreamSecretType:
		s.Registry.ForgetUpstreamSecret(secret.Name)
	case v1alpha1.RegistrationSecretType, v1alpha1.KeyRingSecretType:
	default:
		s.Registry.ForgetUsers(secret.Name) // which it held none of: that it was of another type is known no more
	}
	s.heard(secrets)
	return nil
}

// Replace takes all Secrets that there are. Registrations come before keys: an issuer that can sign knows its clients.
func (s *secretStore) Replace(list []any, resourceVersion string) error {
	version, err := strconv.ParseUint(resourceVersion, 10, 64)
	if err != nil {
		return err
	}
	updates := make([]registry.Update, 0, len(list))
	var others []item
	for _, object := range list {
		compiled := s.read(object)
		if compiled.update.Name != "" {
			updates = append(updates, compiled.update)
		} else {
			others = append(others, compiled)
		}
	}
	s.Registry.Replace(updates, version)
	present := make([]string, 0, len(others))
	for _, other := range others {
		present = append(present, other.name)
		s.use(other)
	}
	s.Registry.OnlyUsers(present)
	s.told.only(present, s.Metrics)
	s.Registry.OnlyUpstreamSecrets(present)
	for _, other := range others {
		s.refuse(other)
	}
	s.Registry.PeopleTold()
	s.heard(secrets)
	s.first.Do(s.arrived)
	return nil
}

// Bookmark notes how far the watch has come.
func (s *secretStore) Bookmark(resourceVersion string) error {
	version, err := strconv.ParseUint(resourceVersion, 10, 64)
	if err != nil {
		return err
	}
	s.Registry.Passed(version)
	s.heard(secrets)
	return nil
}

// Resync has nothing to do.
func (s *secretStore) Resync() error { return nil }

// refuse notes why a Secret cannot be used that people may need. One of another type may have the name of one of theirs.
func (s *secretStore) refuse(compiled item) {
	if compiled.refused != nil {
		s.Registry.RefuseSecret(cmp.Or(compiled.name, compiled.foreign), compiled.refused)
	}
}

// use takes the keys of a ring, a file of users, or a client secret into use. What could not be read is none: the last good
// one stays.
func (s *secretStore) use(compiled item) {
	switch {
	case compiled.signing != nil:
		s.Registry.UseRing(compiled.signing.set, compiled.signing.wire)
		s.Metrics.ResetKeys()
		for _, k := range compiled.signing.keys {
			s.Metrics.SignsFrom(k.kid, k.algorithm, k.signFrom)
		}
		s.tellRevoked(audit.SigningRing, compiled.signing.gone)
	case compiled.sealing != nil:
		if err := s.Registry.UseSealing(*compiled.sealing); err != nil {
			s.unreadable("Secret", compiled.name, err)
			return
		}
		s.tellRevoked(audit.SealingRing, compiled.sealing.Revoked)
	case compiled.users != nil:
		s.useUsers(&compiled)
		return
	case compiled.secret != "":
		s.Registry.UseUpstreamSecret(compiled.name, compiled.secret)
		return
	default:
		return
	}
	s.Loaded()
}
