package login_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/seal"
)

// familiarTo is what a browser brings where these were logged in, one after the other.
func familiarTo(tb testing.TB, sealer *seal.Sealer, users *login.Users, usernames ...string) []*http.Cookie {
	tb.Helper()
	var familiar login.Familiar
	for _, username := range usernames {
		familiar = familiar.With(users, username, start)
	}
	cookie, err := familiar.Cookie(sealer, start)
	if err != nil {
		tb.Fatal(err)
	}
	return []*http.Cookie{{Name: "other", Value: "x"}, cookie}
}

// A browser is familiar with the accounts that were logged in there, for a while, and as long as their passwords last.
func TestFamiliar(t *testing.T) {
	sealer, users := newSealer(t), parseUsers(t, usersYAML)
	changed := parseUsers(t, strings.Replace(usersYAML, "$2a$04$RnDGb", "$2a$04$AnDGb", 1))
	argon := parseUsers(t, strings.Replace(usersYAML, "c2Fsd", "d2Fsd", 1))
	renamed := parseUsers(t, strings.Replace(usersYAML, "username: alice", "username: alicia\n  subject: alice", 1))
	for _, tc := range []struct {
		name  string
		users *login.Users
		who   string
		after time.Duration
		want  bool
	}{
		{"at once", users, "alice", 0, true},
		{"in other case", users, " ALICE ", 0, true},
		{"with argon2id", users, "Straße", 0, true},
		{"just before the end", users, "alice", login.FamiliarLifetime - time.Second, true},
		{"too late", users, "alice", login.FamiliarLifetime, false},
		{"another user", users, "bob.new", 0, false},
		{"nobody", users, "mallory", 0, false},
		{"a new password", changed, "alice", 0, false},
		{"a new password, of another", changed, "Straße", 0, true},
		{"a new password with argon2id", argon, "Straße", 0, false},
		{"a new name", renamed, "alicia", 0, true},
		{"the former name", renamed, "alice", 0, false},
		{"a user who has gone", parseUsers(t, "users: []"), "alice", 0, false},
	} {
		familiar := login.OpenFamiliar(sealer, familiarTo(t, sealer, users, "Straße", "alice"))
		if got := familiar.Knows(tc.users, tc.who, start.Add(tc.after)); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// The cookie opens at its issuer alone, and is neither a session nor made of one.
func TestFamiliarIsNoSession(t *testing.T) {
	sealer, users := newSealer(t), parseUsers(t, usersYAML)
	cookies := familiarTo(t, sealer, users, "alice")
	for name, brought := range map[string][]*http.Cookie{
		"another ring's": familiarTo(t, newSealer(t), users, "alice"),
		"a session":      {{Name: login.FamiliarCookie, Value: cookieOf(t, sealer, login.NewSession(alice, "", start), start).Value}},
		"altered":        {{Name: login.FamiliarCookie, Value: cookies[1].Value[:len(cookies[1].Value)-1]}},
		"none":           nil,
	} {
		if login.OpenFamiliar(sealer, brought).Knows(users, "alice", start) {
			t.Errorf("%s makes a browser familiar", name)
		}
	}
	if session := login.OpenSession(sealer, []*http.Cookie{{Name: login.SessionCookie, Value: cookies[1].Value}}, bounds, start); session != nil {
		t.Errorf("it logs in: %+v", session)
	}
	if text := cookies[1].Value; strings.Contains(text, "alice") || strings.Contains(text, "usr_") {
		t.Error("the cookie shows who was logged in")
	}
	want := &http.Cookie{
		Name: "__Host-tw-familiar", Value: cookies[1].Value, Path: "/", MaxAge: 90 * 24 * 3600,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if diff := cmp.Diff(want, cookies[1]); diff != "" {
		t.Errorf("cookie (-want +got):\n%s", diff)
	}
	if _, err := (login.Familiar{}).Cookie(sealerOf(t, []keys.Key{}...), start); err == nil {
		t.Error("it was sealed without a key")
	}
}

// A browser that many use keeps the accounts that were logged in last, and its cookie stays small.
func TestFamiliarIsBounded(t *testing.T) {
	text, names := "users:\n", []string{}
	for i := range 20 {
		names = append(names, fmt.Sprint("user", i))
		text += fmt.Sprintf("- {username: user%d, passwordHash: '%s'}\n", i, hashOfHorse)
	}
	sealer, users := newSealer(t), parseUsers(t, text)
	cookies := familiarTo(t, sealer, users, append(names, "user17", "mallory")...)
	if size := len(cookies[1].Value); size > 1024 {
		t.Errorf("the cookie has %d bytes", size)
	}
	var known []string
	for _, name := range names {
		if login.OpenFamiliar(sealer, cookies).Knows(users, name, start) {
			known = append(known, name)
		}
	}
	if got := strings.Join(known, " "); got != "user16 user17 user18 user19" {
		t.Errorf("familiar with %s", got)
	}
}
