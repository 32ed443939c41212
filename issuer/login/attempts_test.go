package login_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
)

func newAttempts() *login.Attempts {
	return login.NewAttempts(login.PairBudget, login.SourceBudget, login.AccountDelay)
}

// spend counts an attempt at provider staff, and tells what it says.
func spend(attempts *login.Attempts, username, source string, at time.Time) login.WaitError {
	return spendOf(attempts, login.Attempt{Provider: "staff", Username: username, Source: source}, at)
}

func spendOf(attempts *login.Attempts, try login.Attempt, at time.Time) login.WaitError {
	if err, ok := errors.AsType[*login.WaitError](attempts.Spend(try, at)); ok {
		return *err
	}
	return login.WaitError{}
}

// familiar is an attempt from a browser that knows alice.
func familiar(source string) login.Attempt {
	return login.Attempt{Provider: "staff", Username: "alice", Source: source, Familiar: true}
}

// guessing is slowed down where it happens.
func TestAttemptsAtOneSource(t *testing.T) {
	attempts := newAttempts()
	for i := range login.PairBudget.Burst {
		if got := spendOf(attempts, familiar("192.0.2.1"), start); got.Wait != 0 {
			t.Fatalf("attempt %d: %v", i+1, got)
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
		if got := spend(attempts, tc.username, tc.source, start); (got.Wait > 0) != tc.throttled || got.Account {
			t.Errorf("%s: %v, want throttled %v", tc.name, got, tc.throttled)
		}
	}
	after := spend(attempts, "alice", "192.0.2.1", start).Wait
	if got := spendOf(attempts, familiar("192.0.2.1"), start.Add(after)); got.Wait != 0 {
		t.Errorf("after the wait of %v: %v", after, got)
	}
}

// many sources have one account to guess at, whether somebody has it or not; and nobody is locked out by that where
// they were logged in before.
func TestAttemptsAtOneAccount(t *testing.T) {
	for _, username := range []string{"alice", "nobody-has-this-name"} {
		attempts, at := newAttempts(), start
		var waits []time.Duration
		for i := range 12 {
			for j := range 50 { // at once, of whom one may go on at most
				got := spend(attempts, username, fmt.Sprintf("198.51.%d.%d", i, j), at)
				if got.Wait > 0 {
					if !got.Account {
						t.Fatalf("%s: %+v is not the account's", username, got)
					}
					waits = append(waits, got.Wait)
					break
				}
			}
			at = at.Add(waits[len(waits)-1])
		}
		const s = time.Second
		want := []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s, 60 * s, 60 * s, 60 * s, 60 * s}
		if diff := cmp.Diff(want, waits); diff != "" {
			t.Errorf("%s: waits (-want +got):\n%s", username, diff)
		}
		for name, try := range map[string]login.Attempt{
			"where the account was logged in before": {Provider: "staff", Username: username, Source: "192.0.2.1", Familiar: true},
			"another account":                        {Provider: "staff", Username: "bob", Source: "192.0.2.1"},
			"the name at another provider":           {Provider: "partners", Username: username, Source: "192.0.2.1"},
		} {
			if got := spendOf(attempts, try, at.Add(-time.Second)); got.Wait != 0 {
				t.Errorf("%s: %s: %v", username, name, got)
			}
		}
	}
}

// A right password ends the row; one that was not looked at does not count; and one from a browser that the account is
// familiar with says nothing of the others.
func TestAttemptsThatAreNoGuesses(t *testing.T) {
	try := login.Attempt{Provider: "staff", Username: "alice", Source: "192.0.2.1"}
	for _, tc := range []struct {
		name string
		ends func(*login.Attempts)
		want bool // to wait for the next
	}{
		{"wrong", func(*login.Attempts) {}, true},
		{"right", func(a *login.Attempts) { a.Succeeded(try, start) }, false},
		{"unchecked", func(a *login.Attempts) { a.Unchecked(try, start) }, false},
		{"right in a browser of old", func(a *login.Attempts) { a.Succeeded(familiar("192.0.2.1"), start) }, true},
	} {
		attempts := newAttempts()
		for range login.AccountDelay.Free {
			if err := attempts.Spend(try, start); err != nil {
				t.Fatal(err)
			}
		}
		tc.ends(attempts)
		if err := attempts.Spend(try, start); (err != nil) != tc.want {
			t.Errorf("%s: %v, want to wait %v", tc.name, err, tc.want)
		}
	}
}

// One password tried on many usernames spends the budget of its source.
func TestAttemptsAcrossUsernames(t *testing.T) {
	attempts := newAttempts()
	for i := range login.SourceBudget.Burst {
		spend(attempts, fmt.Sprint("user-", i), "2001:db8::1", start)
	}
	if spend(attempts, "alice", "2001:db8::2", start).Wait == 0 {
		t.Error("a neighbour in the same /64 has a budget of its own")
	}
	for range 2 * login.PairBudget.Burst {
		spend(attempts, "bob", "2001:db8::1", start)
	}
	if got := spend(attempts, "alice", "192.0.2.1", start); got.Wait != 0 {
		t.Errorf("alice must wait elsewhere: %v", got)
	}
}

// Whoever tries one account for ever leaves a source that many share, such as a proxy, to the others.
func TestAttemptsThatAreRefusedSpareTheSource(t *testing.T) {
	attempts := newAttempts()
	for range 10 * login.SourceBudget.Burst {
		spend(attempts, "alice", "192.0.2.1", start)
		spendOf(attempts, login.Attempt{Provider: "staff", Username: "carol", Source: "192.0.2.1", Familiar: true}, start)
	}
	if got := spend(attempts, "bob", "192.0.2.1", start); got.Wait != 0 {
		t.Errorf("bob must wait: %v", got)
	}
}

// A username as long as a form allows is one key among others.
func TestAttemptsOfLongUsernames(t *testing.T) {
	attempts := newAttempts()
	for i := range login.AccountDelay.Free + 1 {
		got := spend(attempts, strings.Repeat("é", 1<<16)+fmt.Sprint(i), "192.0.2.1", start)
		if (got.Wait > 0) != (i == login.AccountDelay.Free) {
			t.Errorf("attempt %d: %v", i+1, got)
		}
	}
}
