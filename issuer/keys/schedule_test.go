package keys_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tokenwright.dev/issuer/keys"
)

const (
	hour     = time.Hour
	interval = 24 * hour
)

// clockwork is a ring with an operator and replicas that share one clock.
type clockwork struct {
	t    *testing.T
	ring keys.Ring
	plan keys.Plan
	kids []string // in order of their appearance
}

func newClockwork(t *testing.T, algorithms ...string) *clockwork {
	t.Helper()
	c := &clockwork{t: t, ring: keys.Ring{LongestLifetime: 3600}, plan: keys.Plan{Algorithms: algorithms, RotationInterval: interval}}
	c.pass(0, true)
	return c
}

// pass is one pass of the operator, at a time after start.
func (c *clockwork) pass(at time.Duration, loaded bool) keys.Step {
	c.t.Helper()
	return c.passBetween(at, at, loaded)
}

func (c *clockwork) passBetween(early, late time.Duration, loaded bool) keys.Step {
	c.t.Helper()
	world := keys.World{Early: start.Add(early), Late: start.Add(late), Loaded: loaded}
	step := keys.Advance(c.ring, c.plan, world)
	fresh := generate(c.t, world.Late, step.Generate...)
	for _, k := range fresh {
		c.kids = append(c.kids, k.JWK.KeyID)
	}
	c.ring = keys.Add(step.Ring, fresh, world)
	return step
}

// shape tells the ring as at a time: each key by its number and its state.
func (c *clockwork) shape(at time.Duration) string {
	var out []string
	for _, k := range c.ring.Keys {
		out = append(out, fmt.Sprintf("%d %s", slices.Index(c.kids, k.JWK.KeyID)+1, k.StateAt(start.Add(at))))
	}
	return strings.Join(out, ", ")
}

// signer is the number of the key that signs.
func (c *clockwork) signer(at time.Duration) int {
	c.t.Helper()
	signer, err := set(c.t, c.ring).Signer(c.plan.Algorithms, start.Add(at))
	if err != nil {
		c.t.Errorf("after %v: %v (%s)", at, err, describe(c.ring))
		return 0
	}
	return slices.Index(c.kids, signer.KID()) + 1
}

// TestKubernetesFollows: kube-apiserver refuses a new key for as long as max-age says, less 30 s (findings/kubernetes-max-age.sh).
func TestKubernetesFollows(t *testing.T) {
	if keys.JWKSMaxAge > 30*time.Second || keys.JWKSMaxAge+30*time.Second >= keys.Lead {
		t.Errorf("max-age is %v and the shortest lead %v", keys.JWKSMaxAge, keys.Lead)
	}
}

func TestStateAt(t *testing.T) {
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	pending, lasting, ending := keys.Key{}, keys.Key{SignFrom: at(10)}, keys.Key{SignFrom: at(10), SignUntil: at(20)}
	for _, tc := range []struct {
		key  keys.Key
		at   int
		want keys.State
	}{
		{pending, 0, keys.Pending},
		{pending, 1 << 30, keys.Pending},
		{lasting, 9, keys.Published},
		{lasting, 10, keys.Active},
		{lasting, 1 << 30, keys.Active},
		{ending, 9, keys.Published},
		{ending, 10, keys.Active},
		{ending, 19, keys.Active},
		{ending, 20, keys.Retiring},
		{ending, 1 << 30, keys.Retiring},
	} {
		if got := tc.key.StateAt(at(tc.at)); got != tc.want {
			t.Errorf("%s at %d: %s, want %s", one(tc.key), tc.at, got, tc.want)
		}
	}
}

// TestLifeOfAKey tells one rotation. A row is a pass, and the ring after it.
func TestLifeOfAKey(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	const second = time.Second
	began := -keys.Skew
	due := began + interval - keys.Lead
	changed := due + 5*second + keys.Lead
	settled := changed + 30*second
	gone := settled + hour + second + keys.Skew + second
	for _, step := range []struct {
		name   string
		at     time.Duration
		loaded bool
		want   string
		signer int
	}{
		{"the first key signs at once", 0, true, "1 Active", 1},
		{"and goes on", due - second, true, "1 Active", 1},
		{"the next one is made in time", due, true, "1 Active, 2 Pending", 1},
		{"it waits for the replicas", due + 4*second, false, "1 Active, 2 Pending", 1},
		{"it is scheduled when all have it", due + 5*second, true, "1 Active, 2 Published", 1},
		{"nothing hurries it", changed - second, true, "1 Active, 2 Published", 1},
		{"it takes over, but not all have heard of that", changed, false, "1 Retiring, 2 Active", 2},
		{"the former one is kept for its tokens", settled, true, "1 Retiring, 2 Active", 2},
		{"to the last", gone - second, true, "1 Retiring, 2 Active", 2},
		{"unless a replica might not have the ring", gone, false, "1 Retiring, 2 Active", 2},
		{"then it goes", gone, true, "2 Active", 2},
		{"and so on", changed + interval - keys.Lead, true, "2 Active, 3 Pending", 2},
	} {
		c.pass(step.at, step.loaded)
		if got := c.shape(step.at); got != step.want {
			t.Errorf("%s: %s, want %s (%s)", step.name, got, step.want, describe(c.ring))
		}
		if got := c.signer(step.at); got != step.signer {
			t.Errorf("%s: key %d signs, want %d", step.name, got, step.signer)
		}
	}
}

