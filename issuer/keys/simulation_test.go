package keys_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tokenwright.dev/issuer/keys"
)

// TestRotationOverMonths lets an operator and its replicas live through months of trouble and holds the schedule to its
// laws at every step:
//
//   - each replica has a key to sign with, from the first ring on, whatever its clock says;
//   - it signs with nothing that a live replica does not serve, and not before all have served it for Lead;
//   - no key goes before the last token under it has expired, though a replica may hear of a rotation hours late;
//   - no algorithm ever has two keys that wait;
//   - what is scheduled stays, and the revision grows with every change and with nothing else;
//   - one pass is enough: a second one changes nothing;
//   - a clock that leaps, forward or back, makes no rotation happen twice or early, and undoes none;
//   - a key that is revoked at any moment is gone with the next pass and never returns, and if nothing else signs, another
//     key does as soon as every replica serves it, and after Lead in any case.
func TestRotationOverMonths(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newSimulation(t, seed)
			s.run(45*24*time.Hour, s.trouble)
			s.calm()
			before := s.rotations
			s.run(5*24*time.Hour, func() {})
			want := int(5*24*time.Hour/s.plan.RotationInterval) * len(s.plan.Algorithms)
			if got := s.rotations - before; got < want*4/5-len(s.plan.Algorithms) || got > want {
				t.Errorf("%d keys in five days without trouble, want about %d (%+v)", got, want, s.plan)
			}
			lasting := 3 + int(s.ring.LongestLifetime/int64(s.plan.RotationInterval/time.Second))
			if len(s.ring.Keys) > lasting*len(s.plan.Algorithms) {
				t.Errorf("%d keys pile up: %v", len(s.ring.Keys), describe(s.ring))
			}
		})
	}
}

// simulation is a cluster in which only the test knows the true time.
type simulation struct {
	t    *testing.T
	rand *rand.Rand
	now  time.Time

	ring     keys.Ring
	plan     keys.Plan
	operator clock
	replicas []*replica
	lifetime time.Duration // the longest that is registered

	revokedAt time.Time // true time at which keys were last revoked
	gone      map[string]bool
	gaps      map[int64]bool // revisions in which no key has a time to sign from now on

	sets      map[int64]*keys.Set
	facts     map[string]*fact
	rotations int
}

// clock is off by a little always, and at times by a lot.
type clock struct {
	skew, leap time.Duration
	leaptAt    time.Time // true time of the last leap, forth or back
	rightAt    time.Time // true time at which it is put right
}

func (c *clock) at(now time.Time) time.Time { return now.Add(c.skew + c.leap) }

// replica signs by what it has loaded and by its own clock.
type replica struct {
	clock
	set        *keys.Set
	algorithms []string
	stuckUntil time.Time // it hears of no new ring before
	signedBy   string    // the kid of its last signature

	renewedAt  time.Time // by its own clock
	reportedAt time.Time // true time
	revision   int64
}

// fact is what the test knows of a key.
type fact struct {
	first       bool      // the first of its ring, which signs at once
	servedSince time.Time // by all live replicas
	scheduledAt time.Time // when signFrom was set
	lastExpiry  time.Time // of tokens whose time of issue a verifier believes
}

// tolerance is what two clocks may be apart that have not leapt.
const tolerance = 10 * time.Second

func newSimulation(t *testing.T, seed uint64) *simulation {
	t.Helper()
	s := &simulation{
		t: t, rand: rand.New(rand.NewPCG(seed, 7)), now: start, lifetime: time.Hour,
		ring:  keys.Ring{LongestLifetime: 3600},
		plan:  keys.Plan{Algorithms: []string{keys.ES256}, RotationInterval: 24 * time.Hour},
		sets:  map[int64]*keys.Set{},
		facts: map[string]*fact{},
		gone:  map[string]bool{},
		gaps:  map[int64]bool{},
	}
	s.operator.skew = s.upTo(5*time.Second, true)
	s.pass()
	for range 3 {
		s.join()
	}
	return s
}

func (s *simulation) run(d time.Duration, trouble func()) {
	for end := s.now.Add(d); s.now.Before(end) && !s.t.Failed(); {
		s.now = s.now.Add(s.pause())
		trouble()
		for _, r := range s.replicas {
			if !s.now.Before(r.stuckUntil) {
				r.set, r.algorithms = s.set(), s.plan.Algorithms
			}
		}
		s.sign()
		for _, r := range s.replicas {
			s.report(r)
		}
		if s.chance(0.9) {
			s.pass()
		}
	}
}

// pause is short while much happens.
func (s *simulation) pause() time.Duration {
	longest := 15 * time.Minute
	for _, k := range s.ring.Keys {
		switch {
		case near(s.now, k.SignFrom), near(s.now, k.SignUntil):
			longest = min(longest, 20*time.Second)
		case pending(k):
			longest = min(longest, 2*time.Minute)
		}
	}
	return time.Second + s.upTo(longest, false)
}

func near(a, b time.Time) bool { return a.Sub(b).Abs() < 2*time.Minute }

