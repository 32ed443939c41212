package login_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tokenwright.dev/issuer/login"
)

const mib = 1 << 20

// What a process may use for hashing, and what a hash asks of a process.
func TestHashingBudget(t *testing.T) {
	for _, tc := range []struct{ limit, want int64 }{
		{math.MaxInt64, 256 * mib}, // no limit: any hash that a file may hold
		{256 * 1_000_000, 64 * 1_000_000},
		{1024 * mib, 256 * mib},
		{0, 0},
		{-1, 0},
	} {
		if got := login.HashingBudget(tc.limit); got != tc.want {
			t.Errorf("HashingBudget(%d) = %d, want %d", tc.limit, got, tc.want)
		}
	}
	for _, memory := range []int64{1, 16 << 10, 64 * mib, 256 * mib} {
		limit := login.LimitForHashing(memory)
		if login.HashingBudget(limit) < memory || login.HashingBudget(limit-1) >= memory {
			t.Errorf("%d is not the least limit for %d", limit, memory)
		}
	}
}

// The memory of a file is that of its costliest hash, and of what a stranger costs where it has none.
func TestMemoryOfUsers(t *testing.T) {
	costly := strings.Replace(hashOfUmlauts, "m=64", "m=65536", 1)
	for _, tc := range []struct {
		name, text string
		least      int64
	}{
		{"nobody", "", 16 << 10},
		{"bcrypt", one(), 16 << 10},
		{"argon2id among bcrypt", usersYAML, 64 << 10},
		{"one costly hash", strings.Replace(usersYAML, hashOfUmlauts, costly, 1), 64 * mib},
	} {
		if got := parseUsers(t, tc.text).Memory(); got != tc.least {
			t.Errorf("%s: %d bytes, want %d", tc.name, got, tc.least)
		}
	}
}

// However many strangers come at a time, what is hashed for them stays within the budget, and within the processors.
func TestStrangersStayWithinTheBudget(t *testing.T) {
	for _, tc := range []struct {
		places         int
		budget, memory int64
		want           int64 // hashes at a time
	}{
		{8, 256 * mib, 64 * mib, 4},
		{8, 80 * mib, 64 * mib, 1}, // the default of a Pod whose users have the hashes that we recommend
		{2, 256 * mib, 64 * mib, 2},
		{2, 64 * mib, 16 << 10, 2}, // bcrypt needs processors
		{1, 256 * mib, 16 << 10, 1},
		{8, 100 * mib, 100 * mib, 1},
	} {
		t.Run(fmt.Sprint(tc), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var now, most, hashed atomic.Int64
				users := login.Strangers(tc.memory, func() {
					at := now.Add(1)
					for seen := most.Load(); at > seen; seen = most.Load() {
						most.CompareAndSwap(seen, at)
					}
					<-time.After(50 * time.Millisecond) // of the bubble's clock
					now.Add(-1)
					hashed.Add(1)
				})
				gate := login.NewGate(tc.places, tc.budget)
				var all sync.WaitGroup
				for i := range 24 {
					all.Go(func() {
						if _, err := users.Authenticate(t.Context(), gate, fmt.Sprint("unknown-", i), "guess"); !errors.Is(err, login.ErrCredentials) {
							t.Errorf("login %d: %v", i, err)
						}
					})
				}
				all.Wait()
				if most.Load() != tc.want || most.Load()*tc.memory > tc.budget || hashed.Load() != 24 {
					t.Errorf("%d hashes, %d at a time, want 24 and %d", hashed.Load(), most.Load(), tc.want)
				}
			})
		})
	}
}

// A hash that fits into no budget is not begun, however long one waits, and whoever asks: names that exist and others.
func TestTooCostlyUsers(t *testing.T) {
	users := parseUsers(t, strings.Replace(usersYAML, hashOfUmlauts, strings.Replace(hashOfUmlauts, "m=64", "m=65536", 1), 1))
	gate := login.NewGate(2, 64*mib-1)
	for _, username := range []string{"alice", "Straße", "mallory"} {
		if _, err := users.Authenticate(t.Context(), gate, username, "correct horse"); !errors.Is(err, login.ErrTooCostly) {
			t.Errorf("%s: %v, want %v", username, err, login.ErrTooCostly)
		}
	}
}

// What can match nothing costs nothing, so it waits for nobody.
func TestHopelessLoginsPassTheGate(t *testing.T) {
	users, gate := parseUsers(t, usersYAML), newGate()
	leave := login.Enter(t, gate, 1)
	defer leave()
	for name, typed := range map[string][2]string{
		"password": {"alice", strings.Repeat("x", login.MaxPassword+1)},
		"username": {strings.Repeat("x", 257), "correct horse"},
	} {
		if _, err := users.Authenticate(t.Context(), gate, typed[0], typed[1]); !errors.Is(err, login.ErrCredentials) {
			t.Errorf("long %s: %v, want %v", name, err, login.ErrCredentials)
		}
	}
}

// A hash of much memory is not passed for ever by those of little.
func TestGateKeepsItsOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := login.NewGate(4, 100)
		leave := login.Enter(t, gate, 50)
		var order []string
		var mu sync.Mutex
		var all sync.WaitGroup
		for _, who := range []struct {
			name   string
			memory int64
		}{{"great", 100}, {"small", 1}} {
			all.Go(func() {
				leave := login.Enter(t, gate, who.memory)
				defer leave()
				mu.Lock()
				defer mu.Unlock()
				order = append(order, who.name)
			})
			synctest.Wait()
		}
		leave()
		all.Wait()
		if got := strings.Join(order, " "); got != "great small" {
			t.Errorf("order %q", got)
		}
	})
}

// The gate counts what is hashed also when those who wait have gone.
func TestGateAfterImpatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := login.NewGate(1, 64*mib)
		leave := login.Enter(t, gate, 64*mib)
		users := login.Strangers(64*mib, func() {})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		for _, ctx := range []context.Context{gone, t.Context()} {
			if _, err := users.Authenticate(ctx, gate, "mallory", "x"); !errors.Is(err, login.ErrBusy) {
				t.Errorf("%v, want %v", err, login.ErrBusy)
			}
		}
		leave()
		if _, err := users.Authenticate(t.Context(), gate, "mallory", "x"); !errors.Is(err, login.ErrCredentials) {
			t.Errorf("after that: %v", err)
		}
	})
}
