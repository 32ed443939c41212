package registry_test

import (
	"errors"
	"strings"
	"testing"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
)

// Users come and go with their Secret; a slip in the file changes nothing.
func TestUsers(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	known := server.Registry
	if !known.Present(issuertest.Provider, issuertest.Subject, "") || known.Present("elsewhere", issuertest.Subject, "") {
		t.Fatal("the user of the provider is not there, or also elsewhere")
	}
	if err := known.UseUsers("staff-users", []byte("users: x")); err == nil {
		t.Error("a file without a list of users was taken")
	}
	if !known.Present(issuertest.Provider, issuertest.Subject, "") {
		t.Error("a file that cannot be read ended everybody's access")
	}
	server.UseUsers(t, strings.ReplaceAll(issuertest.Users(t), issuertest.Username, "carol"))
	if known.Present(issuertest.Provider, issuertest.Subject, "") || !known.Present(issuertest.Provider, login.Subject(issuertest.Provider, "carol"), "") {
		t.Error("the next version of the file did not take its place")
	}
	known.OnlyUsers([]string{"staff-users", "others"})
	if !known.Present(issuertest.Provider, login.Subject(issuertest.Provider, "carol"), "") {
		t.Error("a list that holds the Secret took its users away")
	}
	known.ForgetUsers("staff-users")
	if known.Present(issuertest.Provider, login.Subject(issuertest.Provider, "carol"), "") {
		t.Error("the users stayed when their Secret was gone")
	}
}

// A hash that costs more than there is changes nothing where there is a better version, and else nothing but that nobody
// can log in.
func TestCostlyUsers(t *testing.T) {
	server := issuertest.New(t, issuertest.People(), issuertest.With(func(c *issuer.Config) { c.HashingMemory = 1 << 20 }))
	known := server.Registry
	costly := func(usernames ...string) []byte {
		text := "users:\n"
		for _, username := range usernames {
			text += "- {username: " + username + ", passwordHash: '$argon2id$v=19$m=2048,t=1,p=1$c2FsdHNhbHRzYWx0MTIzNA$mU4Ul2/LiEGvVNCwmZc+/XUJFVsAQ79/5Lrc48iv3XI'}\n"
		}
		return []byte(text)
	}
	for _, step := range []struct {
		name string
		file []byte
		who  string
		want bool
	}{
		{"beside a better version", costly("carol"), issuertest.Username, true},
		{"nothing of it was taken", costly("carol"), "carol", false},
		{"without one", costly("carol", "dave"), "carol", true},
		{"somebody leaves", costly("dave"), "carol", false},
	} {
		err := known.UseUsers("staff-users", step.file)
		if !errors.Is(err, login.ErrTooCostly) || !strings.Contains(err.Error(), "m=1024") {
			t.Errorf("%s: %v, want %v, and what to write", step.name, err, login.ErrTooCostly)
		}
		if got := known.Present(issuertest.Provider, login.Subject(issuertest.Provider, step.who), ""); got != step.want {
			t.Errorf("%s: %s is there: %v, want %v", step.name, step.who, got, step.want)
		}
		if step.name == "nothing of it was taken" {
			known.ForgetUsers("staff-users")
		}
	}
	if err := known.UseUsers("staff-users", []byte(issuertest.Users(t))); err != nil || !known.Present(issuertest.Provider, issuertest.Subject, "") {
		t.Errorf("a better version: %v", err)
	}
}

// Configuration and Secrets come in any order.
func TestPeopleInAnyOrder(t *testing.T) {
	server := issuertest.New(t, issuertest.Bare())
	server.UseUsers(t, issuertest.Users(t))
	if err := server.Registry.UseSealing(issuertest.NewRing(t, 7, keys.XC20P)); err != nil {
		t.Fatal(err)
	}
	if snapshot := server.Registry.Snapshot(); snapshot.Sealer() != nil || snapshot.SealingRevision() != 7 {
		t.Errorf("before the configuration: sealer %v, revision %d", snapshot.Sealer(), snapshot.SealingRevision())
	}
	server.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, IdentityProviders: []registration.IdentityProvider{
		{Name: issuertest.Provider, UsersSecret: "staff-users"}, {Name: "other", UsersSecret: "other-users"},
	}})
	if server.Registry.Snapshot().Sealer() == nil || !server.Registry.Present(issuertest.Provider, issuertest.Subject, "") {
		t.Error("after it: no sealer, or no user")
	}
	if err := server.Registry.UseSealing(issuertest.NewRing(t, 8, keys.ES256)); err == nil || server.Registry.Snapshot().SealingRevision() != 7 {
		t.Errorf("a ring of signing keys was taken for sealing: %v", err)
	}
	server.Registry.Unconfigure()
	if server.Registry.Snapshot().Sealer() != nil || server.Registry.Present(issuertest.Provider, issuertest.Subject, "") {
		t.Error("people still log in at an issuer that is gone")
	}
}

// CA-06..CA-08: a public client sends no secret, and nobody else may do without.
func TestPublicClients(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	for _, tc := range []struct {
		name string
		c    oauth.Credentials
		want oauth.Code
	}{
		{"public, by name alone", oauth.Credentials{ClientID: issuertest.AppID, Method: oauth.MethodNone}, ""},
		{"CA-07 public, by Basic with an empty secret", oauth.Credentials{ClientID: issuertest.AppID, Method: oauth.MethodBasic}, ""},
		{"CA-07 public, with a secret", oauth.Credentials{ClientID: issuertest.AppID, Secret: "x", Method: oauth.MethodPost}, oauth.InvalidClient},
		{"CA-07 public, with a secret by Basic", oauth.Credentials{ClientID: issuertest.AppID, Secret: "x", Method: oauth.MethodBasic}, oauth.InvalidClient},
		{"CA-08 confidential, by name alone", oauth.Credentials{ClientID: issuertest.WebID, Method: oauth.MethodNone}, oauth.InvalidClient},
		{"CA-08 confidential, by Basic with an empty secret", oauth.Credentials{ClientID: issuertest.WebID, Method: oauth.MethodBasic}, oauth.InvalidClient},
		{"X-20 unknown, by Basic with an empty secret", oauth.Credentials{ClientID: "nobody", Method: oauth.MethodBasic}, oauth.InvalidClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := server.Registry.Authenticate(t.Context(), tc.c, "192.0.2.1"); oauth.CodeOf(err) != tc.want {
				t.Errorf("%v, want code %q", err, tc.want)
			}
		})
	}
}
