package login_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/seal"
)

var bounds = login.Bounds{Lifetime: 10 * time.Hour, Idle: time.Hour}

func cookieOf(tb testing.TB, sealer *seal.Sealer, session login.Session, now time.Time) *http.Cookie {
	tb.Helper()
	cookie, err := session.Cookie(sealer, now)
	if err != nil {
		tb.Fatal(err)
	}
	return cookie
}

func TestSessionRoundTrip(t *testing.T) {
	sealer := newSealer(t)
	session := login.NewSession(alice, "flow", start)
	cookie := cookieOf(t, sealer, session, start)
	got := login.OpenSession(sealer, []*http.Cookie{{Name: "other", Value: "x"}, cookie}, bounds, start)
	if diff := cmp.Diff(&session, got); diff != "" {
		t.Errorf("session (-sealed +opened):\n%s", diff)
	}
	if strings.Contains(cookie.Value, "alice") {
		t.Error("the cookie shows who is logged in")
	}
}

// the attributes of the cookie, and no Domain, without which a browser refuses the name.
func TestSessionCookie(t *testing.T) {
	got := cookieOf(t, newSealer(t), login.NewSession(alice, "", start), start)
	want := &http.Cookie{
		Name: "__Host-tw-session", Value: got.Value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("cookie (-want +got):\n%s", diff)
	}
	if err := got.Valid(); err != nil {
		t.Error(err)
	}
	if forgotten := login.ForgetSession(newSealer(t)); forgotten.MaxAge >= 0 || forgotten.Value != "" || forgotten.Name != got.Name {
		t.Errorf("ForgetSession() = %v", forgotten)
	}
}

func TestSessionsAreNew(t *testing.T) {
	first, second := login.NewSession(alice, "", start), login.NewSession(alice, "", start)
	if first.ID == second.ID || len(first.ID) < 26 {
		t.Errorf("two logins made the sessions %q and %q", first.ID, second.ID)
	}
}

func TestOpenSessionFindsNone(t *testing.T) {
	sealer := newSealer(t)
	cookie := cookieOf(t, sealer, login.NewSession(alice, "", start), start)
	altered := *cookie
	altered.Value = "A" + altered.Value[1:]
	if altered.Value == cookie.Value {
		altered.Value = "B" + altered.Value[1:]
	}
	form, err := sealer.Seal(seal.Form, []byte(`{"id":"x"}`), start)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		sealer  *seal.Sealer
		cookies []*http.Cookie
		now     time.Time
	}{
		{"no cookie", sealer, nil, start},
		{"empty", sealer, []*http.Cookie{{Name: login.SessionCookie}}, start},
		{"altered", sealer, []*http.Cookie{&altered}, start},
		{"another key", newSealer(t), []*http.Cookie{cookie}, start},
		{"another kind", sealer, []*http.Cookie{{Name: login.SessionCookie, Value: form}}, start},
		{"another name", sealer, []*http.Cookie{{Name: "tw-session", Value: cookie.Value}}, start},
		{"idle for too long", sealer, []*http.Cookie{cookie}, start.Add(bounds.Idle)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := login.OpenSession(tc.sealer, tc.cookies, bounds, tc.now); got != nil {
				t.Errorf("OpenSession: %+v, want none", got)
			}
		})
	}
}

func TestSessionTooLongForACookie(t *testing.T) {
	person := alice
	person.Username = strings.Repeat("a", 4000)
	session := login.NewSession(person, "", start)
	if cookie, err := session.Cookie(newSealer(t), start); err == nil {
		t.Errorf("a cookie of %d bytes, want an error", len(cookie.Value))
	}
}

