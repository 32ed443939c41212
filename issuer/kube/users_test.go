package kube

import (
	"strings"
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
)

// Users arrive with the other Secrets of their issuer, and leave with theirs.
func TestStoreTakesUsers(t *testing.T) {
	feed, server, _ := newFeed(t)
	store := &secretStore{Feed: feed}
	server.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, IdentityProviders: []registration.IdentityProvider{
		{Name: issuertest.Provider, UsersSecret: "staff-users"},
	}})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	present := func(what string, want bool) {
		t.Helper()
		if got := server.Registry.Present(issuertest.Provider, issuertest.Subject, ""); got != want {
			t.Errorf("%s: present %t, want %t", what, got, want)
		}
	}
	users := labelled("staff-users", "oauth.tokenwright.dev/users", registration.UsersDataKey, []byte(issuertest.Users(t)))
	must(store.Add(at(users, "5")))
	present("added", true)
	must(store.Update(at(labelled("staff-users", "oauth.tokenwright.dev/users", registration.UsersDataKey, []byte("users: 1")), "6")))
	must(store.Update(at(labelled("staff-users", "oauth.tokenwright.dev/users", "users.yml", nil), "7")))
	present("damaged", true)
	must(store.Replace([]any{at(users, "5")}, "8"))
	present("listed", true)
	must(store.Delete(at(users, "9")))
	present("deleted", false)
	must(store.Replace([]any{at(users, "10")}, "10"))
	must(store.Replace(nil, "11"))
	present("gone from the list", false)
	if complaints := strings.Count(server.Log.String(), "Ignoring an object"); complaints != 2 {
		t.Errorf("%d complaints, want 2:\n%s", complaints, server.Log)
	}
	if strings.Contains(server.Log.String(), "$2a$") {
		t.Error("the log holds a hash")
	}
	must(store.Update(ringSecret(t, "default-sealing-keys", issuertest.NewRing(t, 3, keys.ES256))))
	if server.Registry.Snapshot().SealingRevision() != 0 {
		t.Error("a ring of signing keys was taken for sealing")
	}
}
