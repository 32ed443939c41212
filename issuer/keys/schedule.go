package keys

import (
	"slices"
	"time"
)

const (
	// JWKSMaxAge is how long verifiers may keep the key set (RFC 9111 max-age).
	JWKSMaxAge = 30 * time.Second
	// Lead is how long every replica serves a key before it signs: longer than verifiers keep the set, and than the 30 s
	// in which common ones do not fetch it again.
	Lead = 90 * time.Second
	// Skew is how far clocks of replicas and verifiers may be apart.
	Skew = 60 * time.Second

	// farthest is how far apart clocks may be for a time to be set by the latest of them. One that leapt by years would
	// put off for years what cannot be undone.
	farthest = 24 * time.Hour
	// patience is when to look again for a clock that is behind.
	patience = 30 * time.Second
)

// MaxKeys is how many keys a ring holds at most: room for three algorithms that change keys every hour, each key kept for
// tokens of a day. Whoever changes algorithms faster waits: what signs goes on signing until there is room for another.
const MaxKeys = 96

// Plan is what a ring should hold.
type Plan struct {
	// Algorithms are those that need a key, in order of preference.
	Algorithms []string
	// RotationInterval is how long a key signs.
	RotationInterval time.Duration
}

// World is what the operator knows of time and of the replicas that use a ring. Clocks differ, so now is an interval:
// what must be over is judged by Early, what must not have begun is scheduled by Late. A clock that leaps can so delay a
// rotation, but neither hurry nor undo one.
type World struct {
	Early, Late time.Time
	// Loaded says that every live replica has loaded the ring's current revision.
	Loaded bool
}

// agreed tells whether the clocks are near enough to each other to set a time by them.
func (w World) agreed() bool { return w.Late.Sub(w.Early) <= farthest }

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
	step.Ring.Keys = slices.Clone(ring.Keys)
	if world.agreed() {
		step.publish(world)
		step.retireUnlisted(plan, world)
		step.settle(world)
	}
	step.remove(world)
	for _, algorithm := range plan.Algorithms {
		step.rotate(algorithm, plan.RotationInterval, world)
	}
	for _, k := range step.Ring.Keys {
		step.wakeFor(k, world)
	}
	if step.Changed {
		step.Ring.Revision++
	}
	return step
}

// Add puts freshly generated keys into ring. In a ring without a key that signs they sign at once, since no verifier can
// hold an older set; otherwise they are Pending.
func Add(ring Ring, fresh []Key, world World) Ring {
	if len(fresh) == 0 {
		return ring
	}
	if !slices.ContainsFunc(ring.Keys, func(k Key) bool { return !k.SignFrom.IsZero() }) {
		for i := range fresh {
			fresh[i].SignFrom = seconds(world.Early.Add(-Skew)) // so that no replica's clock is before it
		}
	}
	ring.Keys = append(slices.Clone(ring.Keys), fresh...)
	ring.Revision++
	return ring
}

// publish schedules Pending keys once every replica serves them, and with each the end of those it follows.
func (s *Step) publish(world World) {
	if !world.Loaded {
		return
	}
	for i, k := range s.Ring.Keys {
		if !k.SignFrom.IsZero() {
			continue
		}
		from := seconds(world.Late.Add(Lead))
		s.Ring.Keys[i].SignFrom = from
		for j, other := range s.Ring.Keys {
			if j != i && other.JWK.Algorithm == k.JWK.Algorithm && !other.SignFrom.IsZero() && other.SignUntil.IsZero() {
				s.Ring.Keys[j].SignUntil = from
			}
		}
		s.Changed = true
	}
}

// retireUnlisted ends the keys of algorithms that are no longer wanted, once a wanted one signs that is not about to end.
func (s *Step) retireUnlisted(plan Plan, world World) {
	if !slices.ContainsFunc(s.Ring.Keys, func(k Key) bool {
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
	if !world.Loaded {
		return
	}
	for i, k := range s.Ring.Keys {
		if k.LastExpiry.IsZero() && k.StateAt(world.Early) == Retiring {
			s.Ring.Keys[i] = k.keepFor(seconds(world.Late.Add(s.Ring.longest() + time.Second)))
			s.Changed = true
		}
	}
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
func (s *Step) rotate(algorithm string, interval time.Duration, world World) {
	newest, ok := s.newest(algorithm)
	switch {
	case len(s.Ring.Keys)+len(s.Generate) >= MaxKeys: // somebody changes algorithms faster than keys can end
	case !ok:
		s.Generate = append(s.Generate, algorithm)
	case newest.SignFrom.IsZero(): // Pending: the replicas' next report decides
	default:
		due := newest.SignFrom.Add(interval - Lead)
		if !world.Early.Before(due) {
			s.Generate = append(s.Generate, algorithm)
			return
		}
		s.wake(due, world)
	}
}

// wakeFor looks again when k changes its state, and when it can be removed.
func (s *Step) wakeFor(k Key, world World) {
	for _, t := range []time.Time{k.SignFrom, k.SignUntil, k.LastExpiry.Add(Skew + time.Second)} {
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

// newest finds the key of algorithm that signs last and is not about to end.
func (s *Step) newest(algorithm string) (Key, bool) {
	for _, k := range slices.Backward(s.Ring.Keys) {
		if k.JWK.Algorithm == algorithm && k.SignUntil.IsZero() {
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
