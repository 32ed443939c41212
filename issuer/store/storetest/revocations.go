package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
)

// Revocations holds a store to what store.Revocations says, of what the store itself revoked.
func Revocations(t *testing.T, open func(t *testing.T, now func() time.Time) store.Revocations) {
	t.Helper()
	run(t, open, []story[store.Revocations]{
		{"each selector narrows", selectors},
		{"a name is compared as in a login", byName},
		{"what was issued later is spared", spared},
		{"the latest of several counts", several},
		{"an expired revocation is forgotten", forgotten},
		{"a client has a budget", budget},
		{"many revoke the same", manyRevocations},
	})
}

// token is one that all of the selectors below are about.
var token = store.Issued{
	TokenID: "jti-1", SessionID: "session-1", ClientID: "team.web", Subject: "usr_alice", At: Start.Add(-time.Hour),
}

func selectors(t *testing.T, revocations store.Revocations, _ *clock) {
	others := []store.Issued{token, token, token, token, {At: token.At}}
	others[0].TokenID, others[1].SessionID, others[2].ClientID, others[3].Subject = "x", "x", "x", "x"
	if revocations.Revoked(token) {
		t.Error("revoked before anybody revoked it")
	}
	for _, tc := range []struct {
		revoke store.Revocation
		spared []int // which of the others, after this and those before
	}{
		{store.Revocation{TokenID: "jti-1", SessionID: "session-1", ClientID: "team.web", Subject: "usr_alice"}, []int{0, 1, 2, 3, 4}},
		{store.Revocation{TokenID: "jti-1", Subject: "usr_alice"}, []int{0, 3, 4}},
		{store.Revocation{ClientID: "team.web", Subject: "usr_alice"}, []int{3, 4}},
		{store.Revocation{SessionID: "session-1"}, []int{4}},
		{store.Revocation{}, nil},
	} {
		tc.revoke.IssuedBefore, tc.revoke.Expires = Start, Start.Add(time.Hour)
		mustRevoke(t, revocations, tc.revoke)
		if !revocations.Revoked(token) {
			t.Errorf("%+v spares what it is about", tc.revoke)
		}
		for i, other := range others {
			if want := !slices.Contains(tc.spared, i); revocations.Revoked(other) != want {
				t.Errorf("after %+v: revoked %+v: %t, want %t", tc.revoke, other, !want, want)
			}
		}
	}
}

func byName(t *testing.T, revocations store.Revocations, _ *clock) {
	staff := func(name string) store.User { return store.User{Provider: "staff", Username: name} }
	for _, tc := range []struct {
		revoke          store.Revocation
		revoked, spared []store.Issued
	}{
		{
			store.Revocation{User: staff("alice"), ClientID: "team.web"},
			[]store.Issued{{User: staff("Alice"), ClientID: "team.web"}},
			[]store.Issued{{User: staff("alice")}, {ClientID: "team.web"}, {}},
		},
		{
			store.Revocation{User: staff("alice")},
			[]store.Issued{{User: staff(" ALICE ")}, {User: staff("alice"), Subject: "usr_x", SessionID: "s", TokenID: "t"}},
			[]store.Issued{{User: staff("alice2")}, {User: store.User{Provider: "corp", Username: "alice"}}, {Subject: "alice"}, {}},
		},
	} {
		tc.revoke.IssuedBefore, tc.revoke.Expires = Start, Start.Add(time.Hour)
		mustRevoke(t, revocations, tc.revoke)
		for want, all := range map[bool][]store.Issued{true: tc.revoked, false: tc.spared} {
			for _, issued := range all {
				issued.At = Start.Add(-time.Second)
				if got := revocations.Revoked(issued); got != want {
					t.Errorf("after %+v: revoked %+v: %t, want %t", tc.revoke, issued, got, want)
				}
			}
		}
		if later := (store.Issued{User: staff("alice"), ClientID: "team.web", At: Start}); revocations.Revoked(later) {
			t.Error("what was issued later is revoked")
		}
	}
}

