package kube

import (
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// Whoever leaves has left when the Secret was written, however late a replica hears of it: the last of all writers counts.
// A Secret that does not say when is taken to be of this moment, and so is one that was written just now.
func TestUsersLeaveWhenTheSecretWasWritten(t *testing.T) {
	now := issuertest.Start
	wrote := func(ago ...time.Duration) []metav1.ManagedFieldsEntry {
		entries := []metav1.ManagedFieldsEntry{{Manager: "without a time"}}
		for _, d := range ago {
			entries = append(entries, metav1.ManagedFieldsEntry{Manager: "kubectl", Time: new(metav1.NewTime(now.Add(-d)))})
		}
		return entries
	}
	for _, tc := range []struct {
		name   string
		fields []metav1.ManagedFieldsEntry
		want   time.Time
	}{
		{"not said", nil, now},
		{"long ago", wrote(time.Hour, 10*time.Minute, 20*time.Minute), now.Add(-10 * time.Minute)},
		{"just now", wrote(time.Hour, 2*time.Second), now},
		{"by a clock that is fast", wrote(-time.Minute), now},
	} {
		t.Run(tc.name, func(t *testing.T) {
			feed, server, _ := newFeed(t)
			store := &secretStore{Feed: feed}
			server.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, IdentityProviders: []registration.IdentityProvider{
				{Name: issuertest.Provider, UsersSecret: "staff-users"},
			}})
			var gone []registry.Departure
			server.Registry.OnDepartures(func(d []registry.Departure) { gone = append(gone, d...) })
			file := issuertest.Users(t)
			for i, text := range []string{file, strings.Replace(file, issuertest.Username, "carol", 1)} {
				secret := labelled("staff-users", "oauth.tokenwright.dev/users", registration.UsersDataKey, []byte(text))
				secret.ManagedFields = tc.fields
				if err := store.Update(at(secret, strconv.Itoa(5+i))); err != nil {
					t.Fatal(err)
				}
			}
			if len(gone) != 1 || gone[0].Subject != issuertest.Subject || !gone[0].At.Equal(tc.want) {
				t.Errorf("left: %+v, want %s at %v", gone, issuertest.Subject, tc.want)
			}
		})
	}
}

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
