package kube

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"tokenwright.dev/issuer/store"
)

const (
	// lookEvery is how often grants are looked through for those that are over, or not any more; at most twice as long.
	lookEvery = time.Minute
	// marksALook bounds what one look finds. With the pace of the store, one revocation of all grants there are is no storm.
	marksALook = 1000
	// worthMarking is how long a grant must still be kept for a mark: it is deleted soon otherwise, which says as much.
	worthMarking = 5 * time.Minute
)

// markOver writes into grants that they are over, for people who list them, until ctx ends. It looks into memory only, and
// goes by what is true now: whatever a crash leaves out is found again, and what another replica wrote is known by its watch.
func (s *Store) markOver(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait.Jitter(lookEvery, 1)):
			s.markOnce(ctx)
		}
	}
}

// markOnce marks what it finds, at the pace of the store.
func (s *Store) markOnce(ctx context.Context) {
	if !s.arrivedAll() {
		return
	}
	for _, id := range s.mismarked(marksALook) {
		if s.pace.Wait(ctx) != nil || !s.mark(ctx, id) {
			return
		}
	}
}

func (s *Store) arrivedAll() bool {
	select {
	case <-s.complete:
		return true
	default:
		return false
	}
}

// mismarked finds grants, so many at most, whose mark is not what it should be. It holds the lock for one grant at a time,
// since requests wait for it.
func (s *Store) mismarked(most int) []string {
	var found []string
	var looked store.Grant // one for all: there may be a hundred thousand
	audience, now := s.audience.All(), s.config.Now()
	for _, id := range s.Grants.known.names() {
		if len(found) == most {
			break
		}
		r, ok := s.Grants.known.get(id)
		if looked = r.value; !ok {
			continue
		}
		if why, known := over(&looked, audience, now); known && why != looked.Over {
			found = append(found, id)
		}
	}
	return found
}

// over is why a grant is over, if anybody can tell yet and it matters.
func over(grant *store.Grant, audience []store.Endings, now time.Time) (store.Over, bool) {
	if !grant.RevokedAt.IsZero() || grant.SweptAfter().Sub(now) < worthMarking {
		return "", false
	}
	for _, who := range audience {
		if why, known := who.Over(grant); known {
			return why, true
		}
	}
	return "", false
}

// mark writes into one grant why it is over, unless another replica was faster or that is not so any more. It returns false
// if the API server cannot be asked now.
func (s *Store) mark(ctx context.Context, id string) bool {
	grant, ok := s.Grants.atHand(id)
	if !ok {
		return true
	}
	why, known := over(&grant, s.audience.All(), s.config.Now())
	if !known || why == grant.Over {
		return true
	}
	grant.Over = why
	_, err := s.Grants.Update(ctx, grant)
	if err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		return true
	}
	s.config.Log.WarnContext(ctx, "Failed to note that a grant is over", "grant", id, "error", err)
	return false
}
