package endpoint_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
)

// A name that comes back inherits nothing, even with the very same entry.
func TestNameComesBack(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files func(t *testing.T) []string // one after another; then that of Users
		want  string
	}{
		{"removed", func(t *testing.T) []string { return []string{usersWith(t, "alice", "carol")} }, ""},
		{"disabled", func(t *testing.T) []string { return []string{usersWith(t, "alice\n", "alice\n  disabled: true\n")} }, ""},
		{"another person meanwhile", func(t *testing.T) []string { return []string{withPassword(t, "another one")} }, ""},
		{"removed by way of nobody", func(t *testing.T) []string { return []string{"users: []", usersWith(t, "alice", "carol")} }, ""},
		{"nobody for a while", func(*testing.T) []string { return []string{"users: []"} }, all},
		{"an empty file for a while", func(*testing.T) []string { return []string{""} }, all},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := hold(t, issuertest.New(t, issuertest.People()))
			for _, file := range tc.files(t) {
				h.use(t, file)
				if got := h.counts(t); got != "" {
					t.Errorf("counts without the entry: %s", got)
				}
			}
			h.use(t, issuertest.Users(t))
			if got := h.counts(t); got != tc.want {
				t.Errorf("counts when it is back: %q, want %q", got, tc.want)
			}
			if tc.want != "" {
				return
			}
			again := hold(t, h.Server)
			if got := again.counts(t); got != all {
				t.Errorf("of a new login counts: %s", got)
			}
		})
	}
}

// A Secret that is made anew ends nothing; a provider whose Secret is another one has other people.
func TestSecretIsMadeAnew(t *testing.T) {
	h := hold(t, issuertest.New(t, issuertest.People()))
	h.Registry.OnlyUsers(nil)
	h.Finish(t.Context())
	if got := h.counts(t); got != "" {
		t.Errorf("counts without the Secret: %s", got)
	}
	h.use(t, issuertest.Users(t))
	if got := h.counts(t); got != all {
		t.Errorf("counts when it is back: %s", got)
	}
	if err := h.Registry.UseUsers("others", []byte(usersWith(t, "alice", "carol"))); err != nil {
		t.Fatal(err)
	}
	whole := *h.Registry.Snapshot().Config()
	other := whole
	other.IdentityProviders = []registration.IdentityProvider{{Name: issuertest.Provider, UsersSecret: "others"}}
	h.Registry.Configure(other)
	h.Finish(t.Context())
	h.Clock.Step(time.Second)
	h.Registry.Configure(whole)
	if got := h.counts(t); got != "" {
		t.Errorf("counts after another Secret: %s", got)
	}
}

// Clients that listen hear of the sessions that have ended.
func TestPersonEndedIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clients := &listener{}
		h := hold(t, announcing(t, clients))
		_, id := claimsOf(t, h.Server, h.tokens["id_token"].(string))
		h.use(t, withPassword(t, "another one"))
		synctest.Wait()
		if len(clients.forms) != 1 {
			t.Fatalf("%d requests, want one", len(clients.forms))
		}
		if _, claims := claimsOf(t, h.Server, clients.forms[0].Get("logout_token")); claims["sid"] != id["sid"] || claims["sub"] != id["sub"] {
			t.Errorf("logout token %v for session %v of %v", claims, id["sid"], id["sub"])
		}
	})
}

// Of two replicas that hear of it, one writes and tells.
func TestReplicasEndOnce(t *testing.T) {
	stores := map[string]store.Stores{}
	shared := issuertest.With(func(c *issuer.Config) {
		if len(stores) == 0 {
			grants := memory.NewGrants(c.Now)
			stores[registration.StorageKubernetes] = store.Stores{
				Grants: grants, Index: grants, Marks: memory.NewMarks(c.Now), Revocations: memory.NewRevocations(c.Now),
			}
		}
		c.Stores = stores
	})
	h, other := hold(t, issuertest.New(t, issuertest.People(), shared)), issuertest.New(t, issuertest.People(), shared)
	other.Clock.Step(time.Minute)
	h.use(t, usersWith(t, "alice", "carol"))
	other.UseUsers(t, usersWith(t, "alice", "carol"))
	other.Finish(t.Context())
	told := len(events(t, h.Server, "person.ended")) + len(events(t, other, "person.ended"))
	if revoked := len(events(t, h.Server, "grant.revoked")) + len(events(t, other, "grant.revoked")); told != 1 || revoked != 1 {
		t.Errorf("%d times person.ended and %d times grant.revoked, want once each", told, revoked)
	}
}

