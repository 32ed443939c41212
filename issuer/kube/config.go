package kube

import (
	"sync"

	corev1 "k8s.io/api/core/v1"

	"tokenwright.dev/issuer/registration"
)

// configStore takes the issuer's ConfigMap from a reflector. A configuration that is damaged leaves the last good one in
// force. One that is gone went with its TokenIssuer, so this issuer serves nobody until it is back.
type configStore struct {
	*Feed

	first sync.Once
}

// Add takes the ConfigMap.
func (s *configStore) Add(object any) error { return s.Update(object) }

// Update takes a new version of it.
func (s *configStore) Update(object any) error {
	defer s.heard(configMaps)
	configMap, ok := object.(*corev1.ConfigMap)
	if !ok {
		return errUnexpected
	}
	config, err := registration.DecodeConfig([]byte(configMap.Data[registration.ConfigDataKey]))
	if err != nil {
		s.unreadable("ConfigMap", configMap.Name, err)
		return nil
	}
	s.Registry.Configure(config)
	s.Loaded() // which URLs this replica serves stands in its report
	return nil
}

// Delete ends the service.
func (s *configStore) Delete(any) error {
	s.Registry.Unconfigure()
	s.heard(configMaps)
	return nil
}

// Replace takes the ConfigMap if there is one.
func (s *configStore) Replace(list []any, _ string) error {
	if len(list) == 0 {
		s.Registry.Unconfigure()
	}
	for _, object := range list {
		if err := s.Update(object); err != nil {
			return err
		}
	}
	s.heard(configMaps)
	s.first.Do(s.arrived)
	return nil
}

// Bookmark notes that the watch lives.
func (s *configStore) Bookmark(string) error {
	s.heard(configMaps)
	return nil
}

// Resync has nothing to do.
func (s *configStore) Resync() error { return nil }
