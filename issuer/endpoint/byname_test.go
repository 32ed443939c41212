package endpoint_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/store"
)

// Somebody is revoked by their name: all copies of their cookies are dead, and so is what they allowed, offline or not, at both
// replicas. Another person notices nothing, and whoever logs in later by that name begins anew.
func TestRevokedByName(t *testing.T) {
	v := &visitor{replicas: newReplicas(t), who: issuertest.Username, tokens: map[string]map[string]any{}}
	v.browser = v.replicas.browser(t)
	for _, client := range []string{issuertest.WebID, lasting} {
		v.tokens[client] = v.enters(t, v.browser, v.who, client, "scope", "openid orders:read offline_access")
	}
	v.copy()
	bobs := v.enters(t, v.replicas.browser(t), "bob", issuertest.WebID)
	v.a.Clock.Step(5 * time.Minute)
	r := store.Revocation{
		User:         store.User{Provider: issuertest.Provider, Username: "ALICE"}.Folded(),
		IssuedBefore: v.a.Clock.Now(), Expires: v.a.Clock.Now().Add(time.Hour),
	}
	if err := v.revoked.Revoke(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if v.copied(t, v.copies[0]) {
		t.Error("a cookie of hers is good")
	}
	for _, client := range []string{issuertest.WebID, lasting} {
		if left := v.lives(t, client, v.tokens[client]); len(left) > 0 {
			t.Errorf("of %s live: %v", client, left)
		}
	}
	if left := v.lives(t, issuertest.WebID, bobs); len(left) == 0 {
		t.Error("of bob lives nothing")
	}
	again := v.enters(t, v.replicas.browser(t), v.who, issuertest.WebID)
	for _, hears := range v.hears {
		hears.RevocationApplied(t.Context(), r)
	}
	v.settle(t)
	if left := v.lives(t, issuertest.WebID, again); len(left) == 0 {
		t.Error("of what she began anew lives nothing")
	}
	grants, err := v.grants.OfSubject(t.Context(), issuertest.Subject)
	if err != nil || len(grants) != 1 {
		t.Errorf("%d grants of hers, %v; want the new one", len(grants), err)
	}
}

// TestFind is the table of whom a name means, of a users file: the name that somebody has now, and that which grants bear where
// nobody has it.
func TestFind(t *testing.T) {
	v := newReplicas(t)
	v.enters(t, v.browser(t), issuertest.Username, issuertest.WebID)
	v.enters(t, v.browser(t), "bob", issuertest.WebID)
	bob := login.Subject(issuertest.Provider, "bob")
	renamed := usersWith(t, "username: bob", "username: robert\n  subject: bob")
	for _, tc := range []struct {
		name           string
		file           string
		provider, user string
		want           store.Finding
	}{
		{"as the file has it", "", issuertest.Provider, "bob", store.Finding{Outcome: store.Found, Subjects: []string{bob}, Grants: 1}},
		{"in other letters", "", issuertest.Provider, " BOB", store.Finding{Outcome: store.Found, Subjects: []string{bob}, Grants: 1}},
		{"mistyped", "", issuertest.Provider, "bobb", store.Finding{Outcome: store.FoundNobody}},
		{"of another provider", "", "corp", "bob", store.Finding{Outcome: store.FoundNoProvider, Providers: []string{issuertest.Provider}}},
		{"the new name of whoever was renamed", renamed, issuertest.Provider, "robert", store.Finding{Outcome: store.Found, Subjects: []string{bob}, Grants: 1}},
		{"the former one", renamed, issuertest.Provider, "bob", store.Finding{Outcome: store.Found, Subjects: []string{bob}, Grants: 1}},
	} {
		if tc.file != "" {
			v.a.UseUsers(t, tc.file)
		}
		got := v.hears[0].Find(t.Context(), store.User{Provider: tc.provider, Username: tc.user})
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// The log names whoever was found, and not what somebody may have typed in the wrong place.
func TestRevocationJudged(t *testing.T) {
	v := newReplicas(t)
	revocation := store.Revocation{User: store.User{Provider: issuertest.Provider, Username: "alice"}, ClientID: issuertest.WebID}
	for _, tc := range []struct {
		name    string
		finding *store.Finding
		want    []map[string]any
	}{
		{"without a user", nil, []map[string]any{{"level": "INFO"}}},
		{"two people", &store.Finding{Outcome: store.Found, Subjects: []string{"usr_a", "usr_b"}}, []map[string]any{
			{"level": "INFO", "account": "alice", "provider": issuertest.Provider, "subject": "usr_a"},
			{"level": "INFO", "account": "alice", "provider": issuertest.Provider, "subject": "usr_b"},
		}},
		{"nobody", &store.Finding{Outcome: store.FoundNobody}, []map[string]any{
			{"level": "WARN", "provider": issuertest.Provider, "cause": "nobody of that name is known"},
		}},
		{"nowhere", &store.Finding{Outcome: store.FoundNoProvider}, []map[string]any{
			{"level": "WARN", "cause": "there is no identity provider of that name"},
		}},
	} {
		before := len(events(t, v.a, "revocation.applied"))
		v.hears[0].RevocationJudged(t.Context(), "incident", revocation, tc.finding)
		got := events(t, v.a, "revocation.applied")[before:]
		for i := range got {
			delete(got[i], "time")
			delete(got[i], "msg")
		}
		for _, want := range tc.want {
			want["clientID"] = issuertest.WebID
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}