// A replica that hears of a file long after it was written ends what began before that, and nothing since.
func TestLateReplicaSparesNewLogins(t *testing.T) {
	h := hold(t, issuertest.New(t, issuertest.People()))
	h.Clock.Step(time.Minute)
	written := h.Clock.Now()
	h.Clock.Step(10 * time.Minute)
	since := hold(t, h.Server)
	if err := h.Registry.UseUsersOf("staff-users", []byte(usersWith(t, "alice", "carol")), written); err != nil {
		t.Fatal(err)
	}
	h.Finish(t.Context())
	h.use(t, issuertest.Users(t))
	if got := h.refreshed(t); got != "invalid_grant" || loggedIn(t, h.browser) {
		t.Errorf("what began before counts: refresh %q", got)
	}
	if got := since.refreshed(t); got != "" || !loggedIn(t, since.browser) {
		t.Errorf("what began since has ended: refresh %q", got)
	}
}

// So many people may leave at once.
func TestManyLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := issuertest.New(t, issuertest.People())
		hash := issuertest.HashOf(t, "x")
		file := "users:\n- {username: keeper, passwordHash: " + hash + "}\n"
		for i := range 900 {
			file += fmt.Sprintf("- {username: u%d, passwordHash: %s}\n", i, hash)
		}
		server.UseUsers(t, file)
		server.Finish(t.Context())
		began := time.Now()
		server.UseUsers(t, "users:\n- {username: keeper, passwordHash: "+hash+"}\n")
		server.Finish(t.Context())
		if took := time.Since(began); took < 35*time.Second || took > 50*time.Second {
			t.Errorf("the writes took %v: they are not paced as they should be", took)
		}
		if got := len(events(t, server, "person.ended")); got != 900+2 { // and those of Users
			t.Errorf("%d people ended, want 902", got)
		}
	})
}

// Somebody whose end cannot be written keeps nobody else's from being written, and is tried until it cannot matter.
func TestOneFailureDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := &awayRevocations{deny: issuertest.Subject}
		server := issuertest.New(t, issuertest.People(), keepingRevocations(away))
		server.UseUsers(t, strings.NewReplacer("alice", "carol", "bob", "dave").Replace(issuertest.Users(t)))
		ctx, cancel := context.WithTimeout(t.Context(), 2*departureRounds)
		defer cancel()
		server.Finish(ctx)
		ended := events(t, server, "person.ended")
		if len(ended) != 1 || ended[0]["subject"] != login.Subject(issuertest.Provider, "bob") {
			t.Errorf("person.ended: %v, want bob's", ended)
		}
		server.Clock.Step(25 * time.Hour)
		server.Finish(t.Context())
		metrics := server.Get("/metrics").Body.String()
		for _, outcome := range []string{"ended", "dropped"} {
			if !strings.Contains(metrics, `tokenwright_issuer_departures_total{outcome="`+outcome+`"} 1`) {
				t.Errorf("the metrics do not count one %s", outcome)
			}
		}
	})
}

// Whoever shuts down while the store is away waits for half of the time, and leaves the rest to logouts.
func TestFinishWhileTheStoreIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := &awayRevocations{deny: issuertest.Subject}
		server := issuertest.New(t, issuertest.People(), keepingRevocations(away))
		server.UseUsers(t, usersWith(t, "alice", "carol"))
		ctx, cancel := context.WithTimeout(t.Context(), departureRounds)
		defer cancel()
		began := time.Now()
		server.Finish(ctx)
		if took := time.Since(began); took != departureRounds/2 {
			t.Errorf("it waited for %v", took)
		}
		server.Clock.Step(25 * time.Hour)
		server.Finish(t.Context())
	})
}

// departureRounds is the fake time in which each who waits is tried a few times.
const departureRounds = 10 * time.Second
