package kube

import (
	"context"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

// maxApplied bounds the revocations of people that wait to be told. Those beyond revoke all the same, and are told of at the
// next start.
const maxApplied = 1000

var _ store.Teller = (*Store)(nil)

// Tell adds somebody who hears of endings from now on.
func (s *Store) Tell(to store.Endings) { s.audience.Tell(to) }

// sweepSessions tells of login sessions that have ended, a minute or two later, since clocks differ: the session whose turn it
// is, with all that one client has of it.
func (s *Store) sweepSessions(ctx context.Context) {
	audience := s.audience.All()
	for len(audience) > 0 && s.Grants.sessionIsDue() && s.pace.Wait(ctx) == nil {
		over := s.Grants.over()
		if over == nil {
			return
		}
		for _, to := range audience {
			to.SessionOver(ctx, over)
		}
	}
}

func (g *Grants) sessionIsDue() bool {
	g.known.mu.RLock()
	defer g.known.mu.RUnlock()
	return g.ends.IsDue(g.now())
}

// over finds a session that has ended, and all that one client of it has there; nil where there is none. If nobody does
// anything about it, it comes again.
func (g *Grants) over() []store.Grant {
	now := g.now()
	g.known.mu.Lock()
	defer g.known.mu.Unlock()
	id, ok := g.ends.Next(now)
	if !ok {
		return nil
	}
	g.ends.Set(id, now.Add(skew))
	one := g.known.rows[id].value
	return index.Awaiting(g.these(g.bySession.Of(one.SessionID)), &one)
}

// came hears of a revocation, at the latest when all have been listed. Those of people are told of.
func (r *Revocations) came(name string, w written) {
	if !r.ofPeople(name, w) || !r.now().Before(w.Expires) {
		return
	}
	select {
	case r.applied <- name:
	default:
	}
}

// tellRevoked tells of revocations of people, until ctx ends, as soon as it is known what they are about. Whom a name means is
// told when it stands in the status.
func (s *Store) tellRevoked(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-s.complete:
	}
	for {
		select {
		case <-ctx.Done():
			return
		case name := <-s.Revocations.applied:
			s.judge(ctx, name, false)
			s.apply(ctx, name)
		}
	}
}

// apply tells of all that a revocation is about and clients are to hear of.
func (s *Store) apply(ctx context.Context, name string) {
	is, ok := s.Revocations.known.get(name)
	if !ok || is.value.TokenID != "" {
		return
	}
	for _, each := range is.value.each() {
		if each.SessionID+each.Subject == "" && each.User == (store.User{}) {
			continue
		}
		for _, to := range s.audience.All() {
			to.RevocationApplied(ctx, each)
		}
	}
}

// sweepOnce deletes what is due now, and tells first of the sessions that are over.
func (s *Store) sweepOnce(ctx context.Context) {
	s.sweepSessions(ctx)
	s.judgeWaiting(ctx)
	sweepKind(ctx, s, grants, s.Grants.known)
	sweepKind(ctx, s, marks, s.Marks.known)
	sweepKind(ctx, s, revocations, s.Revocations.known)
}
