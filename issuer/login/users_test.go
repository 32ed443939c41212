package login_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
)

// Hashes of little work, so that tests are fast.
const (
	hashOfHorse   = "$2a$04$RnDGbE0ozyDSZTDDbcF3E.NhXnLEdVhWTYmI/1nYMV0rb3pakVAW6"                                   // correct horse
	hashOfStaple  = "$2y$04$SQaX3QobGzHwDTtCrgTIPeOCw1.7Jt8WN8uf8xAqtu.98HeAz4dX6"                                   // battery staple
	hashOfUmlauts = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0MTIzNA$mU4Ul2/LiEGvVNCwmZc+/XUJFVsAQ79/5Lrc48iv3XI" // pässword
)

const usersYAML = `
users:
- username: alice
  passwordHash: ` + hashOfHorse + `
  name: Alice Example
  email: alice@example.org
  emailVerified: true
  groups: [dev, ops]
  claims: {department: shipping}
- username: Straße
  passwordHash: ` + hashOfUmlauts + `
- username: bob.new
  subject: bob
  passwordHash: ` + hashOfStaple + `
- username: carol
  disabled: true
  passwordHash: ` + hashOfHorse + `
`

func parseUsers(tb testing.TB, text string) *login.Users {
	tb.Helper()
	users, err := login.ParseUsers("staff", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return users
}

// newGate lets one hash at a time, of any cost.
func newGate() *login.Gate { return login.NewGate(1, login.HashingBudget(math.MaxInt64)) }

func TestAuthenticate(t *testing.T) {
	users, gate := parseUsers(t, usersYAML), newGate()
	for _, tc := range []struct{ name, username, password, want string }{
		{"bcrypt", "alice", "correct horse", "alice"},
		{"argon2id", "Straße", "pässword", "Straße"},
		{"bcrypt of htpasswd", "bob.new", "battery staple", "bob.new"},
		{"another case", "ALICE", "correct horse", "alice"},
		{"spaces of a keyboard", " alice ", "correct horse", "alice"},
		{"wrong password", "alice", "battery staple", ""},
		{"password in another case", "alice", "Correct horse", ""},
		{"a space more", "alice", "correct horse ", ""},
		{"no password", "alice", "", ""},
		{"composed otherwise", "Straße", "pa\u0308ssword", ""},
		{"too long for bcrypt", "alice", "correct horse" + strings.Repeat("x", 60), ""},
		{"too long for all", "Straße", strings.Repeat("x", login.MaxPassword+1), ""},
		{"stranger", "mallory", "correct horse", ""},
		{"no username", "", "correct horse", ""},
		{"endless username", strings.Repeat("a", 1<<16), "correct horse", ""},
		{"disabled", "carol", "correct horse", ""},
		{"own subject is no username", "bob", "battery staple", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			identity, err := users.Authenticate(t.Context(), gate, tc.username, tc.password)
			if identity.Username != tc.want || errors.Is(err, login.ErrCredentials) != (tc.want == "") {
				t.Errorf("Authenticate(%.20q, …) = %q, %v; want %q", tc.username, identity.Username, err, tc.want)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	got, err := parseUsers(t, usersYAML).Authenticate(t.Context(), newGate(), "alice", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	want := login.Identity{
		Provider: "staff", Subject: login.Subject("staff", "alice"), Username: "alice", AMR: []string{"pwd"},
		Claims: map[string]any{
			"name": "Alice Example", "preferred_username": "alice", "email": "alice@example.org", "email_verified": true,
			"groups": []string{"dev", "ops"}, "department": "shipping",
		},
	}
	if got.Epoch == "" {
		t.Error("the identity has no epoch")
	}
	got.Epoch = ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("identity (-want +got):\n%s", diff)
	}
}

// OI-19, OI-24: tokens end with their user's entry, and outlive a new name or address.
func TestLookup(t *testing.T) {
	users := parseUsers(t, usersYAML)
	for _, tc := range []struct{ name, subject, want string }{
		{"there", login.Subject("staff", "alice"), "alice"},
		{"renamed", login.Subject("staff", "bob"), "bob.new"},
		{"by the new name", login.Subject("staff", "bob.new"), ""},
		{"upper case in the name", login.Subject("staff", "straße"), "Straße"},
		{"disabled", login.Subject("staff", "carol"), ""},
		{"gone", login.Subject("staff", "dave"), ""},
		{"another provider's", login.Subject("partners", "alice"), ""},
		{"none", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			identity, ok := users.Lookup(tc.subject)
			if identity.Username != tc.want || ok != (tc.want != "") {
				t.Errorf("Lookup = %q, %v; want %q", identity.Username, ok, tc.want)
			}
		})
	}
	if users.Len() != 4 {
		t.Errorf("%d users, want 4", users.Len())
	}
}

func TestNobodyIsThere(t *testing.T) {
	for _, text := range []string{"", "users:", "users: []", "{}"} {
		users := parseUsers(t, text)
		if _, err := users.Authenticate(t.Context(), newGate(), "alice", ""); !errors.Is(err, login.ErrCredentials) {
			t.Errorf("%q: %v, want %v", text, err, login.ErrCredentials)
		}
	}
}

// Whoever finds all places taken waits a little, and is told to come again.
func TestAuthenticateWhileBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		users, gate := parseUsers(t, usersYAML), newGate()
		leave := login.Enter(t, gate, 1)
		if _, err := users.Authenticate(t.Context(), gate, "alice", "correct horse"); !errors.Is(err, login.ErrBusy) {
			t.Errorf("all places taken: %v, want %v", err, login.ErrBusy)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := users.Authenticate(gone, gate, "alice", "correct horse"); !errors.Is(err, login.ErrBusy) {
			t.Errorf("the browser has gone: %v, want %v", err, login.ErrBusy)
		}
		waiting := make(chan error)
		go func() {
			_, err := users.Authenticate(t.Context(), gate, "alice", "correct horse")
			waiting <- err
		}()
		synctest.Wait()
		leave()
		if err := <-waiting; err != nil {
			t.Errorf("after a place became free: %v", err)
		}
	})
}