func spared(t *testing.T, revocations store.Revocations, _ *clock) {
	mustRevoke(t, revocations, store.Revocation{Subject: "usr_alice", IssuedBefore: Start, Expires: Start.Add(time.Hour)})
	for _, tc := range []struct {
		at   time.Duration
		want bool
	}{{-time.Second, true}, {0, false}, {time.Second, false}} {
		if got := revocations.Revoked(store.Issued{Subject: "usr_alice", At: Start.Add(tc.at)}); got != tc.want {
			t.Errorf("issued %v after: revoked %t, want %t", tc.at, got, tc.want)
		}
	}
}

func several(t *testing.T, revocations store.Revocations, clock *clock) {
	for _, seconds := range []int{3, 9, 1} {
		mustRevoke(t, revocations, store.Revocation{
			Subject: "usr_alice", IssuedBefore: Start.Add(time.Duration(seconds) * time.Second),
			Expires: Start.Add(time.Duration(20-seconds) * time.Minute), // the one that reaches furthest expires first
		})
	}
	issued := store.Issued{Subject: "usr_alice", At: Start.Add(5 * time.Second)}
	if !revocations.Revoked(issued) {
		t.Error("an earlier revocation hides a later one")
	}
	clock.step(12 * time.Minute)
	mustRevoke(t, revocations, store.Revocation{Subject: "usr_bob", IssuedBefore: clock.Now(), Expires: clock.Now().Add(time.Hour)})
	if !revocations.Revoked(store.Issued{Subject: "usr_alice", At: Start.Add(2 * time.Second)}) {
		t.Error("a revocation that has expired took another one with it")
	}
}

// What has expired may be forgotten and costs no room; nobody asks for it any more.
func forgotten(t *testing.T, revocations store.Revocations, clock *clock) {
	past := store.Revocation{TokenID: "jti-0", IssuedBefore: Start.Add(-time.Hour), Expires: Start}
	mustRevoke(t, revocations, past)
	if revocations.Revoked(store.Issued{TokenID: "jti-0", At: Start.Add(-2 * time.Hour)}) {
		t.Error("a revocation that had expired already was kept")
	}
	mustRevoke(t, revocations, store.Revocation{TokenID: "jti-1", IssuedBefore: Start, Expires: Start.Add(time.Minute)})
	clock.step(time.Minute)
	mustRevoke(t, revocations, store.Revocation{TokenID: "jti-1", IssuedBefore: Start, Expires: Start.Add(time.Minute)})
}

// A client that revokes without end fills its own budget, and nobody else's.
func budget(t *testing.T, revocations store.Revocations, clock *clock) {
	of := func(client string, i int) store.Revocation {
		return store.Revocation{
			ClientID: client, TokenID: fmt.Sprint("jti-", i), IssuedBefore: Start, Expires: Start.Add(time.Hour),
		}
	}
	allowed := 0
	for err := error(nil); err == nil && allowed < 1000; allowed++ {
		err = revocations.Revoke(t.Context(), of("team.loud", allowed))
		if err != nil && !errors.Is(err, store.ErrFull) {
			t.Fatalf("revocation %d: %v, want ErrFull", allowed, err)
		}
	}
	if allowed < 10 || allowed == 1000 {
		t.Errorf("a client revoked %d times at once, want a bound of tens or hundreds", allowed)
	}
	mustRevoke(t, revocations, of("team.loud", 0)) // again: it is revoked already
	mustRevoke(t, revocations, of("team.quiet", 0))
	mustRevoke(t, revocations, store.Revocation{Subject: "usr_alice", IssuedBefore: Start, Expires: Start.Add(time.Hour)})
	clock.step(time.Second)
	mustRevoke(t, revocations, of("team.loud", 1001))
}

func manyRevocations(t *testing.T, revocations store.Revocations, _ *clock) {
	r := store.Revocation{SessionID: "session-1", IssuedBefore: Start, Expires: Start.Add(time.Hour)}
	for racer, err := range race(func(int) error { return revocations.Revoke(t.Context(), r) }) {
		if err != nil {
			t.Errorf("racer %d: %v", racer, err)
		}
	}
	if !revocations.Revoked(token) {
		t.Error("not revoked")
	}
}

func mustRevoke(t *testing.T, revocations store.Revocations, r store.Revocation) {
	t.Helper()
	if err := revocations.Revoke(t.Context(), r); err != nil {
		t.Fatalf("revoke %+v: %v", r, err)
	}
}
