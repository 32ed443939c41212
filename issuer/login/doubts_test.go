package login_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
)

// staff is a file of alice, bob who has an id, and carol.
const staff = `users:
- username: alice
  passwordHash: ` + hashOfHorse + `
  name: Alice
- username: bob
  id: e-7
  passwordHash: ` + hashOfStaple + `
- username: carol
  passwordHash: ` + hashOfHorse + `
`

// names of the subjects of staff.
var subjectsOfStaff = map[string]string{
	login.Subject("staff", "alice"): "alice", login.Subject("staff", "id\x00e-7"): "bob", login.Subject("staff", "carol"): "carol",
}

// What becomes of everybody when the file changes: who goes on, with what they began, who may log in, and who has departed.
// A mistake ends nothing; what can be read of an entry that cannot counts where it takes something away.
func TestMistakesEndNothing(t *testing.T) {
	edit := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(staff) }
	for _, tc := range []struct {
		name, file              string
		goOn, logsIn, departure string
	}{
		{"no mistake", staff, "alice bob carol", "alice bob carol", ""},
		{"a wrong field", edit("name: Alice", "fullName: Alice"), "alice bob carol", "bob carol", ""},
		{"a hash cut off", edit(hashOfStaple, hashOfStaple[:40]), "alice bob carol", "alice carol", ""},
		{"no hash", edit("  passwordHash: "+hashOfStaple+"\n", ""), "alice bob carol", "alice carol", ""},
		{"the id has another name", edit("id: e-7", "ID-number: e-7"), "alice bob carol", "alice carol", ""},
		{"the id is no text", edit("id: e-7", "id: 7"), "alice bob carol", "alice carol", ""},
		{"the username has another name", edit("username: alice", "usrname: alice"), "alice bob carol", "bob carol", ""},
		{"the username is no text", edit("username: alice", "username: 7"), "alice bob carol", "bob carol", ""},
		{"the username twice", edit("username: alice", "username: dave\n  username: erin"), "alice bob carol", "bob carol", ""},
		{"another hash, and a mistake", edit("passwordHash: "+hashOfHorse+"\n  name: Alice", "passwordHash: "+hashOfUmlauts+"\n  fullName: Alice"), "alice bob carol", "bob carol", ""},
		{"disabled, and a mistake", edit("name: Alice", "fullName: Alice\n  disabled: true"), "bob carol", "bob carol", "alice: " + login.ReasonDisabled},
		{"perhaps disabled", edit("name: Alice", "disabled: yes, please"), "alice bob carol", "bob carol", ""},
		{"one leaves, another has a mistake", edit("name: Alice", "fullName: Alice", "- username: carol\n  passwordHash: "+hashOfHorse+"\n", ""), "alice bob", "bob", "carol: " + login.ReasonLeft},
		{"one leaves, and nobody knows whose the mistake is", edit("username: alice", "usrname: alice", "- username: carol\n  passwordHash: "+hashOfHorse+"\n", ""), "alice bob carol", "bob", ""},
		{"the name twice", edit("username: carol", "username: Alice"), "alice bob", "alice bob", "carol: " + login.ReasonLeft},
		{"the id twice", edit("username: carol", "username: carol\n  id: e-7"), "alice bob carol", "alice bob", ""},
		{"a mistake, and another of the name", edit("name: Alice", "fullName: Alice", "username: carol", "username: alice"), "alice bob", "bob", "carol: " + login.ReasonLeft},
		{"a mistake, and another of the id", edit("id: e-7", "id: e-7\n  fullName: Bob", "username: carol", "username: carol\n  id: e-7"), "alice bob carol", "alice", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			before := parseUsers(t, staff)
			after := parseUsers(t, tc.file).After(before)
			var gone []string
			for _, departure := range before.Departures(after) {
				gone = append(gone, departure.Username+": "+departure.Reason)
			}
			goOn, logsIn := outcome(t, before, after)
			got := []string{strings.Join(goOn, " "), strings.Join(logsIn, " "), strings.Join(gone, " ")}
			if diff := cmp.Diff([]string{tc.goOn, tc.logsIn, tc.departure}, got); diff != "" {
				t.Errorf("who goes on, logs in and has departed (-want +got):\n%s", diff)
			}
		})
	}
}

// outcome tells whose sessions and grants of before go on after, and who logs in.
func outcome(t *testing.T, before, after *login.Users) (goOn, logsIn []string) {
	t.Helper()
	for _, subject := range slices.SortedFunc(maps.Keys(subjectsOfStaff), func(a, b string) int { return strings.Compare(subjectsOfStaff[a], subjectsOfStaff[b]) }) {
		was, _ := before.Lookup(subject)
		if after.Holds(subject, was.Epoch) {
			goOn = append(goOn, was.Username)
		}
		for _, password := range []string{"correct horse", "battery staple", "pässword"} {
			if who, err := after.Authenticate(t.Context(), newGate(), was.Username, password); err == nil && who.Subject == subject {
				logsIn = append(logsIn, was.Username)
			}
		}
	}
	return goOn, logsIn
}

