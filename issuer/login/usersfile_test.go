package login_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"tokenwright.dev/issuer/login"
)

// one is a file with one user, and more lines of their entry.
func one(lines ...string) string {
	return strings.Join(append([]string{"users:", "- username: alice", "  passwordHash: " + hashOfHorse}, indent(lines)...), "\n")
}

func indent(lines []string) []string {
	var indented []string
	for _, line := range lines {
		indented = append(indented, "  "+line)
	}
	return indented
}

func TestParseUsersRefuses(t *testing.T) {
	hash := func(text string) string { return "users: [{username: alice, passwordHash: '" + text + "'}]" }
	name := func(text string) string {
		return "users: [{username: " + text + ", passwordHash: '" + hashOfHorse + "'}]"
	}
	tail := hashOfHorse[len("$2a$04$"):]
	for _, tc := range []struct{ name, text, want string }{
		{"no YAML", "users: [", "no YAML"},
		{"a key twice", "users: []\nusers: []", "near line 2"},
		{"no object", "- alice", "one key users"},
		{"another key", "people: []", "there is no such field"},
		{"too long", strings.Repeat("#", 1<<20+1), "at most 1048576"},
		{"too many", "users: [" + strings.Repeat("{},", 1001) + "]", "at most 1000"},
		{"not a user", "users: [7]", "line 1: the whole: write a mapping"},
		{"unknown field", one("pasword: x"), "line 4: there is no such field"},
		{"wrong type", one("disabled: maybe"), `line 4: disabled: write true or false`},
		{"a number for a text", one("address: {postalCode: 12345}"), `line 4: address.postalCode: write a text, in quotes`},
		{"a country that is no", one("address: {country: NO}"), `line 4: address.country: write a text, in quotes`},
		{"a text for a list", one("groups: dev"), `line 4: groups: write a list`},
		{"a text for a mapping", one("claims: dev"), `line 4: claims: write a mapping`},
		{"no list", "users: alice", "users: write a list"},
		{"no time", one("updatedAt: yesterday"), `line 4: updatedAt: write a time like`},
		{"no username", "users: [{passwordHash: x}]", "line 1: username: write one"},
		{"username of spaces", name("' alice'"), "leave out the spaces"},
		{"control character", name(`"a\tb"`), "line 1: username: write printable"},
		{"reordering character", name(`"a\u202eb"`), "line 1: username: write printable"},
		{"a hash as username", name("'" + hashOfHorse + "'"), "line 1: username: write one without $"},
		{"long username", name(strings.Repeat("a", 65)), "at most 64 characters"},
		{"username twice", strings.Replace(usersYAML, "Straße", "Alice", 1), "line 10: username: it is taken by an earlier entry"},
		{"subject twice", strings.Replace(usersYAML, "subject: bob", "subject: alice", 1), "line 13: subject: it is that of an earlier entry"},
		{"long subject", one("subject: " + strings.Repeat("a", 256)), "subject: write at most 255"},
		{"long id", one("id: " + strings.Repeat("a", 129)), "id: write at most 128"},
		{"id with a space", one("id: a b"), "id: write at most 128"},
		{"id of look-alikes", one("id: аlice"), "id: write at most 128"},
		{"a number for an id", one("id: 4711"), `line 4: id: write a text, in quotes`},
		{"id and subject", one("id: a", "subject: a"), `line 4: id: it stands in place of subject`},
		{"id twice", one("id: a") + "\n- {username: bob, id: a, passwordHash: '" + hashOfHorse + "'}", "line 5: id: it is that of an earlier entry"},
		{"no hash", "users: [{username: alice}]", "line 1: passwordHash: write a hash"},
		{"a password in the place of a field", "users: [{username: alice, hunter2}]", "line 1: there is no such field"},
		{"a password in the place of a claim", one("claims: {hunter2}"), "line 4: claims: one has no value"},
		{"a field of the address", one("address:", "  formatted: x", "  town: x"), "line 6: there is no such field"},
		{"a key twice in an entry", one("name: a", "name: b"), "line 5: the entry gives a key twice"},
		{"a password", hash("hunter2"), "passwordHash: write a hash"},
		{"MD5", hash("$apr1$x$y"), "passwordHash: write a hash"},
		{"bcrypt, cut off", hash(hashOfHorse[:40]), "passwordHash: write a hash"},
		{"bcrypt, too cheap to be one", hash("$2a$03$" + tail), "cost 4 to 14"},
		{"bcrypt, too dear", hash("$2a$15$" + tail), "cost 4 to 14"},
		{"bcrypt's broken version", hash("$2x$10$" + tail), "passwordHash: write a hash"},
		{"argon2i", hash(strings.Replace(hashOfUmlauts, "argon2id", "argon2i", 1)), "passwordHash: write a hash"},
		{"argon2id, old", hash(strings.Replace(hashOfUmlauts, "v=19", "v=16", 1)), "passwordHash: write a hash"},
		{"argon2id, too much memory", hash(strings.Replace(hashOfUmlauts, "m=64", "m=262145", 1)), "m up to 262144"},
		{"argon2id, too little memory", hash(strings.Replace(hashOfUmlauts, "m=64", "m=7", 1)), "at least 8 times p"},
		{"argon2id, too long", hash(strings.Replace(hashOfUmlauts, "t=1", "t=11", 1)), "t from 1 to 10"},
		{"argon2id, no time", hash(strings.Replace(hashOfUmlauts, "t=1", "t=0", 1)), "t from 1 to 10"},
		{"argon2id, too wide", hash(strings.Replace(hashOfUmlauts, "p=1", "p=17", 1)), "p from 1 to 16"},
		{"argon2id, bad salt", hash(strings.Replace(hashOfUmlauts, "c2FsdHNhbHRzYWx0MTIzNA", "c2FsdHNhbHRzYWx0MTIzN", 1)), "passwordHash: write a hash"},
		{"empty group", one("groups: ['']"), "groups: leave out the empty one"},
		{"reserved claim", one("claims: {sub: root}"), "claims: sub is said by the issuer alone"},
		{"claim with a field", one("claims: {phone_number: x}"), "claims: phone_number has a field"},
		{"groups as a claim", one("claims: {groups: [x]}"), "claims: groups has a field"},
		{"claim without a value", one("claims: {department: }"), "line 4: claims: one has no value"},
		{"claim name", one(`claims: {"a b": x}`), "claims: write names of letters"},
		{"too much", one("groups: [" + strings.Repeat("abcdefgh,", 1000) + "]"), "at most 8192 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			users, err := login.ParseUsers("staff", []byte(tc.text))
			if err == nil {
				err = users.Refused()
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want one with %q", err, tc.want)
			}
			for _, shown := range []string{tail[:8], "hunter2", "alice", "Alice", "bob"} {
				if strings.Contains(err.Error(), shown) {
					t.Errorf("the error shows what is secret, or whose it is: %v", err)
				}
			}
		})
	}
}

