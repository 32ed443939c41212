package keys

import (
	"slices"
	"time"
)

// MaxRevoked is how many revoked keys a ring remembers at most. Those that the plan lists stay, and of the others the latest.
const MaxRevoked = 16

// revoke takes the keys out that the plan says must go, whatever state they are in: every replica that loads the ring stops
// to believe them. It waits for no clock and no report, and a plan that no longer lists a key does not bring it back.
func (s *Step) revoke(plan Plan, world World) {
	before := len(s.Ring.Keys)
	for _, kid := range plan.Revoked {
		i := slices.IndexFunc(s.Ring.Keys, func(k Key) bool { return k.JWK.KeyID == kid })
		if i < 0 {
			continue
		}
		k := s.Ring.Keys[i]
		s.Ring.Keys = slices.Delete(s.Ring.Keys, i, i+1)
		s.Ring.Revoked = append(s.Ring.Revoked, Revoked{
			KID: kid, Algorithm: k.JWK.Algorithm, CreatedAt: k.CreatedAt, SignFrom: k.SignFrom, RevokedAt: seconds(world.Late),
		})
		s.close(k, world)
		s.miss(k, world)
	}
	if len(s.Ring.Keys) < before {
		s.Changed = true
		s.keepEnded(world)
	}
}

// close closes the gap that k leaves: what was to end for it goes on, and what was to follow it comes sooner.
func (s *Step) close(k Key, world World) {
	soon := seconds(world.Late.Add(Lead))
	for i, other := range s.Ring.Keys {
		if other.JWK.Algorithm != k.JWK.Algorithm || other.SignFrom.IsZero() {
			continue
		}
		if other.SignUntil.Equal(k.SignFrom) && other.SignUntil.After(world.Late) {
			s.Ring.Keys[i].SignUntil = time.Time{}
		}
		if other.SignFrom.Equal(k.SignUntil) && other.SignFrom.After(soon) {
			s.Ring.Keys[i].SignFrom = soon
		}
	}
}

// miss notes that another key is wanted soon in the place of k, unless k had ended or another is there.
func (s *Step) miss(k Key, world World) {
	ended := !k.SignUntil.IsZero() && !k.SignUntil.After(world.Early)
	_, next := s.newest(k.JWK.Algorithm, dated)
	if ended || next && s.signs(world.Early) && s.signs(world.Late) || slices.Contains(s.Ring.Urgent, k.JWK.Algorithm) {
		return
	}
	s.Ring.Urgent = append(slices.Clone(s.Ring.Urgent), k.JWK.Algorithm)
}

// calm forgets the algorithms whose revoked keys have been replaced, or need not be.
func (s *Step) calm(plan Plan, world World) {
	lasts := slices.ContainsFunc(plan.Algorithms, func(algorithm string) bool {
		_, next := s.newest(algorithm, dated)
		return next
	})
	if len(s.Ring.Urgent) == 0 || !lasts || !s.signs(world.Early) || !s.signs(world.Late) {
		return
	}
	waiting := slices.DeleteFunc(slices.Clone(s.Ring.Urgent), func(algorithm string) bool {
		_, next := s.newest(algorithm, dated)
		return next || !slices.Contains(plan.Algorithms, algorithm)
	})
	s.Changed = s.Changed || len(waiting) < len(s.Ring.Urgent)
	s.Ring.Urgent = waiting
}

// hurry lets what there is sign at once where nothing signs any more, since keys were revoked: what is published, and what
// is pending as soon as every live replica serves it. None is waited for longer than Lead. Where nothing signs for another
// reason, such as a clock that leapt, no time is touched.
func (s *Step) hurry(world World) {
	if len(s.Ring.Urgent) == 0 || s.signs(world.Late) {
		return
	}
	began := map[string]bool{} // algorithms that sign now
	for i, k := range s.Ring.Keys {
		waits := k.StateAt(world.Late) == Published || k.SignFrom.IsZero() && world.Loaded || k.Overdue(world.Late)
		if !waits || began[k.JWK.Algorithm] {
			continue
		}
		s.Ring.Keys[i].SignFrom, s.Changed, began[k.JWK.Algorithm] = world.already(), true, true
	}
}

// keepEnded keeps the keys that have ended for what is made under them until another is due: a Sealer has no choice then.
func (s *Step) keepEnded(world World) {
	if s.signs(world.Late) || !world.agreed() {
		return
	}
	until := s.forgotten(world).Add(Lead + patience)
	for i, k := range s.Ring.Keys {
		if !k.LastExpiry.IsZero() {
			s.Ring.Keys[i] = k.keepFor(until)
		}
	}
}

// signs tells whether anything signs at t.
func (s *Step) signs(t time.Time) bool {
	return slices.ContainsFunc(s.Ring.Keys, func(k Key) bool { return k.StateAt(t) == Active })
}

// forget drops what nobody needs to know of revoked keys any more.
func (s *Step) forget(plan Plan, world World) {
	excess := len(s.Ring.Revoked) - MaxRevoked
	kept := s.Ring.Revoked[:0]
	for _, gone := range s.Ring.Revoked {
		over := !gone.LastExpiry.IsZero() && world.Early.After(gone.LastExpiry.Add(Skew))
		listed := slices.Contains(plan.Revoked, gone.KID)
		if listed || !over && excess <= 0 {
			kept = append(kept, gone)
			if !listed && !gone.LastExpiry.IsZero() {
				s.wake(gone.LastExpiry.Add(Skew+time.Second), world)
			}
			continue
		}
		excess--
		s.Changed = true
	}
	s.Ring.Revoked = kept
}
