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
			KID: kid, Algorithm: k.JWK.Algorithm, CreatedAt: k.CreatedAt, SignFrom: k.SignFrom, SignUntil: k.SignUntil,
			RevokedAt: seconds(world.Late),
		})
		s.close(k, world)
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

// replaces tells whether k was made because a key of its algorithm was revoked that signed, or was about to.
func (s *Step) replaces(k Key) bool {
	return slices.ContainsFunc(s.Ring.Revoked, func(gone Revoked) bool {
		ended := !gone.SignUntil.IsZero() && !gone.SignUntil.After(gone.RevokedAt)
		return gone.Algorithm == k.JWK.Algorithm && !ended && !gone.RevokedAt.Before(k.CreatedAt)
	})
}

// hurry lets what there is sign at once where nothing signs any more, since keys were revoked: what is published, and what
// is pending as soon as every live replica serves it. None is waited for longer than Lead.
func (s *Step) hurry(world World) {
	if s.signs(world) {
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
	if s.signs(world) || !world.agreed() {
		return
	}
	until := s.forgotten(world).Add(Lead + patience)
	for i, k := range s.Ring.Keys {
		if !k.LastExpiry.IsZero() {
			s.Ring.Keys[i] = k.keepFor(until)
		}
	}
}

// signs tells whether anything signs now.
func (s *Step) signs(world World) bool {
	return slices.ContainsFunc(s.Ring.Keys, func(k Key) bool { return k.StateAt(world.Late) == Active })
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
