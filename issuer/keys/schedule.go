package keys

import (
	"slices"
	"time"
)

// Step is the outcome of Advance.
type Step struct {
	Ring    Ring
	Changed bool
	// Generate lists the algorithms that need a new key; the caller generates and adds them (Add).
	Generate []string
	// Next is when to look again, never before world.Late; zero when only a change can bring anything new.
	Next time.Time
}

// Advance moves ring one step along its life. It is pure: the caller generates the keys that it asks for, and writes.
func Advance(ring Ring, plan Plan, world World) Step {
	step := Step{Ring: ring}
	step.Ring.Keys, step.Ring.Revoked = slices.Clone(ring.Keys), slices.Clone(ring.Revoked)
	step.revoke(plan, world)
	step.publish(plan, world)
	step.hurry(world)
	step.calm(plan, world)
	step.retireUnlisted(plan, world)
	step.settle(world)
	step.remove(world)
	step.forget(plan, world)
	for _, algorithm := range plan.Algorithms {
		step.rotate(algorithm, plan, world)
	}
	for _, k := range step.Ring.Keys {
		step.wakeFor(k, world)
	}
	if step.Changed {
		step.Ring.Revision++
	}
	return step
}

// Add puts freshly generated keys into ring. In a ring that never had a key that signs they sign at once, since no verifier
// can hold an older set; otherwise they are Pending.
func Add(ring Ring, fresh []Key, world World) Ring {
	if len(fresh) == 0 {
		return ring
	}
	if len(ring.Revoked) == 0 && !slices.ContainsFunc(ring.Keys, func(k Key) bool { return !k.SignFrom.IsZero() }) {
		for i := range fresh {
			fresh[i].SignFrom = world.already()
		}
	}
	ring.Keys = append(slices.Clone(ring.Keys), fresh...)
	ring.Revision++
	return ring
}

// publish schedules Pending keys once every replica serves them, and with each the end of those it follows.
func (s *Step) publish(plan Plan, world World) {
	if !world.Loaded || !world.agreed() {
		return
	}
	for i, k := range s.Ring.Keys {
		if !k.SignFrom.IsZero() {
			continue
		}
		from := seconds(world.Late.Add(s.leadOf(k, plan)))
		s.Ring.Keys[i].SignFrom = from
		for j, other := range s.Ring.Keys {
			if j != i && other.JWK.Algorithm == k.JWK.Algorithm && !other.SignFrom.IsZero() && other.SignUntil.IsZero() {
				s.Ring.Keys[j].SignUntil = from
			}
		}
		s.Changed = true
	}
}

// leadOf is how long a Pending key waits from now on. Where another key signs meanwhile that costs nobody anything, and it
// gives verifiers time that keep a key set for as long as they please: so with the next key of an algorithm, and with the
// first of one that is to sign access tokens. An algorithm that is added beside others is waited for, and so is the key
// that takes the place of a revoked one.
func (s *Step) leadOf(k Key, plan Plan) time.Duration {
	_, signs := s.newest(k.JWK.Algorithm, dated)
	preferred := slices.Index(plan.Algorithms, k.JWK.Algorithm) == 0
	if signs || preferred && !slices.Contains(s.Ring.Urgent, k.JWK.Algorithm) {
		return plan.lead()
	}
	return Lead
}

// retireUnlisted ends the keys of algorithms that are no longer wanted, once a wanted one signs that is not about to end.
func (s *Step) retireUnlisted(plan Plan, world World) {
	if !world.agreed() || !slices.ContainsFunc(s.Ring.Keys, func(k Key) bool {
		return slices.Contains(plan.Algorithms, k.JWK.Algorithm) && k.SignUntil.IsZero() && k.StateAt(world.Early) == Active
	}) {
		return
	}
	for i, k := range s.Ring.Keys {
		if slices.Contains(plan.Algorithms, k.JWK.Algorithm) || !k.SignUntil.IsZero() || k.SignFrom.IsZero() {
			continue
		}
		s.Ring.Keys[i].SignUntil = seconds(latest(world.Late, k.SignFrom).Add(Lead))
		s.Changed = true
	}
}

// settle finds out when the last token under a key expires, once every replica knows that the key has stopped signing:
// one that has not heard of it goes on signing, however long that takes.
func (s *Step) settle(world World) {
	if !world.Loaded || !world.agreed() {
		return
	}
	for i, k := range s.Ring.Keys {
		if k.LastExpiry.IsZero() && k.StateAt(world.Early) == Retiring {
			s.Ring.Keys[i] = k.keepFor(s.forgotten(world))
			s.Changed = true
		}
	}
	for i, gone := range s.Ring.Revoked {
		if gone.LastExpiry.IsZero() {
			s.Ring.Revoked[i].LastExpiry, s.Changed = s.forgotten(world), true
		}
	}
}

// forgotten is when nothing lives any more that was made until now.
func (s *Step) forgotten(world World) time.Time {
	return seconds(world.Late.Add(s.Ring.longest() + time.Second))
}

// remove drops the keys under which nothing lives any more.
func (s *Step) remove(world World) {
	if !world.Loaded {
		return
	}
	before := len(s.Ring.Keys)
	s.Ring.Keys = slices.DeleteFunc(s.Ring.Keys, func(k Key) bool {
		return !k.LastExpiry.IsZero() && world.Early.After(k.LastExpiry.Add(Skew))
	})
	s.Changed = s.Changed || len(s.Ring.Keys) != before
}

// rotate asks for a new key of algorithm where there is none that signs or will, or where that one has signed for long
// enough.
func (s *Step) rotate(algorithm string, plan Plan, world World) {
	newest, ok := s.newest(algorithm, anyKey)
	switch {
	case len(s.Ring.Keys)+len(s.Generate) >= MaxKeys: // somebody changes algorithms faster than keys can end
	case !ok:
		s.Generate = append(s.Generate, algorithm)
	case newest.SignFrom.IsZero(): // Pending: the replicas' next report decides
	default:
		due := newest.SignFrom.Add(plan.RotationInterval - plan.lead())
		if !world.Early.Before(due) {
			s.Generate = append(s.Generate, algorithm)
			return
		}
		s.wake(due, world)
	}
}

// wakeFor looks again when k changes its state, and when it can be removed.
func (s *Step) wakeFor(k Key, world World) {
	times := []time.Time{k.SignFrom, k.SignUntil, k.LastExpiry.Add(Skew + time.Second)}
	if k.SignFrom.IsZero() {
		times = append(times, k.CreatedAt.Add(Lead)) // see hurry
	}
	for _, t := range times {
		if t.After(world.Early) {
			s.wake(t, world)
		}
	}
}

// wake looks again at t. If that is over by some clock only, another is behind, and likely to catch up with its next
// report.
func (s *Step) wake(t time.Time, world World) {
	if !t.After(world.Late) {
		t = world.Late.Add(patience)
	}
	if s.Next.IsZero() || t.Before(s.Next) {
		s.Next = t
	}
}

func anyKey(Key) bool  { return true }
func dated(k Key) bool { return !k.SignFrom.IsZero() }

// newest finds the key of algorithm that signs last and is not about to end, of those that count.
func (s *Step) newest(algorithm string, counts func(Key) bool) (Key, bool) {
	for _, k := range slices.Backward(s.Ring.Keys) {
		if k.JWK.Algorithm == algorithm && k.SignUntil.IsZero() && counts(k) {
			return k, true
		}
	}
	return Key{}, false
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func seconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