// calm ends all trouble.
func (s *simulation) calm() {
	s.operator.leap = 0
	for _, r := range s.replicas {
		r.leap, r.leaptAt, r.stuckUntil = 0, s.now, s.now
	}
	s.plan.RotationInterval = min(s.plan.RotationInterval, 24*time.Hour)
	s.plan.Lead = min(s.plan.Lead, s.plan.RotationInterval/2)
	s.run(25*time.Hour, func() {})
}

// join adds a replica. It is ready only when it has read the ring, and says so.
func (s *simulation) join() {
	r := &replica{set: s.set(), algorithms: s.plan.Algorithms}
	r.skew = s.upTo(5*time.Second, true)
	s.replicas = append(s.replicas, r)
	s.renew(r)
}

// report renews a report each minute, and soon after something was loaded.
func (s *simulation) report(r *replica) {
	if s.now.Sub(r.reportedAt) >= time.Minute || (r.revision != r.set.Revision() && s.chance(0.8)) {
		s.renew(r)
	}
}

func (s *simulation) renew(r *replica) {
	r.renewedAt, r.reportedAt, r.revision = r.at(s.now).Truncate(time.Second), s.now, r.set.Revision()
}

// raise prepares the ring for a longer lifetime, then registers it.
func (s *simulation) raise(lifetime time.Duration) {
	next, changed := keys.RaiseLongest(s.ring, lifetime)
	if changed {
		s.write(next)
	}
	s.lifetime = max(s.lifetime, lifetime)
}

// sign lets each replica sign one token.
func (s *simulation) sign() {
	for _, k := range s.ring.Keys {
		if f := s.facts[k.JWK.KeyID]; !s.served(k.JWK.KeyID) {
			f.servedSince = time.Time{}
		} else if f.servedSince.IsZero() {
			f.servedSince = s.now
		}
	}
	for i, r := range s.replicas {
		signer, err := r.set.Signer(r.algorithms, r.at(s.now))
		if err != nil && (s.mending() || s.now.Before(r.stuckUntil) && s.gaps[r.set.Revision()]) {
			continue // for how long is for notSilent to judge
		}
		if err != nil {
			s.fail("replica %d cannot sign: %v", i, err)
			return
		}
		if s.gone[signer.KID()] {
			if r.set == s.set() {
				s.fail("replica %d signs with %.4s, and knows that it was revoked", i, signer.KID())
			}
			continue
		}
		issued, f := r.at(s.now), s.facts[signer.KID()]
		if issued.After(s.now.Add(keys.Skew)) || issued.Add(s.lifetime).Before(s.now) {
			continue // no verifier takes a token from the future, nor one that has expired when it comes
		}
		if !s.served(signer.KID()) && (f.first || f.scheduledAt.IsZero()) && s.stuck() {
			continue // nobody waits for that replica while nothing else can sign
		}
		if !s.served(signer.KID()) {
			s.fail("replica %d signs with %.4s, which is not served everywhere", i, signer.KID())
			return
		}
		known := !f.scheduledAt.IsZero() && !r.leaptAt.After(f.scheduledAt) && r.reportedAt.After(r.leaptAt)
		if lead := s.now.Sub(f.servedSince); !f.first && known && !s.mending() && r.signedBy != signer.KID() && lead < keys.Lead-tolerance {
			s.fail("replica %d signs with %.4s, which all serve for %v only", i, signer.KID(), lead)
		}
		r.signedBy = signer.KID()
		f.lastExpiry = latest(f.lastExpiry, issued.Add(s.lifetime))
	}
}

func (s *simulation) stuck() bool {
	return slices.ContainsFunc(s.replicas, func(r *replica) bool { return s.now.Before(r.stuckUntil) })
}

func (s *simulation) served(kid string) bool {
	return !slices.ContainsFunc(s.replicas, func(r *replica) bool {
		_, ok := r.set.Public(kid)
		return !ok
	})
}

// world is what an operator can know that is told of every live replica.
func (s *simulation) world() keys.World {
	now := s.operator.at(s.now)
	w := keys.World{Early: now, Late: now, Loaded: true}
	for _, r := range s.replicas {
		at := r.renewedAt
		if at.Before(w.Early) {
			w.Early = at
		}
		if at.After(now.Add(tolerance)) { // it has gone on since
			at = at.Add(5 * time.Minute)
		}
		w.Late = latest(w.Late, at)
		w.Loaded = w.Loaded && r.revision >= s.ring.Revision
	}
	return w
}