func TestParseUsersReadsAllClaims(t *testing.T) {
	users := parseUsers(t, one(
		"name: Na", "givenName: G", "familyName: F", "middleName: M", "nickname: Ni", "preferredUsername: P",
		"profile: https://a.example/p", "picture: https://a.example/i", "website: https://a.example", "gender: g",
		"birthdate: '2000-01-02'", "zoneinfo: Europe/Berlin", "locale: de", "updatedAt: 2026-11-22T12:00:00Z",
		"email: a@a.example", "emailVerified: false", "phoneNumber: '+49'", "phoneNumberVerified: true",
		"address: {formatted: f, streetAddress: s, locality: l, region: r, postalCode: '1', country: c}",
		"groups: [dev]", "claims: {https://a.example/x: {z: [1, true]}}",
	))
	identity, _ := users.Lookup(login.Subject("staff", "alice"))
	text, err := json.Marshal(identity.Claims)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"address":{"country":"c","formatted":"f","locality":"l","postal_code":"1","region":"r","street_address":"s"},` +
		`"birthdate":"2000-01-02","email":"a@a.example","email_verified":false,"family_name":"F","gender":"g","given_name":"G",` +
		`"groups":["dev"],"https://a.example/x":{"z":[1,true]},"locale":"de","middle_name":"M","name":"Na","nickname":"Ni",` +
		`"phone_number":"+49","phone_number_verified":true,"picture":"https://a.example/i","preferred_username":"P",` +
		`"profile":"https://a.example/p","updated_at":1795348800,"website":"https://a.example","zoneinfo":"Europe/Berlin"}`
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
}

// A stranger is refused as late as most users are.
func TestDecoyTakesTheUsualWork(t *testing.T) {
	file := func(hashes ...string) string {
		text := "users:\n"
		for i, hash := range hashes {
			text += fmt.Sprintf("- {username: user%d, passwordHash: '%s'}\n", i, hash)
		}
		return text
	}
	for _, tc := range []struct{ name, text, want string }{
		{"nobody", "", "bcrypt 12"},
		{"bcrypt", file(hashOfHorse, hashOfStaple, hashOfUmlauts), "bcrypt 04"},
		{"argon2id", file(hashOfHorse, hashOfUmlauts, hashOfUmlauts), "argon2id m=64,t=1,p=1"},
		{"a tie", file(hashOfHorse, hashOfUmlauts), "argon2id m=64,t=1,p=1"},
		{"a tie, the other way round", file(hashOfUmlauts, hashOfHorse), "argon2id m=64,t=1,p=1"},
	} {
		if got := login.DecoyWork(parseUsers(t, tc.text)); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// entriesIn counts the entries of a file.
func entriesIn(text string) int {
	var file struct {
		Users []any `json:"users"`
	}
	_ = yaml.Unmarshal([]byte(text), &file)
	return len(file.Users)
}

// FuzzParseUsers holds four laws: parsing never panics, no error shows a hash, an entry counts or is refused, and what counts
// says nothing that only the issuer may say.
func FuzzParseUsers(f *testing.F) {
	for _, seed := range []string{
		usersYAML, one("claims: {sub: x}"), one("address: {country: x}"), "users: [{", "a: &a [*a]", "users: [{username: 7}]",
		"? {passwordHash: " + hashOfHorse + "}\n: x", "users:\n- " + hashOfHorse + ": x", "users: '" + hashOfHorse + "'",
		one("name: a", "name: b"), "users: [{a: &a {x: 1, x: 2}}, *a, {b: *a}]", "users: [{username: &a {b: *a}}]", "users: &l [{<<: {c: 1, c: 2}}]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		users, err := login.ParseUsers("staff", []byte(text))
		if err != nil {
			if strings.Contains(err.Error(), hashOfHorse) {
				t.Errorf("the error shows a hash: %v", err)
			}
			return
		}
		refused := 0
		if partly, ok := errors.AsType[*login.RefusedError](users.Refused()); ok {
			if refused = len(partly.Refusals); strings.Contains(partly.Error(), hashOfHorse) {
				t.Errorf("the refusals show a hash: %v", partly)
			}
		}
		if written := entriesIn(text); users.Len()+refused != written {
			t.Errorf("%q: %d users and %d refused, of %d entries", text, users.Len(), refused, written)
		}
		for _, claims := range login.ClaimsOf(users) {
			names := slices.Collect(maps.Keys(claims))
			if reserved := slices.IndexFunc(names, func(name string) bool { return name == "sub" || name == "iss" }); reserved >= 0 {
				t.Errorf("%q claims %s", text, names[reserved])
			}
		}
	})
}