// TestLateReplica hears of a rotation hours after it happened, and has signed with the former key until then.
func TestLateReplica(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	c.pass(interval, true)
	c.pass(interval, true) // scheduled
	const heard = interval + 5*hour
	for at := interval; at < heard; at += 10 * time.Minute {
		c.pass(at, false)
	}
	for at := heard; at < heard+hour; at += 10 * time.Minute {
		c.pass(at, true)
		if _, ok := set(t, c.ring).Public(c.kids[0]); !ok {
			t.Fatalf("the former key is gone %v after the last token under it was signed, which lives for an hour", at-heard)
		}
	}
	if c.pass(heard+hour+2*keys.Skew, true); c.shape(heard) != "2 Active" {
		t.Errorf("the former key is still there: %s", describe(c.ring))
	}
}

// TestChangeOfMind changes the algorithm and changes it back at any moment of the first change, with replicas that are
// slow to hear of the second. Something must sign all the time.
func TestChangeOfMind(t *testing.T) {
	for back := time.Duration(0); back < 10*time.Minute; back += 15 * time.Second {
		c := newClockwork(t, keys.ES256)
		for at := time.Duration(0); at < hour; at += 15 * time.Second {
			c.plan.Algorithms = []string{keys.EdDSA}
			if at >= back {
				c.plan.Algorithms = []string{keys.ES256}
			}
			c.pass(at, at < back || at > back+30*time.Minute)
			if c.signer(at) == 0 {
				t.Fatalf("changed back after %v: nothing signs after %v: %s", back, at, describe(c.ring))
			}
		}
		if got := set(t, c.ring); c.shape(hour) == "" || algorithm(t, got, c.plan.Algorithms, hour) != keys.ES256 {
			t.Errorf("changed back after %v: %s", back, describe(c.ring))
		}
	}
}

func algorithm(t *testing.T, s *keys.Set, algorithms []string, at time.Duration) string {
	t.Helper()
	signer, err := s.Signer(algorithms, start.Add(at))
	if err != nil {
		t.Fatal(err)
	}
	return signer.Algorithm()
}

// TestChangeOfAlgorithm lets the former algorithm sign until verifiers can know the new key, and then retires it.
func TestChangeOfAlgorithm(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	c.plan.Algorithms = []string{keys.EdDSA}
	for _, step := range []struct {
		at   time.Duration
		want string
	}{
		{hour, "1 Active, 2 Pending"},
		{hour, "1 Active, 2 Published"},
		{hour + keys.Lead - time.Second, "1 Active, 2 Published"},
		{hour + keys.Lead, "1 Active, 2 Active"}, // the former one has its lead as well: a slow replica may need it
		{hour + 2*keys.Lead, "1 Retiring, 2 Active"},
		{2*hour + 3*keys.Lead, "2 Active"},
	} {
		c.pass(step.at, true)
		if got := c.shape(step.at); got != step.want {
			t.Errorf("after %v: %s, want %s (%s)", step.at, got, step.want, describe(c.ring))
		}
		if got, want := c.signer(step.at), map[bool]int{true: 1, false: 2}[step.at < hour+keys.Lead]; got != want {
			t.Errorf("after %v: key %d signs, want %d", step.at, got, want)
		}
	}
}

// TestAnotherAlgorithm adds one beside the first: its key waits as any other, though nothing signs with it yet.
func TestAnotherAlgorithm(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	c.plan.Algorithms = []string{keys.ES256, keys.RS256}
	c.pass(hour, true)
	if got := c.shape(hour); got != "1 Active, 2 Pending" {
		t.Errorf("%s, want the new key to wait", got)
	}
	c = newClockwork(t, keys.ES256, keys.EdDSA)
	if got := c.shape(0); got != "1 Active, 2 Active" {
		t.Errorf("%s, want both keys of a new ring to sign at once", got)
	}
}

