package registry_test

import (
	"errors"
	"strings"
	"testing"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// mistaken is the file of users with a mistake in Username's entry.
func mistaken(tb testing.TB) string {
	return strings.Replace(issuertest.Users(tb), "  emailVerified: true", "  emailVerified: perhaps", 1)
}

// A slip in one entry takes out that entry, and ends nothing of what was begun by it: not when the file changes, not when the
// Secret is made anew, and not when the issuer is configured anew. Others come and go meanwhile.
func TestMistakeInOneEntry(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	known := server.Registry
	var gone []registry.Departure
	known.OnDepartures(func(d []registry.Departure) { gone = append(gone, d...) })
	was, _ := known.Snapshot().Identity(issuertest.Provider, issuertest.Subject)
	bob := login.Subject(issuertest.Provider, "bob")
	goesOn := func(when string) {
		t.Helper()
		if !known.Present(issuertest.Provider, issuertest.Subject, was.Epoch) || known.Present(issuertest.Provider, issuertest.Subject, "another") {
			t.Errorf("%s: what was begun by the former entry does not count, or what was not does", when)
		}
		users, _ := known.Snapshot().Users(issuertest.Provider)
		if _, err := users.Authenticate(t.Context(), login.NewGate(1, 1<<30), issuertest.Username, issuertest.Password); !errors.Is(err, login.ErrCredentials) {
			t.Errorf("%s: a login by an entry that cannot be read: %v", when, err)
		}
	}
	use := func(file string) {
		t.Helper()
		err := known.UseUsers("staff-users", []byte(file))
		if partly, ok := errors.AsType[*login.RefusedError](err); !ok || len(partly.Refusals) != 1 || partly.Refusals[0].Line == 0 {
			t.Errorf("%v, want the one entry and its line", err)
		}
	}
	use(mistaken(t))
	goesOn("after the mistake")
	if !known.Present(issuertest.Provider, bob, "") {
		t.Error("another is not there")
	}
	use(strings.Replace(mistaken(t), "perhaps", "maybe", 1))
	goesOn("after another one")
	known.Configure(registration.IssuerConfig{URL: issuertest.URL, IdentityProviders: []registration.IdentityProvider{
		{Name: issuertest.Provider, UsersSecret: "staff-users"},
	}})
	goesOn("configured anew")
	known.ForgetUsers("staff-users")
	use(mistaken(t))
	goesOn("when the Secret was made anew")
	if len(gone) > 0 {
		t.Errorf("departed: %+v", gone)
	}
	use(strings.Replace(mistaken(t), "username: bob", "username: dave", 1))
	if len(gone) != 1 || gone[0].Subject != bob || known.Present(issuertest.Provider, bob, "") {
		t.Errorf("departed: %+v, want the one who was taken out", gone)
	}
	server.UseUsers(t, issuertest.Users(t))
	if len(gone) != 2 || gone[1].Subject == issuertest.Subject || !known.Present(issuertest.Provider, issuertest.Subject, was.Epoch) {
		t.Errorf("repaired, and departed: %+v", gone)
	}
}

// A file of mistakes alone keeps everybody out and ends nothing, as one without users.
func TestMistakesAlone(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	known := server.Registry
	known.OnDepartures(func(d []registry.Departure) { t.Errorf("departed: %+v", d) })
	was, _ := known.Snapshot().Identity(issuertest.Provider, issuertest.Subject)
	if err := known.UseUsers("staff-users", []byte(strings.ReplaceAll(issuertest.Users(t), "passwordHash", "password"))); err == nil {
		t.Error("users without hashes were taken")
	}
	if !known.Present(issuertest.Provider, issuertest.Subject, was.Epoch) {
		t.Error("what was begun does not count")
	}
	server.UseUsers(t, issuertest.Users(t))
}

// A replica that has read no version without the mistake does not know what she began, so nothing of it counts there. It ends
// nothing either: all is back when the entry is repaired.
func TestMistakeAtTheStart(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	was, _ := server.Registry.Snapshot().Identity(issuertest.Provider, issuertest.Subject)
	fresh := issuertest.New(t, issuertest.Bare())
	known := fresh.Registry
	known.OnDepartures(func(d []registry.Departure) { t.Errorf("departed: %+v", d) })
	known.Configure(registration.IssuerConfig{URL: issuertest.URL, IdentityProviders: []registration.IdentityProvider{
		{Name: issuertest.Provider, UsersSecret: "staff-users"},
	}})
	if err := known.UseUsers("staff-users", []byte(mistaken(t))); err == nil || known.Present(issuertest.Provider, issuertest.Subject, was.Epoch) {
		t.Errorf("%v, or an epoch that is not known counts", err)
	}
	if !known.InDoubt(issuertest.Provider, issuertest.Subject, issuertest.Username) || known.InDoubt("elsewhere", issuertest.Subject, issuertest.Username) {
		t.Error("she is not in doubt, or so at another provider")
	}
	fresh.UseUsers(t, issuertest.Users(t))
	if !known.Present(issuertest.Provider, issuertest.Subject, was.Epoch) {
		t.Error("repaired, and what she began does not count")
	}
}

// A mistake is told beside what else is wrong.
func TestMistakeInCostlyFile(t *testing.T) {
	server := issuertest.New(t, issuertest.Bare(), issuertest.With(func(c *issuer.Config) { c.HashingMemory = 1 << 20 }))
	err := server.Registry.UseUsers("staff-users", []byte("users:\n- {username: x}\n- {username: carol, passwordHash: "+
		"'$argon2id$v=19$m=2048,t=1,p=16$c2FsdHNhbHRzYWx0MTIzNA$mU4Ul2/LiEGvVNCwmZc+/XUJFVsAQ79/5Lrc48iv3XI'}\n"))
	if _, ok := errors.AsType[*login.RefusedError](err); !ok || !errors.Is(err, login.ErrTooCostly) {
		t.Errorf("%v, want both", err)
	}
}
