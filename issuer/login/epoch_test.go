package login_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
)

// entry is a file with one user who has that password hash.
func entry(hash string, lines ...string) string {
	return strings.Replace(one(lines...), hashOfHorse, hash, 1)
}

// Whoever leaves the file, is disabled or has another hash has departed; whatever else of an entry changes, nobody has.
func TestDepartures(t *testing.T) {
	const subject, other = "alice", "bob"
	bob := entry(hashOfHorse)
	bob = strings.Replace(bob, subject, other, 1)
	for _, tc := range []struct{ name, was, is, want string }{
		{"the same file", entry(hashOfHorse), entry(hashOfHorse), ""},
		{"another name to show", entry(hashOfHorse), entry(hashOfHorse, "name: Alice Example", "groups: [ops]"), ""},
		{"another case", entry(hashOfHorse), strings.Replace(entry(hashOfHorse), "alice", "Alice", 1), ""},
		{"renamed, with the former subject", entry(hashOfHorse), strings.Replace(entry(hashOfHorse, "subject: alice"), "username: alice", "username: carol", 1), ""},
		{"another password", entry(hashOfHorse), entry(hashOfUmlauts), login.ReasonPassword},
		{"the same password, hashed anew", entry(hashOfHorse), entry(strings.Replace(hashOfHorse, "$2a$", "$2b$", 1)), login.ReasonPassword},
		{"disabled", entry(hashOfHorse), entry(hashOfHorse, "disabled: true"), login.ReasonDisabled},
		{"enabled", entry(hashOfHorse, "disabled: true"), entry(hashOfHorse), ""},
		{"disabled, then removed", entry(hashOfHorse, "disabled: true"), bob, ""},
		{"removed", entry(hashOfHorse), bob, login.ReasonLeft},
		{"renamed, without", entry(hashOfHorse), strings.Replace(entry(hashOfHorse), "username: alice", "username: carol", 1), login.ReasonLeft},
		{"an id of their own", entry(hashOfHorse), entry(hashOfHorse, "id: a-1"), login.ReasonLeft},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var want []login.Departure
			if tc.want != "" {
				want = []login.Departure{{Provider: "staff", Subject: login.Subject("staff", subject), Username: subject, Reason: tc.want}}
			}
			if diff := cmp.Diff(want, parseUsers(t, tc.was).Departures(parseUsers(t, tc.is))); diff != "" {
				t.Errorf("departures (-want +got):\n%s", diff)
			}
		})
	}
}

// What began in an epoch counts in that one alone; what an issuer without epochs began counts as long as the person is there.
func TestHolds(t *testing.T) {
	subject := login.Subject("staff", "alice")
	epoch := func(file string) string {
		identity, _ := parseUsers(t, file).Lookup(subject)
		return identity.Epoch
	}
	before := epoch(entry(hashOfHorse))
	for _, tc := range []struct {
		name, file, epoch string
		want              bool
	}{
		{"the same", entry(hashOfHorse), before, true},
		{"before there were epochs", entry(hashOfUmlauts), "", true},
		{"another password", entry(hashOfUmlauts), before, false},
		{"made up", entry(hashOfHorse), "x", false},
		{"disabled", entry(hashOfHorse, "disabled: true"), before, false},
		{"disabled, without", entry(hashOfHorse, "disabled: true"), "", false},
		{"gone", entry(hashOfHorse, "id: a-1"), before, false},
		{"gone, without", entry(hashOfHorse, "id: a-1"), "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := parseUsers(t, tc.file).Holds(subject, tc.epoch); got != tc.want {
				t.Errorf("Holds(%q) = %t, want %t", tc.epoch, got, tc.want)
			}
		})
	}
}

// No two people have one epoch, even with the same hash; and none shows a part of the hash.
func TestEpochsDiffer(t *testing.T) {
	users := parseUsers(t, fmt.Sprintf("users:\n- {username: alice, passwordHash: '%[1]s'}\n- {username: bob, passwordHash: '%[1]s'}\n", hashOfHorse))
	alice, _ := users.Lookup(login.Subject("staff", "alice"))
	bob, _ := users.Lookup(login.Subject("staff", "bob"))
	if alice.Epoch == bob.Epoch || len(alice.Epoch) != 16 || strings.Contains(hashOfHorse, alice.Epoch[:4]) {
		t.Errorf("epochs %q and %q", alice.Epoch, bob.Epoch)
	}
}

// An id makes a subject that no username and no subject of an entry makes, and that stays when the name changes hands.
func TestOwnID(t *testing.T) {
	subjects := map[string]string{}
	for name, file := range map[string]string{
		"username":          entry(hashOfHorse),
		"id like it":        entry(hashOfHorse, "id: alice"),
		"another id":        entry(hashOfHorse, "id: e-4711"),
		"the same, case":    entry(hashOfHorse, "id: E-4711"),
		"subject as the id": entry(hashOfHorse, "subject: e-4711"),
	} {
		users := parseUsers(t, file)
		identity, err := users.Authenticate(t.Context(), login.NewGate(1, 1<<30), "alice", "correct horse")
		if err != nil {
			t.Fatal(err)
		}
		if other := subjects[identity.Subject]; other != "" {
			t.Errorf("%q and %q have one subject", name, other)
		}
		subjects[identity.Subject] = name
	}
	if subjects[login.Subject("staff", "alice")] != "username" || subjects[login.Subject("staff", "e-4711")] != "subject as the id" {
		t.Errorf("what is made of username and subject has changed: %v", subjects)
	}
	renamed := parseUsers(t, strings.Replace(entry(hashOfHorse, "id: e-4711"), "username: alice", "username: carol", 1))
	if gone := parseUsers(t, entry(hashOfHorse, "id: e-4711")).Departures(renamed); !slices.Equal(gone, nil) {
		t.Errorf("a new name ended %v", gone)
	}
}
