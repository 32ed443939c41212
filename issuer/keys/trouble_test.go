package keys_test

import (
	"slices"
	"time"

	"tokenwright.dev/issuer/keys"
)

// trouble does to the cluster what clusters do.
func (s *simulation) trouble() {
	for _, c := range append(s.clocks(), &s.operator) {
		if c.leap != 0 && !s.now.Before(c.rightAt) {
			c.leap, c.leaptAt = 0, s.now
		}
	}
	switch r := s.replicas[s.rand.IntN(len(s.replicas))]; s.rand.IntN(120) {
	case 0, 1:
		s.leap(&r.clock)
	case 2, 3:
		s.leap(&s.operator)
	case 4: // a node that runs both
		s.leap(&r.clock)
		if r.leap != 0 {
			s.operator.leap, s.operator.leaptAt, s.operator.rightAt = r.leap, r.leaptAt, r.rightAt
		}
	case 5, 6:
		r.stuckUntil = s.now.Add(s.upTo(3*time.Minute, false))
	case 7:
		r.stuckUntil = s.now.Add(s.upTo(6*time.Hour, false))
	case 8:
		if len(s.replicas) < 5 {
			s.join()
		}
	case 9:
		if len(s.replicas) > 2 && r.leap == 0 && s.right() > 2 {
			s.replicas = slices.DeleteFunc(s.replicas, func(other *replica) bool { return other == r })
		}
	case 10:
		s.plan.RotationInterval = []time.Duration{time.Hour, 5 * time.Hour, 24 * time.Hour, 240 * time.Hour}[s.rand.IntN(4)]
		s.plan.Lead = min(s.plan.Lead, s.plan.RotationInterval/2)
	case 11, 12:
		s.plan.Algorithms = [][]string{
			{keys.ES256}, {keys.EdDSA}, {keys.ES256, keys.EdDSA}, {keys.EdDSA, keys.ES256},
		}[s.rand.IntN(4)]
	case 13:
		s.raise(time.Duration(s.rand.IntN(86400)) * time.Second)
	case 14:
		s.plan.Lead = []time.Duration{0, 30 * time.Minute, min(24*time.Hour, s.plan.RotationInterval/2)}[s.rand.IntN(3)]
	case 15:
		s.revoke()
	}
}

// revoke lists some key of the ring, at times all, and forgets an older one.
func (s *simulation) revoke() {
	for _, i := range s.rand.Perm(len(s.ring.Keys))[:1+s.rand.IntN(len(s.ring.Keys))] {
		s.plan.Revoked = append(s.plan.Revoked, s.ring.Keys[i].JWK.KeyID)
	}
	s.plan.Revoked = s.plan.Revoked[max(0, len(s.plan.Revoked)-5):]
	s.revokedAt = s.now
}

// mending tells whether a key was revoked of late, so that others may sign sooner or later than was said.
func (s *simulation) mending() bool {
	return !s.revokedAt.IsZero() && s.now.Sub(s.revokedAt) < 3*time.Hour
}

// leap moves a clock by minutes, hours or days, as long as one clock stays right: if all agree, nobody can know better.
func (s *simulation) leap(c *clock) {
	if s.right() < 2 || c.leap != 0 {
		return
	}
	far := []time.Duration{time.Hour, 24 * time.Hour, 10 * 24 * time.Hour}[s.rand.IntN(3)]
	c.leap = 10*time.Minute + s.upTo(far, false)
	if s.chance(0.5) {
		c.leap = -c.leap
	}
	c.leaptAt, c.rightAt = s.now, s.now.Add(s.upTo(8*time.Hour, false))
}

// right counts the replicas whose clock is.
func (s *simulation) right() int {
	n := 0
	for _, c := range s.clocks() {
		if c.leap == 0 {
			n++
		}
	}
	return n
}

func (s *simulation) clocks() []*clock {
	var out []*clock
	for _, r := range s.replicas {
		out = append(out, &r.clock)
	}
	return out
}

// notSilent holds the time in which nothing signs to Lead, whatever replicas say.
func (s *simulation) notSilent(ring keys.Ring, world keys.World) {
	for _, k := range ring.Keys {
		if k.StateAt(world.Late) == keys.Active {
			return
		}
	}
	for _, k := range ring.Keys {
		if k.StateAt(world.Late) == keys.Published {
			return // which replicas sign with, where nothing else is active
		}
	}
	for _, k := range ring.Keys {
		if pending(k) && (world.Loaded || !world.Late.Before(k.CreatedAt.Add(keys.Lead))) {
			s.fail("nothing signs, and %v waits", one(k))
		}
	}
}

// notTwice holds a rotation to its interval, as true time has it.
func (s *simulation) notTwice(algorithms []string) {
	for _, algorithm := range algorithms {
		if s.rotations++; s.mending() {
			continue
		}
		for _, k := range s.ring.Keys {
			due := k.SignFrom.Add(s.plan.RotationInterval - max(s.plan.Lead, keys.Lead) - tolerance)
			if k.JWK.Algorithm == algorithm && k.SignUntil.IsZero() && s.now.Before(due) {
				s.fail("a new key for %s, though %s is due at %v only", algorithm, one(k), due)
			}
		}
	}
}
