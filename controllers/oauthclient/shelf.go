package oauthclient

import (
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// maxShelved bounds, in bytes, what the shelf keeps of one client. Most registrations take a quarter of it; a greater one
// is read each time.
const maxShelved = 4 << 10

// shelf keeps registrations as they were last stored, small, for passes in which a read each is too much. What stands under
// a resourceVersion never changes, so whoever knows that it is still the one that counts need not read it: if that is wrong,
// writing fails. It decides nothing; what it lacks is read. Its zero value is ready, and it is safe for concurrent use.
type shelf struct {
	mu     sync.Mutex
	stored map[types.NamespacedName][]byte
}

// put keeps the registration of a client as the API server answered it; nil if it has none.
func (s *shelf) put(client types.NamespacedName, stored *corev1.Secret) {
	if stored == nil {
		s.forget(client)
		return
	}
	small := *stored
	small.ManagedFields = nil // an update without them leaves them as they are
	data, err := small.Marshal()
	if err != nil || len(data) > maxShelved {
		s.forget(client)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stored == nil {
		s.stored = map[types.NamespacedName][]byte{}
	}
	s.stored[client] = data
}

// take returns the registration of a client of that version; nil if it is not at hand.
func (s *shelf) take(client types.NamespacedName, version string) *corev1.Secret {
	s.mu.Lock()
	data := s.stored[client]
	s.mu.Unlock()
	out := new(corev1.Secret)
	if data == nil || out.Unmarshal(data) != nil || out.ResourceVersion != version {
		return nil
	}
	return out
}

// forget is for a client that is gone.
func (s *shelf) forget(client types.NamespacedName) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.stored, client)
}
