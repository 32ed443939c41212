package endpoint_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
)

// shelf counts what is parked, and can be away.
type shelf struct {
	store.Marks

	mu   sync.Mutex
	put  []store.Mark
	away bool
}

func (s *shelf) Put(ctx context.Context, mark store.Mark) (store.Mark, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		return store.Mark{}, store.ErrUnavailable
	}
	if mark.Kind == grant.ParkedMark {
		s.put = append(s.put, mark)
	}
	return s.Marks.Put(ctx, mark)
}

// lose deletes all that is parked.
func (s *shelf) lose(t *testing.T) {
	t.Helper()
	for _, mark := range s.put {
		if err := s.Delete(t.Context(), mark.Kind, mark.Name); err != nil {
			t.Fatal(err)
		}
	}
}

// shelved is a journey whose stores are those of replicas that come after it, too.
func shelved(t *testing.T) (*journey, *shelf, issuertest.Option) {
	t.Helper()
	kept := &shelf{}
	var stores map[string]store.Stores
	shared := issuertest.With(func(c *issuer.Config) {
		if stores == nil {
			kept.Marks = memory.NewMarks(c.Now)
			grants := memory.NewGrants(c.Now)
			stores = map[string]store.Stores{registration.StorageKubernetes: {
				Grants: grants, Index: grants, Marks: kept, Revocations: memory.NewRevocations(c.Now),
			}}
		}
		c.Stores = stores
	})
	return newJourney(t, shared), kept, shared
}

// laden is a person who brings more than fits.
func (c *journey) laden() string {
	c.foreigner.Says(map[string]any{"groups": groups(20, 50, "department")}, strings.Repeat("r", 1500))
	return request("scope", "openid groups orders:read")
}