func TestSessionAlive(t *testing.T) {
	for _, tc := range []struct {
		name  string
		seen  time.Duration // after its start
		now   time.Duration
		alive bool
		stale bool
	}{
		{"new", 0, 0, true, false},
		{"a clock that is behind", 0, -time.Minute, true, false},
		{"a tenth of idle", 0, 6 * time.Minute, true, false},
		{"more than a tenth of idle", 0, 6*time.Minute + 1, true, true},
		{"just before idle", 0, time.Hour - 1, true, true},
		{"idle", 0, time.Hour, false, true},
		{"seen since", 2 * time.Hour, 2*time.Hour + time.Minute, true, false},
		{"just before the end", 10*time.Hour - time.Minute, 10*time.Hour - 1, true, false},
		{"the end, however busy", 10*time.Hour - time.Minute, 10 * time.Hour, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			began := login.NewSession(alice, "", start)
			session, now := began.Visit(start.Add(tc.seen)), start.Add(tc.now)
			if got := session.Alive(now, bounds); got != tc.alive {
				t.Errorf("Alive: %v, want %v", got, tc.alive)
			}
			if got := session.Stale(now, bounds); got != tc.stale {
				t.Errorf("Stale: %v, want %v", got, tc.stale)
			}
		})
	}
}

func TestVisitMovesNothingElse(t *testing.T) {
	session := login.NewSession(alice, "", start)
	visited := session.Visit(start.Add(time.Minute))
	if visited.Seen != start.Add(time.Minute) || session.Seen != start {
		t.Errorf("seen at %v, the former value at %v", visited.Seen, session.Seen)
	}
	visited.Seen = session.Seen
	if diff := cmp.Diff(session, visited); diff != "" {
		t.Errorf("a visit changed (-before +after):\n%s", diff)
	}
}

func TestBoundsOf(t *testing.T) {
	for _, tc := range []struct {
		name string
		in   registration.Sessions
		want login.Bounds
	}{
		{"built-in", registration.Sessions{}, login.Bounds{Lifetime: 24 * time.Hour, Idle: 8 * time.Hour}},
		{"both", registration.Sessions{Lifetime: 7200, IdleLifetime: 60}, login.Bounds{Lifetime: 2 * time.Hour, Idle: time.Minute}},
		{"idle follows", registration.Sessions{Lifetime: 7200}, login.Bounds{Lifetime: 2 * time.Hour, Idle: 2 * time.Hour}},
		{"nonsense", registration.Sessions{Lifetime: -1, IdleLifetime: -1}, login.Bounds{Lifetime: 24 * time.Hour, Idle: 8 * time.Hour}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := login.BoundsOf(tc.in); got != tc.want {
				t.Errorf("BoundsOf(%+v) = %v, want %v", tc.in, got, tc.want)
			}
		})
	}
}

// The same person who logs in again keeps the session, under another cookie. Its end is put off once a tenth has passed.
func TestSessionAgain(t *testing.T) {
	for _, tc := range []struct {
		name    string
		after   time.Duration // the login
		started time.Duration // of the session then
	}{
		{"at once", 0, 0},
		{"within a tenth", time.Hour - 1, 0},
		{"after a tenth", time.Hour, time.Hour},
		{"after the night", 9 * time.Hour, 9 * time.Hour},
		{"by a clock that is behind", -time.Minute, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			former, now := login.NewSession(alice, "flow-1", start), start.Add(tc.after)
			want := login.NewSession(alice, "flow-2", now)
			got := former.Again(want, bounds)
			if got.CookieID() == former.CookieID() || len(got.Login) < 26 {
				t.Errorf("cookie %q after %q", got.CookieID(), former.CookieID())
			}
			want.ID, want.Login, want.Started = former.ID, got.Login, start.Add(tc.started)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("session (-want +got):\n%s", diff)
			}
			if again := got.Again(want, bounds); again.CookieID() == got.CookieID() || again.ID != former.ID {
				t.Errorf("after a third login: %+v", again)
			}
			visited := got.Visit(now.Add(time.Minute))
			if visited.CookieID() != got.CookieID() {
				t.Error("a visit makes another cookie of it")
			}
		})
	}
}

// A browser that was away comes back with the session that it had, until that is over.
func TestFormerSession(t *testing.T) {
	sealer := newSealer(t)
	cookies := []*http.Cookie{cookieOf(t, sealer, login.NewSession(alice, "", start), start)}
	for after, want := range map[time.Duration]bool{0: true, bounds.Idle: true, bounds.Lifetime - 1: true, bounds.Lifetime: false} {
		if got := login.FormerSession(sealer, cookies, bounds, start.Add(after)); (got != nil) != want {
			t.Errorf("after %v: %v, want one: %t", after, got, want)
		}
	}
}
