package kube

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
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

// Entries that cannot be read are told once for each version of the file, however often the watch brings it: with line and
// reason, and without names. The others count, and a gauge tells how many do not.
func TestRefusedEntriesAreToldOnce(t *testing.T) {
	feed, server, _ := newFeed(t)
	store := &secretStore{Feed: feed}
	server.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, IdentityProviders: []registration.IdentityProvider{
		{Name: issuertest.Provider, UsersSecret: "staff-users"},
	}})
	secret := func(text string) *corev1.Secret {
		return labelled("staff-users", "oauth.tokenwright.dev/users", registration.UsersDataKey, []byte(text))
	}
	file := issuertest.Users(t)
	broken := strings.Replace(file, "name: Alice Example", "fullName: Alice Example", 1)
	for _, step := range []struct {
		name    string
		do      func() error
		told    int // so far
		refused string
	}{
		{"well", func() error { return store.Add(at(secret(file), "5")) }, 0, "0"},
		{"a mistake", func() error { return store.Update(at(secret(broken), "6")) }, 1, "1"},
		{"listed again", func() error { return store.Replace([]any{at(secret(broken), "6")}, "7") }, 1, "1"},
		{"touched", func() error { return store.Update(at(secret(broken), "8")) }, 1, "1"},
		{"changed", func() error { return store.Update(at(secret(broken+"# still to be repaired\n"), "9")) }, 2, "1"},
		{"repaired", func() error { return store.Update(at(secret(file), "10")) }, 2, "0"},
		{"the mistake comes back", func() error { return store.Update(at(secret(broken), "11")) }, 3, "1"},
		{"gone", func() error { return store.Delete(at(secret(broken), "12")) }, 3, ""},
		{"back", func() error { return store.Add(at(secret(broken), "13")) }, 4, "1"},
		{"gone from the list", func() error { return store.Replace(nil, "14") }, 4, ""},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if told := strings.Count(server.Log.String(), `"msg":"users.entries_refused"`); told != step.told {
			t.Errorf("%s: told %d times, want %d", step.name, told, step.told)
		}
		if got := countRefused(t, server); got != step.refused {
			t.Errorf("%s: %q entries refused, want %q", step.name, got, step.refused)
		}
	}
	log := server.Log.String()
	if !strings.Contains(log, `"cause":"users: line 5: there is no such field"`) || strings.Contains(log, issuertest.Username) || strings.Contains(log, "Ignoring") {
		t.Errorf("log:\n%s", log)
	}
}

// countRefused is what the gauge says of the one Secret; empty if it says nothing.
func countRefused(t *testing.T, server *issuertest.Server) string {
	t.Helper()
	families, err := server.Metrics.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() == "tokenwright_issuer_user_entries_refused" {
			return fmt.Sprint(family.GetMetric()[0].GetGauge().GetValue())
		}
	}
	return ""
}
