package endpoint_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
)

// lifetime is how long a session lasts, unless somebody says otherwise.
const lifetime = 24 * time.Hour

func (r *replicas) refreshes(t *testing.T, client string, tokens map[string]any) map[string]any {
	t.Helper()
	return r.post(t, client, "grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string))
}

// Whoever logs in the next morning goes on for as long as after any login, with all that was granted the day before.
func TestLoginProlongsTheSession(t *testing.T) {
	r := newReplicas(t)
	browser := r.browser(t)
	first := r.enters(t, browser, issuertest.Username, issuertest.WebID)
	r.a.Clock.Step(16 * time.Hour)
	r.enters(t, browser, issuertest.Username, second)
	r.a.Clock.Step(lifetime - time.Second)
	r.settle(t)
	refreshed := r.refreshes(t, issuertest.WebID, first)
	if _, claims := claimsOf(t, r.a, refreshed["access_token"].(string)); refreshed["expires_in"] != 1.0 || claims["exp"] != claims["iat"].(float64)+1 {
		t.Errorf("an access token outlives the session: %v", refreshed["expires_in"])
	}
	if got := r.heard(t); len(got) > 0 {
		t.Errorf("heard before the end: %v", got)
	}
	r.a.Clock.Step(time.Second)
	r.settle(t)
	if got := r.refreshes(t, issuertest.WebID, first); got["error"] != "invalid_grant" {
		t.Errorf("after the end: %v", got)
	}
	if got, want := r.heard(t), map[string]int{issuertest.WebID: 1, second: 1}; !maps.Equal(got, want) {
		t.Errorf("heard %v, want %v", got, want)
	}
	said := 0
	for _, server := range r.both() {
		for _, event := range events(t, server, "session.ended") {
			if event["cause"] == "age" && event["sessionID"] == sid(t, r, first) && event["subject"] == issuertest.Subject {
				said++
			}
		}
	}
	metrics := r.a.Get("/metrics").Body.String() + r.b.Get("/metrics").Body.String()
	if said != 2 || !strings.Contains(metrics, `tokenwright_issuer_sessions_ended_total{cause="age"}`) {
		t.Errorf("%d times session.ended, want one for each client", said)
	}
}

// Idleness ends the cookie alone: what was granted goes on, and a logout from there still ends it.
func TestIdleEndsTheCookieOnly(t *testing.T) {
	r := newReplicas(t)
	browser := r.browser(t)
	first := r.enters(t, browser, issuertest.Username, issuertest.WebID)
	r.a.Clock.Step(10 * time.Hour)
	if loggedIn(t, browser) {
		t.Error("logged in by an idle cookie")
	}
	if got := r.refreshes(t, issuertest.WebID, first); got["access_token"] == nil {
		t.Errorf("refresh: %v", got)
	}
	if got := r.heard(t); len(got) > 0 {
		t.Errorf("heard: %v", got)
	}
	page := browser.Visit("/logout")
	if wantPage(t, page, http.StatusOK, "Somebody logged in here"); strings.Contains(page.Body, issuertest.Username) {
		t.Error("the page says to whoever sits there who it was")
	}
	browser.Submit(page)
	r.settle(t)
	if got := r.refreshes(t, issuertest.WebID, first); got["error"] != "invalid_grant" || r.heard(t)[issuertest.WebID] != 1 {
		t.Errorf("after the logout: %v, heard %v", got, r.heard(t))
	}
}

// A copy of a former cookie has no say over the session that has gone on.
func TestFormerCookieEndsNothing(t *testing.T) {
	r := newReplicas(t)
	browser, thief := r.browser(t), r.browser(t)
	r.enters(t, browser, issuertest.Username, issuertest.WebID)
	for _, cookie := range browser.Cookies() {
		thief.AddCookie(cookie)
	}
	tokens := r.enters(t, browser, issuertest.Username, second, "prompt", "login")
	wantPage(t, thief.Visit("/logout"), http.StatusOK, "You are logged out")
	page := thief.Visit(request("prompt", "login"))
	thief.Submit(page, "username", "bob", "password", issuertest.Password)
	if got := r.refreshes(t, second, tokens); got["access_token"] == nil || !loggedIn(t, browser) || len(r.heard(t)) > 0 {
		t.Errorf("the session has ended: %v, heard %v", got, r.heard(t))
	}
}

// However many replicas are told to end the same session at the same time, each client hears once.
func TestManyLogoutsAtOnce(t *testing.T) {
	r := newReplicas(t)
	browser := r.browser(t)
	tokens := r.enters(t, browser, issuertest.Username, issuertest.WebID)
	r.enters(t, browser, issuertest.Username, issuertest.WebID)
	r.enters(t, browser, issuertest.Username, second)
	r.enters(t, browser, issuertest.Username, lasting, "scope", "openid orders:read offline_access")
	r.a.Clock.Step(time.Hour)
	query := issuertest.Form("id_token_hint", tokens["id_token"].(string)).Encode()
	var racing sync.WaitGroup
	for i := range 16 {
		racing.Go(func() { r.both()[i%2].Get("/logout?" + query) })
	}
	racing.Wait()
	r.settle(t)
	if got, want := r.heard(t), map[string]int{issuertest.WebID: 1, second: 1, lasting: 1}; !maps.Equal(got, want) {
		t.Errorf("heard %v, want %v", got, want)
	}
}

// frail are grants that cannot be changed while they are away.
type frail struct {
	*memory.Grants

	away atomic.Bool
}

func (f *frail) Update(ctx context.Context, g store.Grant) (store.Grant, error) {
	if f.away.Load() {
		return store.Grant{}, store.ErrUnavailable
	}
	return f.Grants.Update(ctx, g)
}

// A logout that could not end all is finished when it is tried again, with the cookie that is dead by then or by a hint.
func TestLogoutIsTriedAgain(t *testing.T) {
	for _, way := range []string{"by the cookie", "by a hint"} {
		t.Run(way, func(t *testing.T) {
			grants, clients := &frail{}, &listener{}
			server := announcing(t, clients, issuertest.With(func(c *issuer.Config) {
				grants.Grants = memory.NewGrants(c.Now)
				c.Stores = map[string]store.Stores{registration.StorageKubernetes: {
					Grants: grants, Index: grants, Marks: memory.NewMarks(c.Now), Revocations: memory.NewRevocations(c.Now), Ends: grants.Grants,
				}}
			}))
			browser := server.NewBrowser(t)
			tokens := redeem(t, server, logIn(t, browser, request()).Get("code"))
			path := "/logout"
			if way == "by a hint" {
				path += "?" + issuertest.Form("id_token_hint", tokens["id_token"].(string)).Encode()
			}
			logOutOnce := func() *issuertest.Page {
				page := browser.Visit(path)
				if strings.Contains(page.Body, "<h1>Log out?</h1>") {
					page = browser.Submit(page)
				}
				return page
			}
			grants.away.Store(true)
			if page := logOutOnce(); page.Status != http.StatusServiceUnavailable {
				t.Errorf("status %d while the store is away", page.Status)
			}
			grants.away.Store(false)
			wantPage(t, logOutOnce(), http.StatusOK, "You are logged out")
			server.Finish(t.Context())
			if len(clients.forms) != 1 {
				t.Errorf("%d notices, want one", len(clients.forms))
			}
		})
	}
}

// Nobody gets another cookie as long as a copy of the former one would go on.
func TestNoLoginWithoutRevocation(t *testing.T) {
	away := new(awayRevocations)
	server := issuertest.New(t, issuertest.People(), keepingRevocations(away))
	browser := server.NewBrowser(t)
	logIn(t, browser, request())
	away.gone.Store(true)
	for name, username := range map[string]string{"the same person": issuertest.Username, "another person": "bob"} {
		page := browser.Submit(browser.Visit(request("prompt", "login")), "username", username, "password", issuertest.Password)
		if page.Status != http.StatusServiceUnavailable || !loggedIn(t, browser) {
			t.Errorf("%s: status %d", name, page.Status)
		}
	}
	away.gone.Store(false)
	logIn(t, browser, request("prompt", "login"))
}

// One account makes the issuer write no more revocations than its budget allows.
func TestOneAccountEndsSessionsWithoutEnd(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	logIn(t, browser, request())
	in := 0
	for range 110 {
		server.Clock.Step(time.Second)
		page := browser.Submit(browser.Visit(request("prompt", "login")), "username", issuertest.Username, "password", issuertest.Password)
		if page.Status == http.StatusServiceUnavailable {
			if page.Header.Get("Retry-After") == "" {
				t.Error("nobody says when to try again")
			}
			continue
		}
		in++
	}
	if in < 100 || in > 103 {
		t.Errorf("%d logins, want some 100", in)
	}
	other := server.NewBrowser(t) // whoever has no session to go on with begins one
	logIn(t, other, request())
}

// What a former version stored and sealed goes on as it was: its grants end by a logout, and not with their session.
func TestGrantsOfAFormerVersion(t *testing.T) {
	r := newReplicas(t)
	browser := r.browser(t)
	tokens := r.enters(t, browser, issuertest.Username, issuertest.WebID)
	found, err := r.grants.OfSession(t.Context(), sid(t, r, tokens))
	if err != nil || len(found) != 1 {
		t.Fatalf("grants %v, %v", found, err)
	}
	found[0].SessionEnds = time.Time{}
	if _, err := r.grants.Update(t.Context(), found[0]); err != nil {
		t.Fatal(err)
	}
	r.a.Clock.Step(lifetime + time.Hour)
	r.settle(t)
	if got := r.refreshes(t, issuertest.WebID, tokens); got["access_token"] == nil || len(r.heard(t)) > 0 {
		t.Errorf("after the session: %v, heard %v", got, r.heard(t))
	}
	r.a.Get("/logout?" + issuertest.Form("id_token_hint", tokens["id_token"].(string)).Encode())
	r.settle(t)
	if got := r.refreshes(t, issuertest.WebID, tokens); got["error"] != "invalid_grant" || r.heard(t)[issuertest.WebID] != 1 {
		t.Errorf("after the logout: %v, heard %v", got, r.heard(t))
	}
}

// All clients of a session hear that its person is gone, once each, the one that asked among them.
func TestUpstreamGoneIsAnnounced(t *testing.T) {
	clients := &listener{}
	p := &pair{}
	p.upstream, p.site = issuertest.NewUpstream(t)
	p.Server = issuertest.New(t, issuertest.People(), issuertest.Upstream(p.site), issuertest.With(func(c *issuer.Config) { c.Outbound = clients }))
	web := issuertest.Web()
	web.BackchannelLogoutURI = heardAt
	p.Register(web)
	p.UseUpstreamSecret(issuertest.WebSecret)
	alice := p.person(t)
	tokens := redeem(t, p.Server, alice.logIn(t, request("scope", everything)).Get("code"))
	logInToMany(t, p.Server, alice.here, "team", 2)
	p.upstream.UseUsers(t, usersWith(t, "alice\n", "alice\n  disabled: true\n"))
	p.step(10 * time.Minute)
	if got := p.refresh(t, tokens); got["error"] != "invalid_grant" {
		t.Fatalf("disabled elsewhere: %v", got)
	}
	p.Finish(t.Context())
	heard := map[any]int{}
	for _, form := range clients.forms {
		_, claims := claimsOf(t, p.Server, form.Get("logout_token"))
		heard[claims["aud"]]++
	}
	if diff := cmp.Diff(map[any]int{issuertest.WebID: 1, "team.web-0": 1, "team.web-1": 1}, heard); diff != "" {
		t.Errorf("heard (-want +got):\n%s", diff)
	}
}

// A client that keeps something of a session hears nothing yet.
func TestWhatIsLeftIsNotAnnounced(t *testing.T) {
	r := newReplicas(t)
	browser := r.browser(t)
	tokens := r.enters(t, browser, issuertest.Username, issuertest.WebID)
	r.a.Clock.Step(time.Hour)
	r.enters(t, browser, issuertest.Username, issuertest.WebID)
	for i, tc := range []struct{ before, heard int }{{-30, 0}, {1, 1}} {
		revocation := store.Revocation{
			SessionID: sid(t, r, tokens), IssuedBefore: r.a.Clock.Now().Add(time.Duration(tc.before) * time.Minute),
			Expires: r.a.Clock.Now().Add(time.Hour),
		}
		for _, hears := range r.hears {
			hears.RevocationApplied(t.Context(), revocation)
		}
		r.settle(t)
		found, err := r.grants.OfSession(t.Context(), revocation.SessionID)
		if got := r.heard(t)[issuertest.WebID]; err != nil || len(found) != 1-i || got != tc.heard {
			t.Errorf("issued before %v: %d grants, heard %d, %v", revocation.IssuedBefore, len(found), got, err)
		}
	}
}

// Two replicas that each win one of a client's two grants tell it once: whoever wins that which was given first.
func TestWinnerOfTheFirstGrantTells(t *testing.T) {
	r := newReplicas(t)
	browser := r.browser(t)
	tokens := r.enters(t, browser, issuertest.Username, issuertest.WebID)
	r.a.Clock.Step(time.Hour)
	r.enters(t, browser, issuertest.Username, issuertest.WebID)
	found, err := r.grants.OfSession(t.Context(), sid(t, r, tokens))
	if err != nil || len(found) != 2 {
		t.Fatalf("grants %v, %v", found, err)
	}
	if found[1].CreatedAt.Before(found[0].CreatedAt) {
		found[0], found[1] = found[1], found[0]
	}
	r.a.Clock.Step(lifetime - time.Minute)
	r.hears[0].SessionOver(t.Context(), found[:1]) // it has not heard of the other yet
	r.hears[1].SessionOver(t.Context(), found)
	r.settle(t)
	if got := r.heard(t)[issuertest.WebID]; got != 1 {
		t.Errorf("heard %d times, want once", got)
	}
}

// A cookie that a former version sealed is the first of its session, as one of now is.
func TestCookieOfAFormerVersion(t *testing.T) {
	r := newReplicas(t)
	const moment = `"2026-11-22T12:00:00Z"` // issuertest.Start
	value, err := r.a.Registry.Snapshot().Sealer().Seal(seal.Session, []byte(`{"id":"former","flow":"f","provider":"`+issuertest.Provider+
		`","subject":"`+issuertest.Subject+`","username":"alice","authTime":`+moment+`,"amr":["pwd"],"started":`+moment+`,"seen":`+moment+`}`), issuertest.Start)
	if err != nil {
		t.Fatal(err)
	}
	browser, thief := r.browser(t), r.browser(t)
	for _, b := range []*issuertest.Browser{browser, thief} {
		b.AddCookie(&http.Cookie{Name: login.SessionCookie, Value: value})
		if !loggedIn(t, b) {
			t.Fatal("the cookie of a former version is not taken")
		}
	}
	r.a.Clock.Step(time.Minute)
	tokens := r.enters(t, browser, issuertest.Username, second, "prompt", "login")
	if got := sid(t, r, tokens); got != "former" || loggedIn(t, thief) || !loggedIn(t, browser) {
		t.Errorf("after another login: sid %q, or the former cookie is good", got)
	}
}

// A session that has run out just now is told of at once when somebody logs out of it, and not again by its age.
func TestLogoutOfASessionThatRanOut(t *testing.T) {
	r := newReplicas(t)
	browser := r.browser(t)
	first := r.enters(t, browser, issuertest.Username, issuertest.WebID)
	r.a.Clock.Step(lifetime)
	r.enters(t, browser, issuertest.Username, second)
	page := browser.Visit("/logout?" + issuertest.Form("id_token_hint", first["id_token"].(string)).Encode())
	wantPage(t, page, http.StatusOK, "You are logged out")
	for range 2 {
		for _, server := range r.both() {
			server.Finish(t.Context())
		}
		if got, want := r.heard(t), map[string]int{issuertest.WebID: 1, second: 1}; !maps.Equal(got, want) || loggedIn(t, browser) {
			t.Errorf("heard %v, want %v", got, want)
		}
		r.settle(t)
	}
}
