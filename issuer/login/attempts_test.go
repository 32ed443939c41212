package login_test

import (
	"fmt"
	"strings"
	"testing"

	"tokenwright.dev/issuer/login"
)

// guessing is slowed down where it happens, and nowhere else.
func TestAttempts(t *testing.T) {
	attempts := login.NewAttempts(login.PairBudget, login.SourceBudget)
	for i := range login.PairBudget.Burst {
		if wait := attempts.Spend("alice", "192.0.2.1", start); wait != 0 {
			t.Fatalf("attempt %d: wait %v", i+1, wait)
		}
	}
	for _, tc := range []struct {
		name, username, source string
		throttled              bool
	}{
		{"the same", "alice", "192.0.2.1", true},
		{"in other case", "ALICE", "192.0.2.1", true},
		{"with spaces", " alice ", "192.0.2.1", true},
		{"the owner, elsewhere", "alice", "192.0.2.2", false},
		{"a neighbour", "bob", "192.0.2.1", false},
	} {
		if wait := attempts.Spend(tc.username, tc.source, start); (wait > 0) != tc.throttled {
			t.Errorf("%s: wait %v, want throttled %v", tc.name, wait, tc.throttled)
		}
	}
	after := attempts.Spend("alice", "192.0.2.1", start)
	if wait := attempts.Spend("alice", "192.0.2.1", start.Add(after)); wait != 0 {
		t.Errorf("after the wait of %v: %v", after, wait)
	}
}

// One password tried on many usernames spends the budget of its source.
func TestAttemptsAcrossUsernames(t *testing.T) {
	attempts := login.NewAttempts(login.PairBudget, login.SourceBudget)
	for i := range login.SourceBudget.Burst {
		attempts.Spend(fmt.Sprint("user-", i), "2001:db8::1", start)
	}
	if attempts.Spend("alice", "2001:db8::2", start) == 0 {
		t.Error("a neighbour in the same /64 has a budget of its own")
	}
	for range 2 * login.PairBudget.Burst {
		attempts.Spend("bob", "2001:db8::1", start)
	}
	if wait := attempts.Spend("alice", "192.0.2.1", start); wait != 0 {
		t.Errorf("alice must wait elsewhere: %v", wait)
	}
}

// A username as long as a form allows is one key among others.
func TestAttemptsOfLongUsernames(t *testing.T) {
	attempts := login.NewAttempts(login.PairBudget, login.SourceBudget)
	for i := range login.PairBudget.Burst + 1 {
		wait := attempts.Spend(strings.Repeat("é", 1<<16)+fmt.Sprint(i), "192.0.2.1", start)
		if (wait > 0) != (i == login.PairBudget.Burst) {
			t.Errorf("attempt %d: wait %v", i+1, wait)
		}
	}
}
