package keys_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tokenwright.dev/issuer/keys"
)

// revoke lists keys by their numbers in the order in which they appeared.
func (c *clockwork) revoke(numbers ...int) {
	for _, n := range numbers {
		c.plan.Revoked = append(c.plan.Revoked, c.kids[n-1])
	}
}

// TestLeads says how long a key is served before it signs, by what is in a hurry.
func TestLeads(t *testing.T) {
	const long = 12 * hour
	for _, tc := range []struct {
		name   string
		before []string // algorithms of a ring that has signed for an hour
		then   []string
		revoke []int
		after  time.Duration // of the first pass with these algorithms
		want   time.Duration
	}{
		{"the next key of the algorithm", []string{keys.ES256}, []string{keys.ES256}, nil, interval, long},
		{"the first of an algorithm that takes over", []string{keys.ES256}, []string{keys.EdDSA}, nil, hour, long},
		{"and if the former one stays", []string{keys.ES256}, []string{keys.EdDSA, keys.ES256}, nil, hour, long},
		{"the first of one that is added", []string{keys.ES256}, []string{keys.ES256, keys.RS256}, nil, hour, keys.Lead},
		{"one after a revoked key, beside another algorithm", []string{keys.ES256, keys.EdDSA}, []string{keys.ES256, keys.EdDSA}, []int{1}, hour, keys.Lead},
		{"one after a revoked key of the other algorithm", []string{keys.ES256, keys.EdDSA}, []string{keys.ES256, keys.EdDSA}, []int{2}, hour, keys.Lead},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClockwork(t, tc.before...)
			c.plan.Lead, c.plan.Algorithms = long, tc.then
			c.revoke(tc.revoke...)
			c.pass(tc.after, true)
			c.pass(tc.after, true)
			last := c.ring.Keys[len(c.ring.Keys)-1]
			if got := last.SignFrom.Sub(start.Add(tc.after)); got != tc.want {
				t.Errorf("it waits for %v, want %v (%s)", got, tc.want, describe(c.ring))
			}
		})
	}
}

// TestLeadIsPartOfTheInterval: with a long lead a key signs for as long as with a short one.
func TestLeadIsPartOfTheInterval(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	c.plan.Lead = 10 * hour
	due := interval - keys.Skew - c.plan.Lead
	if c.pass(due-time.Second, true); c.shape(due) != "1 Active" {
		t.Errorf("too early: %s", c.shape(due))
	}
	c.pass(due, true)
	c.pass(due, true)
	if got := c.ring.Keys[0].SignUntil.Sub(c.ring.Keys[0].SignFrom); got != interval {
		t.Errorf("it signs for %v, want %v (%s)", got, interval, describe(c.ring))
	}
}

// TestRevoke is the table of what a revocation meets. Each row lets a ring come to a state, revokes keys by number, and tells
// the ring after the pass that hears of it, and two and three minutes later with replicas that report.
func TestRevoke(t *testing.T) {
	const long = 6 * hour
	published := interval - long // a second key waits for its time
	for _, tc := range []struct {
		name              string
		algorithms        []string
		at                time.Duration
		revoke            []int
		first, next, last string
	}{
		{"the only key", []string{keys.ES256}, hour, []int{1}, "2 Pending", "2 Active", "2 Active"},
		{"one of two algorithms", []string{keys.ES256, keys.EdDSA}, hour, []int{1}, "2 Active, 3 Pending", "2 Active, 3 Published", "2 Active, 3 Active"},
		{"both", []string{keys.ES256, keys.EdDSA}, hour, []int{2, 1}, "3 Pending, 4 Pending", "3 Active, 4 Active", "3 Active, 4 Active"},
		{"the key that signs, beside the next one", []string{keys.ES256}, published, []int{1}, "2 Active", "2 Active", "2 Active"},
		{"the next one", []string{keys.ES256}, published, []int{2}, "1 Active, 3 Pending", "1 Active, 3 Published", "1 Active, 3 Published"},
		{"both of them", []string{keys.ES256}, published, []int{1, 2}, "3 Pending", "3 Active", "3 Active"},
		{"one that has ended", []string{keys.ES256}, interval + hour/2, []int{1}, "2 Active", "2 Active", "2 Active"},
		{"one that has never been", []string{keys.ES256}, hour, nil, "1 Active", "1 Active", "1 Active"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := newClockwork(t, tc.algorithms...)
			c.plan.Lead = long
			for at := published; at <= tc.at; at += hour / 2 {
				c.pass(at, true)
				c.pass(at, true)
			}
			if c.revoke(tc.revoke...); tc.revoke == nil {
				c.plan.Revoked = []string{"unknown"}
			}
			revision := c.ring.Revision
			c.pass(tc.at, true)
			if got := c.shape(tc.at); got != tc.first {
				t.Errorf("%s, want %s (%s)", got, tc.first, describe(c.ring))
			}
			if (c.ring.Revision > revision) != (tc.revoke != nil) || len(c.ring.Revoked) != len(tc.revoke) {
				t.Errorf("revision %d after %d, %d keys revoked", c.ring.Revision, revision, len(c.ring.Revoked))
			}
			for _, after := range []struct {
				time.Duration
				want string
			}{{time.Minute, tc.next}, {3 * time.Minute, tc.last}} {
				if c.pass(tc.at+after.Duration, true); c.shape(tc.at+after.Duration) != after.want {
					t.Errorf("%v later %s, want %s", after.Duration, c.shape(tc.at+after.Duration), after.want)
				}
			}
			for _, n := range tc.revoke {
				if s := set(t, c.ring); !s.Revoked(c.kids[n-1]) {
					t.Errorf("nobody can tell that key %d was revoked", n)
				} else if _, served := s.Public(c.kids[n-1]); served {
					t.Errorf("key %d is served", n)
				}
			}
		})
	}
}