// pass is one pass of the operator.
func (s *simulation) pass() {
	world := s.world()
	step := keys.Advance(s.ring, s.plan, world)
	again := keys.Advance(step.Ring, s.plan, world)
	if again.Changed || !slices.Equal(again.Generate, step.Generate) {
		s.fail("a second pass goes on: %v, generate %v\n  after %v", describe(again.Ring), again.Generate, describe(step.Ring))
	}
	if step.Changed != !same(step.Ring, s.ring) {
		s.fail("changed is %v:\n  %v\n  %v", step.Changed, describe(s.ring), describe(step.Ring))
	}
	if !step.Next.IsZero() && step.Next.Before(s.operator.at(s.now)) {
		s.fail("next is %v, now %v", step.Next, s.operator.at(s.now))
	}
	if step.Next.IsZero() && len(step.Generate) == 0 && !slices.ContainsFunc(step.Ring.Keys, pending) {
		s.fail("nothing is ever due: %v", describe(step.Ring))
	}
	s.notTwice(step.Generate)
	s.notSilent(step.Ring, world)
	next := keys.Add(step.Ring, generate(s.t, world.Late, step.Generate...), world)
	s.write(next)
}

// write replaces the ring, and compares.
func (s *simulation) write(next keys.Ring) {
	if same(next, s.ring) == (next.Revision > s.ring.Revision) {
		s.fail("revision %d after %d:\n  %v\n  %v", next.Revision, s.ring.Revision, describe(s.ring), describe(next))
	}
	for _, before := range s.ring.Keys {
		i := slices.IndexFunc(next.Keys, func(k keys.Key) bool { return k.JWK.KeyID == before.JWK.KeyID })
		if i >= 0 {
			s.compare(before, next.Keys[i])
			continue
		}
		if slices.Contains(s.plan.Revoked, before.JWK.KeyID) {
			s.gone[before.JWK.KeyID] = true
			continue
		}
		if last := s.facts[before.JWK.KeyID].lastExpiry; s.now.Before(last.Add(-tolerance)) {
			s.fail("%v is gone, with a token that lives until %v", one(before), last)
		}
	}
	waiting := map[string]int{}
	for _, k := range next.Keys {
		if s.gone[k.JWK.KeyID] {
			s.fail("%v was revoked, and is back", one(k))
		}
		if s.facts[k.JWK.KeyID] == nil {
			s.facts[k.JWK.KeyID] = &fact{first: len(s.ring.Keys) == 0}
		}
		if pending(k) {
			waiting[k.JWK.Algorithm]++
		} else if f := s.facts[k.JWK.KeyID]; f.scheduledAt.IsZero() {
			f.scheduledAt = s.now
		}
		if waiting[k.JWK.Algorithm] > 1 {
			s.fail("two keys wait: %v", describe(next))
		}
	}
	s.gaps[next.Revision] = !slices.ContainsFunc(next.Keys, func(k keys.Key) bool {
		return !pending(k) && k.StateAt(s.now) != keys.Retiring
	})
	if next.LongestLifetime < s.ring.LongestLifetime {
		s.fail("longest lifetime %d after %d", next.LongestLifetime, s.ring.LongestLifetime)
	}
	s.ring = next
}

// compare holds one key to its past.
func (s *simulation) compare(before, after keys.Key) {
	kept := func(a, b time.Time) bool { return a.IsZero() || a.Equal(b) }
	late := s.world().Late
	silent := !slices.ContainsFunc(s.ring.Keys, func(k keys.Key) bool { return k.StateAt(late) == keys.Active })
	if s.mending() || silent {
		s.facts[before.JWK.KeyID].first = s.facts[before.JWK.KeyID].first || after.SignFrom.Before(s.now)
		kept = func(a, b time.Time) bool { return a.IsZero() || b.IsZero() || !b.After(a) }
	}
	if !kept(before.SignFrom, after.SignFrom) || !kept(before.SignUntil, after.SignUntil) || after.LastExpiry.Before(before.LastExpiry) {
		s.fail("history is rewritten: %v, then %v", one(before), one(after))
	}
}

// set is the present ring as a replica loads it.
func (s *simulation) set() *keys.Set {
	if s.sets[s.ring.Revision] == nil {
		s.sets[s.ring.Revision] = set(s.t, s.ring)
	}
	return s.sets[s.ring.Revision]
}

func (s *simulation) fail(format string, args ...any) {
	s.t.Helper()
	s.t.Errorf("%v: %s", s.now, fmt.Sprintf(format, args...))
}

func (s *simulation) chance(p float64) bool { return s.rand.Float64() < p }

func (s *simulation) upTo(d time.Duration, either bool) time.Duration {
	if either {
		return time.Duration(s.rand.Int64N(int64(2*d))) - d
	}
	return time.Duration(s.rand.Int64N(int64(d)))
}

// same compares all but the revision.
func same(a, b keys.Ring) bool {
	return a.LongestLifetime == b.LongestLifetime && slices.Equal(a.Revoked, b.Revoked) && slices.Equal(a.Urgent, b.Urgent) && slices.EqualFunc(a.Keys, b.Keys, func(a, b keys.Key) bool {
		return a.JWK.KeyID == b.JWK.KeyID && a.SignFrom.Equal(b.SignFrom) && a.SignUntil.Equal(b.SignUntil) && a.LastExpiry.Equal(b.LastExpiry)
	})
}

func pending(k keys.Key) bool { return k.SignFrom.IsZero() }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