// TestClocksThatLeap is about KY-11. Each row is one pass after a day, when a rotation is due by a clock that is right.
func TestClocksThatLeap(t *testing.T) {
	day := interval
	for _, tc := range []struct {
		name        string
		early, late time.Duration
		want        string
	}{
		{"all agree", day, day, "1 Active, 2 Pending"},
		{"one is far behind", -100 * day, day, "1 Active"},
		{"one is ahead by hours", hour, 30 * hour, "1 Active"},
		{"one is ahead by years", hour, 9999 * day, "1 Active"},
		{"one is ahead when it is time", day, 9999 * day, "1 Active, 2 Pending"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClockwork(t, keys.ES256)
			c.passBetween(tc.early, tc.late, true)
			if got := c.shape(day); got != tc.want {
				t.Errorf("%s, want %s (%s)", got, tc.want, describe(c.ring))
			}
		})
	}
}

// TestNothingIsScheduledByABrokenClock: what is scheduled cannot be undone, so a time that lies years ahead is not taken.
func TestNothingIsScheduledByABrokenClock(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	c.pass(interval, true)
	c.passBetween(interval, 9999*interval, true)
	if got := c.shape(interval); got != "1 Active, 2 Pending" {
		t.Errorf("%s, want the new key to wait until the clocks agree (%s)", got, describe(c.ring))
	}
	c.passBetween(interval, interval+3*hour, true)
	if got := c.ring.Keys[1].SignFrom; !got.Equal(start.Add(interval + 3*hour + keys.Lead)) {
		t.Errorf("signs from %v, want Lead after the latest clock (%s)", got, describe(c.ring))
	}
}

// TestNextIsNeverLate: if all clocks are one, nothing changes before Next, give or take the second that times are kept to.
func TestNextIsNeverLate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		algorithms := rapid.SampledFrom([][]string{{keys.ES256}, {keys.EdDSA, keys.ES256}}).Draw(rt, "algorithms")
		c := newClockwork(t, algorithms...)
		var at time.Duration
		for range rapid.IntRange(1, 12).Draw(rt, "passes") {
			step := c.pass(at, true)
			if step.Changed || len(step.Generate) > 0 {
				step = c.pass(at, true) // what was generated is scheduled by the next pass
			}
			if step.Next.Before(start.Add(at)) {
				rt.Fatalf("after %v: next is %v (%s)", at, step.Next.Sub(start), describe(c.ring))
			}
			wait := step.Next.Sub(start) - at
			early := at + time.Duration(rapid.Int64Range(0, int64(max(0, wait-time.Second))).Draw(rt, "too early"))
			world := keys.World{Early: start.Add(early), Late: start.Add(early), Loaded: true}
			if again := keys.Advance(c.ring, c.plan, world); again.Changed || len(again.Generate) > 0 {
				rt.Fatalf("after %v, before next: %s became %s, generate %v", early, describe(c.ring), describe(again.Ring), again.Generate)
			}
			at += wait
			if rapid.Bool().Draw(rt, "late") {
				at += time.Duration(rapid.Int64Range(0, int64(3*hour)).Draw(rt, "by"))
			}
		}
	})
}

// TestNextWhileClocksDiffer: what is over by one clock and not by another is looked at again soon, but not at once.
func TestNextWhileClocksDiffer(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	due := interval - keys.Skew - keys.Lead
	step := c.passBetween(due-time.Minute, due+time.Minute, true)
	if wait := step.Next.Sub(start.Add(due + time.Minute)); wait < 10*time.Second || wait > 2*time.Minute {
		t.Errorf("next is %v after the latest clock, want some seconds", wait)
	}
}