// TestRevokedKeyDoesNotReturn when the plan forgets it, nor when somebody puts it back into the ring.
func TestRevokedKeyDoesNotReturn(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	held := c.ring.Keys[0]
	c.revoke(1)
	c.pass(hour, true)
	c.plan.Revoked = nil
	c.pass(hour+time.Minute, true)
	c.ring.Keys = append([]keys.Key{held}, c.ring.Keys...)
	ring, err := keys.DecodeRing(encode(t, c.ring))
	if err != nil || len(ring.Keys) != 1 || ring.Keys[0].JWK.KeyID == held.JWK.KeyID || len(ring.Revoked) != 1 {
		t.Errorf("%s (%v), want the second key alone", describe(ring), err)
	}
	c.ring = ring
	end := hour + time.Minute + hour + 2*keys.Skew
	if c.pass(end, true); len(c.ring.Revoked) != 0 {
		t.Errorf("%v is remembered, though nothing lives that it signed", c.ring.Revoked)
	}
	if c.shape(end) != "2 Active" {
		t.Error(c.shape(end))
	}
}

// TestRevokedKeysAreBounded keeps those that are listed, however old, and of the others the latest.
func TestRevokedKeysAreBounded(t *testing.T) {
	c := newClockwork(t, keys.EdDSA)
	c.revoke(1)
	for n := range 3 * keys.MaxRevoked {
		at := time.Duration(n) * time.Minute
		c.pass(at, true)
		c.pass(at, true)
		c.plan.Revoked = []string{c.kids[0], c.kids[len(c.kids)-1]}
	}
	got := c.ring.Revoked
	if len(got) != keys.MaxRevoked || got[0].KID != c.kids[0] {
		t.Errorf("%d revoked keys are remembered, the first %v; want %d and the one that is listed", len(got), got[0], keys.MaxRevoked)
	}
	if last := got[len(got)-1].KID; !slices.Contains(c.plan.Revoked, last) && last != c.kids[len(c.kids)-2] {
		t.Errorf("the latest is not remembered")
	}
}

// TestSilentReplicas do not keep the others from signing for longer than Lead.
func TestSilentReplicas(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	c.revoke(1)
	c.pass(hour, true)
	step := c.pass(hour+keys.Lead-time.Second, false)
	if c.shape(hour) != "2 Pending" {
		t.Errorf("not all serve it, and it is %s", c.shape(hour))
	}
	if want := start.Add(hour + keys.Lead); !step.Next.Equal(want) {
		t.Errorf("looks again at %v, want %v", step.Next, want)
	}
	if c.pass(hour+keys.Lead, false); c.shape(hour+keys.Lead) != "2 Active" {
		t.Errorf("after Lead it is %s", c.shape(hour+keys.Lead))
	}
}

// TestOperatorDiesAfterRevoking: the ring that it left is enough, without another pass.
func TestOperatorDiesAfterRevoking(t *testing.T) {
	c := newClockwork(t, keys.ES256)
	c.revoke(1)
	c.pass(hour, true)
	s := set(t, c.ring)
	if signer, err := s.Signer(c.plan.Algorithms, start.Add(hour+keys.Lead-time.Second)); !errors.Is(err, keys.ErrNoKey) {
		t.Errorf("%v (%v), want ErrNoKey while the replicas load the ring", signer, err)
	}
	if got := c.signer(hour + keys.Lead); got != 2 {
		t.Errorf("key %d signs", got)
	}
}

// TestWhatEndedIsKept for what replicas seal under it while nothing else is due.
func TestWhatEndedIsKept(t *testing.T) {
	c := newClockwork(t, keys.XC20P)
	for at := interval; at <= interval+10*time.Minute; at += time.Minute {
		c.pass(at, true)
	}
	const revoked = interval + 30*time.Minute
	c.revoke(2)
	c.pass(revoked, true)
	if least := start.Add(revoked + hour + keys.Lead); c.ring.Keys[0].LastExpiry.Before(least) {
		t.Errorf("kept until %v, want %v at least (%s)", c.ring.Keys[0].LastExpiry, least, describe(c.ring))
	}
	before := c.ring.Revision
	if c.pass(revoked+time.Second, false); c.ring.Revision != before {
		t.Error("each pass writes the ring anew, and the replicas never have it")
	}
}

// TestDamagedRevocations are refused: they are shown to people.
func TestDamagedRevocations(t *testing.T) {
	for _, kid := range []string{"", "a b", `a"`, fmt.Sprintf("%065d", 0)} {
		text, err := json.Marshal(kid)
		if err != nil {
			t.Fatal(err)
		}
		wantRefused(t, fmt.Appendf(nil, `{"version":1,"keys":[],"revoked":[{"kid":%s}]}`, text), nil)
	}
}
