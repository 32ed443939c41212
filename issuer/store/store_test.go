package store_test

import (
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestGrantTimes(t *testing.T) {
	after := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	for _, tc := range []struct {
		name   string
		grant  store.Grant
		lives  int // seconds, all from start
		keptTo int
	}{
		{"a grant", store.Grant{CodeExpires: after(60), Expires: after(3600)}, 3600, 3600},
		{"a grant without a code", store.Grant{Expires: after(3600)}, 3600, 3600},
		{"a grant shorter than its code", store.Grant{CodeExpires: after(60), Expires: after(10)}, 10, 60},
		{"an idle grant", store.Grant{Expires: after(3600), LastUsed: start, Idle: time.Minute}, 60, 60},
		{"an idle grant that was used", store.Grant{Expires: after(3600), LastUsed: after(50), Idle: time.Minute}, 110, 110},
		{"an idle grant younger than its code", store.Grant{CodeExpires: after(90), Expires: after(3600), LastUsed: start, Idle: time.Minute}, 60, 90},
		{"an idle grant that is held", store.Grant{Expires: after(3600), LastUsed: start, Idle: time.Minute, HeldUntil: after(300)}, 300, 300},
		{"a grant that is not idle before its age", store.Grant{Expires: after(3600), LastUsed: start, Idle: 2 * time.Hour}, 3600, 3600},
		{"a grant of former versions", store.Grant{Expires: after(3600), LastUsed: start}, 3600, 3600},
		{"an online grant", store.Grant{Expires: after(3600), SessionEnds: after(300)}, 300, 300},
		{"an online grant that is used", store.Grant{Expires: after(3600), LastUsed: after(250), Idle: time.Minute, SessionEnds: after(300)}, 300, 300},
		{"an idle online grant", store.Grant{Expires: after(3600), LastUsed: start, Idle: time.Minute, SessionEnds: after(300)}, 60, 60},
		{"an online grant that is held", store.Grant{Expires: after(3600), LastUsed: start, Idle: time.Minute, HeldUntil: after(300), SessionEnds: after(300)}, 300, 300},
		{"an online grant whose session outlasts it", store.Grant{Expires: after(300), SessionEnds: after(3600)}, 300, 300},
		{"an offline grant", store.Grant{Offline: true, Expires: after(3600), SessionEnds: after(300)}, 3600, 3600},
		{"a tombstone without a code", store.Grant{Expires: after(3600), RevokedAt: after(20)}, 0, 80},
		{"a tombstone of long after its code", store.Grant{CodeExpires: after(60), Expires: after(3600), RevokedAt: after(500)}, 0, 560},
		{"a tombstone", store.Grant{CodeExpires: after(60), Expires: after(3600), RevokedAt: start}, 0, 60},
	} {
		if got := tc.grant.KeptUntil(); !got.Equal(after(tc.keptTo)) {
			t.Errorf("%s is kept until %v, want %v", tc.name, got, after(tc.keptTo))
		}
		if lives := tc.grant.Live(after(tc.lives - 1)); lives != (tc.lives > 0) {
			t.Errorf("%s lives %t just before its end", tc.name, lives)
		}
		if tc.grant.Live(after(tc.lives)) {
			t.Errorf("%s outlives its end", tc.name)
		}
	}
}

// What a client is to hear about is kept for longer than it lives, so that it does.
func TestSweptAfter(t *testing.T) {
	end := start.Add(time.Hour)
	for name, tc := range map[string]struct {
		grant store.Grant
		want  time.Time
	}{
		"of a client that listens": {store.Grant{Expires: end, HeldUntil: end, SessionEnds: end}, end.Add(time.Hour)},
		"of any other":             {store.Grant{Expires: end, SessionEnds: end}, end},
		"of a former version":      {store.Grant{Expires: end, HeldUntil: end}, end},
		"a tombstone":              {store.Grant{Expires: end, HeldUntil: end, SessionEnds: end, RevokedAt: start}, start.Add(time.Minute)},
	} {
		if got := tc.grant.SweptAfter(); !got.Equal(tc.want) {
			t.Errorf("%s: swept after %v, want %v", name, got, tc.want)
		}
	}
}

func TestSpent(t *testing.T) {
	idle := store.Grant{Expires: start.Add(time.Hour), LastUsed: start, Idle: time.Minute, HeldUntil: start.Add(30 * time.Minute)}
	for after, want := range map[time.Duration]bool{0: false, 59 * time.Second: false, time.Minute: true, 2 * time.Hour: true} {
		if got := idle.Spent(start.Add(after)); got != want {
			t.Errorf("after %v: spent %t, want %t", after, got, want)
		}
	}
	if former := (store.Grant{Expires: start.Add(time.Hour), LastUsed: start}); former.Spent(start.Add(59 * time.Minute)) {
		t.Error("a grant of former versions is spent before it expires")
	}
}

func TestCovers(t *testing.T) {
	issued := store.Issued{TokenID: "jti", SessionID: "sid", ClientID: "team.web", Subject: "usr_alice", At: start}
	for _, tc := range []struct {
		name       string
		revocation store.Revocation
		want       bool
	}{
		{"all", store.Revocation{}, true},
		{"the token", store.Revocation{TokenID: "jti"}, true},
		{"another token", store.Revocation{TokenID: "x"}, false},
		{"the session", store.Revocation{SessionID: "sid"}, true},
		{"another session", store.Revocation{SessionID: "x"}, false},
		{"the client", store.Revocation{ClientID: "team.web"}, true},
		{"another client", store.Revocation{ClientID: "x"}, false},
		{"the subject", store.Revocation{Subject: "usr_alice"}, true},
		{"another subject", store.Revocation{Subject: "x"}, false},
		{"the subject at another client", store.Revocation{Subject: "usr_alice", ClientID: "x"}, false},
	} {
		for after, want := range map[time.Duration]bool{time.Second: tc.want, 0: false, -time.Second: false} {
			tc.revocation.IssuedBefore = start.Add(after)
			if got := tc.revocation.Covers(issued); got != want {
				t.Errorf("%s, issued before %v later: %t, want %t", tc.name, after, got, want)
			}
		}
	}
}