func TestRaiseLongest(t *testing.T) {
	ending := keys.Key{SignFrom: start, SignUntil: start.Add(hour)}
	settled := keys.Key{SignFrom: start, SignUntil: start.Add(hour), LastExpiry: start.Add(2 * hour)}
	ring := keys.Ring{Revision: 7, LongestLifetime: 3600, Keys: []keys.Key{{}, {SignFrom: start}, ending, settled}}
	for _, tc := range []struct {
		name     string
		lifetime time.Duration
		changed  bool
		longest  int64
		last     time.Duration // of the settled key, after start
	}{
		{"shorter", time.Minute, false, 3600, 2 * hour},
		{"zero", 0, false, 3600, 2 * hour},
		{"negative", -hour, false, 3600, 2 * hour},
		{"the same", hour, false, 3600, 2 * hour},
		{"longer", 3 * hour, true, 10800, 4 * hour},
		{"a fraction more", hour + time.Nanosecond, true, 3601, 2*hour + time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := describe(ring)
			got, changed := keys.RaiseLongest(ring, tc.lifetime)
			if changed != tc.changed || got.LongestLifetime != tc.longest || (got.Revision > 7) != tc.changed {
				t.Errorf("%v, longest %d, revision %d; want %v, %d", changed, got.LongestLifetime, got.Revision, tc.changed, tc.longest)
			}
			if last := got.Keys[3].LastExpiry.Sub(start); last != tc.last {
				t.Errorf("last expiry %v after start, want %v", last, tc.last)
			}
			for i, k := range got.Keys[:3] {
				if !k.LastExpiry.IsZero() {
					t.Errorf("key %d got a last expiry, though it may still sign: %s", i, one(k))
				}
			}
			if describe(ring) != before {
				t.Errorf("the ring itself was changed")
			}
		})
	}
}

// TestRaiseLongestNeverLowers, whatever comes in whatever order.
func TestRaiseLongestNeverLowers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ring := keys.Ring{Keys: []keys.Key{{SignFrom: start, SignUntil: start.Add(hour), LastExpiry: start.Add(hour)}}}
		for _, lifetime := range rapid.SliceOf(rapid.Int64Range(-10, int64(48*hour))).Draw(t, "lifetimes") {
			next, changed := keys.RaiseLongest(ring, time.Duration(lifetime))
			if next.LongestLifetime < ring.LongestLifetime || next.Keys[0].LastExpiry.Before(ring.Keys[0].LastExpiry) ||
				time.Duration(next.LongestLifetime)*time.Second < time.Duration(lifetime) || changed != (next.Revision > ring.Revision) {
				t.Fatalf("%v made %s of %s", time.Duration(lifetime), describe(next), describe(ring))
			}
			ring = next
		}
	})
}

func TestAdd(t *testing.T) {
	world := keys.World{Early: start, Late: start.Add(hour), Loaded: true}
	active := keys.Key{SignFrom: start}
	for _, tc := range []struct {
		name  string
		ring  keys.Ring
		fresh int
		want  time.Time // when the fresh keys sign
	}{
		{"a new ring signs at once, by every clock", keys.Ring{}, 2, start.Add(-keys.Skew)},
		{"so does one whose keys all wait", keys.Ring{Keys: []keys.Key{{}}}, 1, start.Add(-keys.Skew)},
		{"beside a key that signs, another waits", keys.Ring{Keys: []keys.Key{active}}, 1, time.Time{}},
		{"nothing to add", keys.Ring{Keys: []keys.Key{active}}, 0, time.Time{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := keys.Add(tc.ring, make([]keys.Key, tc.fresh), world)
			if len(got.Keys) != len(tc.ring.Keys)+tc.fresh || (got.Revision > tc.ring.Revision) != (tc.fresh > 0) {
				t.Errorf("%d keys, revision %d", len(got.Keys), got.Revision)
			}
			for _, k := range got.Keys[len(tc.ring.Keys):] {
				if !k.SignFrom.Equal(tc.want) {
					t.Errorf("signs from %v, want %v", k.SignFrom, tc.want)
				}
			}
		})
	}
}

// TestRingDoesNotGrow changes the algorithm back and forth faster than keys can end: the ring stays within bounds and goes
// on signing, and when that is over it comes to what is wanted.
func TestRingDoesNotGrow(t *testing.T) {
	c := newClockwork(t, keys.EdDSA)
	at := time.Duration(0)
	for n := range 200 {
		at += 3 * time.Second
		c.plan.Algorithms = []string{[]string{keys.EdDSA, keys.ES256}[n%2]}
		c.pass(at, true)
		if len(c.ring.Keys) > keys.MaxKeys {
			t.Fatalf("after %d changes the ring holds %d keys", n, len(c.ring.Keys))
		}
		c.signer(at)
	}
	c.plan.Algorithms = []string{keys.ES256}
	for range 10 {
		at += hour
		c.pass(at, true)
		c.signer(at)
	}
	if len(c.ring.Keys) != 1 || c.ring.Keys[0].JWK.Algorithm != keys.ES256 {
		t.Errorf("in the end the ring holds %s", c.shape(at))
	}
}
