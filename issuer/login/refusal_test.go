package login_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
)

// With one entry that cannot be read the others log in. Whose it is hears what everybody hears who is wrong, after the same
// work.
func TestOneEntryIsWrong(t *testing.T) {
	users := parseUsers(t, strings.Replace(usersYAML, "name: Alice Example", "fullName: Alice Example", 1))
	for _, tc := range []struct{ username, password, want string }{
		{"alice", "correct horse", ""},
		{"Straße", "pässword", "Straße"},
		{"bob.new", "battery staple", "bob.new"},
	} {
		identity, err := users.Authenticate(t.Context(), newGate(), tc.username, tc.password)
		if identity.Username != tc.want || errors.Is(err, login.ErrCredentials) != (tc.want == "") {
			t.Errorf("%s: %q, %v; want %q", tc.username, identity.Username, err, tc.want)
		}
	}
	refused, _ := errors.AsType[*login.RefusedError](users.Refused())
	want := &login.RefusedError{Refusals: []login.Refusal{{Line: 5, Entry: 1, Reason: "there is no such field"}}}
	if diff := cmp.Diff(want, refused); diff != "" || users.Len() != 3 {
		t.Errorf("%d users; refused (-want +got):\n%s", users.Len(), diff)
	}
	if parseUsers(t, usersYAML).Refused() != nil {
		t.Error("a file without a mistake has some")
	}
}

// The hash of an entry that is left out costs nobody anything.
func TestRefusedHashCostsNothing(t *testing.T) {
	users := parseUsers(t, "users:\n- {username: alice, passwordHash: '"+hashOfHorse+"'}\n"+
		"- {username: bob, nick: b, passwordHash: '"+strings.Replace(hashOfUmlauts, "m=64", "m=262144", 1)+"'}\n")
	if err := users.Afford(1 << 20); err != nil {
		t.Error(err)
	}
}

// What is told has a bound, whatever the file holds.
func TestRefusedErrorIsBounded(t *testing.T) {
	text := "users:\n" + strings.Repeat("- {username: alice, "+strings.Repeat("x", 1000)+": y}\n", 900)
	got := parseUsers(t, text).Refused().Error()
	want := "users: line 2: there is no such field; line 3: there is no such field; line 4: there is no such field; " +
		"line 5: there is no such field; line 6: there is no such field; and 895 more"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// Lines are those of the mistakes, however the file is written.
func TestLinesOfRefusals(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"a field of the entry", one("name: a", "", "# a comment", "groups: dev"), "line 7: groups: write a list"},
		{"the entry, where a field is missing", "users:\n\n-\n  username: alice\n", "line 4: passwordHash: write a hash"},
		{"on one line", "{users: [{username: alice}]}", "line 1: passwordHash"},
		{"in JSON", "{\"users\":\n[{\"username\": \"alice\",\n\"passwordHash\": 7}]}", "line 3: passwordHash"},
		{"by an alias", "users:\n- &a {username: alice, passwordHash: '" + hashOfHorse + "'}\n- *a\n", "line 2: username: it is taken"},
		{"merged", "users:\n- &a {username: alice, passwordHash: '" + hashOfHorse + "'}\n- <<: *a\n", "line 3: username: it is taken"},
		{"a key twice, deep down", one("claims:", "  x: {y: 1,", "    y: 2}"), "line 6: the entry gives a key twice"},
		{"a key twice, by an alias", "users:\n- &a {username: alice,\n  username: bob}\n- *a\n", "line 3: the entry gives a key twice; line 3: the entry gives a key twice"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := parseUsers(t, tc.text).Refused(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}