// The mistake may stay for several versions. What the repaired entry says counts from then on: the same hash, and all goes
// on; another one, and what was begun by the former has ended.
func TestMistakeIsRepaired(t *testing.T) {
	subject := login.Subject("staff", "alice")
	first := parseUsers(t, staff)
	second := parseUsers(t, strings.Replace(staff, "  name:", "  fullName:", 1)).After(first)
	third := parseUsers(t, strings.Replace(staff, "  name:", "  names:", 1)).After(second)
	was, _ := first.Lookup(subject)
	if is, ok := third.Lookup(subject); !ok || !cmp.Equal(is, was) || !third.Holds(subject, was.Epoch) {
		t.Errorf("%+v, want her as she was", is)
	}
	if third.Holds(subject, "another epoch") {
		t.Error("an epoch that had ended counts again")
	}
	repaired := parseUsers(t, staff).After(third)
	if gone := third.Departures(repaired); gone != nil || !repaired.Holds(subject, was.Epoch) {
		t.Errorf("repaired, and %v departed", gone)
	}
	changed := parseUsers(t, strings.Replace(staff, hashOfHorse, hashOfUmlauts, 1)).After(third)
	want := []login.Departure{{Provider: "staff", Subject: subject, Username: "alice", Reason: login.ReasonPassword}}
	if diff := cmp.Diff(want, third.Departures(changed)); diff != "" || changed.Holds(subject, was.Epoch) {
		t.Errorf("with another password (-want +got):\n%s", diff)
	}
	if gone := third.Departures(parseUsers(t, strings.Replace(staff, "alice", "dave", 1)).After(third)); len(gone) != 1 || gone[0].Reason != login.ReasonLeft {
		t.Errorf("taken out after all: %v", gone)
	}
}

// Who never stood in a version that could be read is nobody: there is nothing to go on with, and nothing to be known by.
func TestMistakeFromTheBeginning(t *testing.T) {
	users := parseUsers(t, strings.Replace(staff, "  name:", "  fullName:", 1))
	for name, users := range map[string]*login.Users{"alone": users, "after none": users.After(nil), "after nobody": users.After(parseUsers(t, ""))} {
		if _, ok := users.Lookup(login.Subject("staff", "alice")); ok || users.Holds(login.Subject("staff", "alice"), "") {
			t.Errorf("%s: she is there", name)
		}
		if _, ok := users.Named("alice"); ok {
			t.Errorf("%s: her name is known", name)
		}
		if !users.InDoubt(login.Subject("staff", "alice"), "alice") || users.InDoubt(login.Subject("staff", "carol"), "carol") || users.InDoubt("x", "x") {
			t.Errorf("%s: she is not in doubt, or somebody else is", name)
		}
	}
}

// Who is in doubt: nobody of whom the file or the one before says how they are.
func TestInDoubt(t *testing.T) {
	alice := login.Subject("staff", "alice")
	wrong := strings.Replace(staff, "  name:", "  fullName:", 1)
	for _, tc := range []struct {
		name  string
		users *login.Users
		want  bool
	}{
		{"a file without a mistake", parseUsers(t, staff), false},
		{"a file that has her no longer", parseUsers(t, strings.Replace(staff, "username: alice", "username: dave", 1)), false},
		{"a mistake", parseUsers(t, wrong), true},
		{"a mistake, and kept", parseUsers(t, wrong).After(parseUsers(t, staff)), false},
		{"a mistake of somebody's", parseUsers(t, strings.Replace(staff, "username: alice", "usrname: alice", 1)), true},
		{"a mistake of another's", parseUsers(t, strings.Replace(wrong, "username: alice", "username: dave", 1)), false},
		{"disabled by a mistaken entry", parseUsers(t, strings.Replace(wrong, "  fullName:", "  disabled: true\n  fullName:", 1)), false},
	} {
		if got := tc.users.InDoubt(alice, "alice"); got != tc.want {
			t.Errorf("%s: %t, want %t", tc.name, got, tc.want)
		}
	}
}

// The log still says whose account was tried.
func TestNamedWhileInDoubt(t *testing.T) {
	users := parseUsers(t, strings.Replace(staff, "  name:", "  fullName:", 1)).After(parseUsers(t, staff))
	if got, ok := users.Named(" ALICE "); !ok || got.Subject != login.Subject("staff", "alice") {
		t.Errorf("%+v, %t", got, ok)
	}
}
