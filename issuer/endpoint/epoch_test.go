package endpoint_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
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

// held is all that somebody has who logged in to Web once, and let it have access offline.
type held struct {
	*issuertest.Server

	browser *issuertest.Browser
	tokens  map[string]any
}

const offline = "openid orders:read offline_access"

func hold(t *testing.T, server *issuertest.Server) *held {
	t.Helper()
	browser := server.NewBrowser(t)
	return &held{server, browser, redeem(t, server, logIn(t, browser, request("scope", offline)).Get("code"))}
}

// use replaces the users file a minute later, and waits until that has taken effect.
func (h *held) use(t *testing.T, file string) {
	t.Helper()
	h.Clock.Step(time.Minute)
	h.UseUsers(t, file)
	h.Finish(t.Context())
	h.Clock.Step(time.Second)
}

// counts names what still counts: the session, the consent of whoever is logged in, the refresh token and the access token.
func (h *held) counts(t *testing.T) string {
	t.Helper()
	var found []string
	note := func(name string, counts bool) {
		if counts {
			found = append(found, name)
		}
	}
	answer := h.browser.Visit(request("prompt", "none", "scope", offline)).Answer(t)
	note("session", answer.Get("error") != "login_required")
	note("consent", answer.Get("code") != "")
	raw := h.tokens["access_token"].(string)
	note("access", strings.Contains(h.Introspect(raw).Body.String(), `"active":true`))
	note("userinfo", h.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+raw)).Code == http.StatusOK)
	note("refresh", h.refreshed(t) == "")
	return strings.Join(found, " ")
}

// refreshed is the error of a refresh.
func (h *held) refreshed(t *testing.T) string {
	t.Helper()
	form := issuertest.Form("grant_type", "refresh_token", "refresh_token", h.tokens["refresh_token"].(string))
	answer := issuertest.JSON(t, h.PostForm("/token", form, issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
	code, _ := answer["error"].(string)
	return code
}

const all = "session consent access userinfo refresh"

// usersWith is the file of Users with another entry in the place of Username's.
func usersWith(t *testing.T, from, to string) string {
	t.Helper()
	file := issuertest.Users(t)
	if !strings.Contains(file, from) {
		t.Fatalf("no %q in the file", from)
	}
	return strings.Replace(file, from, to, 1)
}

// withPassword is the file of Users in which Username has another password.
func withPassword(t *testing.T, password string) string {
	t.Helper()
	start, rest, _ := strings.Cut(issuertest.Users(t), "passwordHash: ")
	_, rest, _ = strings.Cut(rest, "\n")
	return start + "passwordHash: " + issuertest.HashOf(t, password) + "\n" + rest
}

// Whatever changes of an entry but the password, nothing ends.
func TestNothingEndsForANewAddress(t *testing.T) {
	h := hold(t, issuertest.New(t, issuertest.People()))
	h.use(t, usersWith(t, "alice@example.org", "alice@example.com"))
	if got := h.counts(t); got != all {
		t.Errorf("counts: %s, want all", got)
	}
	if ended := events(t, h.Server, "person.ended"); len(ended) != 0 {
		t.Errorf("the log tells of an end: %v", ended)
	}
}

// A changed password ends that person's sessions, tokens and remembered consent, and nobody else's.
func TestChangedPasswordEndsAll(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	bob := server.NewBrowser(t)
	page := bob.Submit(bob.Visit(request()), "username", "bob", "password", issuertest.Password)
	bobs := redeem(t, server, bob.Submit(page, "decision", "allow").Answer(t).Get("code"))
	h := hold(t, server)
	if got := h.counts(t); got != all {
		t.Fatalf("before: %s", got)
	}
	h.use(t, withPassword(t, "another one"))
	if got := h.counts(t); got != "" {
		t.Errorf("counts still: %s", got)
	}
	if w := server.Introspect(bobs["access_token"].(string)); !strings.Contains(w.Body.String(), `"active":true`) || !loggedIn(t, bob) {
		t.Error("bob lost his access")
	}
	page = h.browser.Submit(h.browser.Visit(request("scope", offline)), "username", issuertest.Username, "password", "another one")
	if page.Left != nil || !strings.Contains(page.Body, `value="allow"`) {
		t.Fatalf("consent of before was remembered: at %v\n%s", page.URL, page.Body)
	}
	h.tokens = redeem(t, server, h.browser.Submit(page, "decision", "allow").Answer(t).Get("code"))
	if got := h.counts(t); got != all {
		t.Errorf("by the new password counts: %s", got)
	}
	ended, revoked := events(t, server, "person.ended"), events(t, server, "grant.revoked")
	if len(ended) != 1 || ended[0]["subject"] != issuertest.Subject || ended[0]["cause"] != login.ReasonPassword || ended[0]["provider"] != issuertest.Provider {
		t.Errorf("person.ended: %v", ended)
	}
	if len(revoked) != 1 || revoked[0]["clientID"] != issuertest.WebID || revoked[0]["grantID"] == nil || revoked[0]["subject"] != issuertest.Subject {
		t.Errorf("grant.revoked: %v", revoked)
	}
}

// Epochs alone refuse at once what nobody could write down: whoever logs in within the same second keeps that.
func TestEpochsNeedNoStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := new(awayRevocations)
		server := issuertest.New(t, issuertest.People(), keepingRevocations(away))
		h := hold(t, server)
		code := h.browser.Visit(request("scope", offline)).Answer(t).Get("code")
		away.gone.Store(true)
		server.UseUsers(t, withPassword(t, "another one"))
		if tokens := redeem(t, server, code); tokens["error"] != "invalid_grant" {
			t.Errorf("a code that was under way: %v", tokens)
		}
		if got := h.counts(t); got != "" {
			t.Errorf("counts still: %s", got)
		}
		browser := server.NewBrowser(t)
		page := browser.Submit(browser.Visit(request()), "username", issuertest.Username, "password", "another one")
		fresh := &held{server, browser, redeem(t, server, browser.Submit(page, "decision", "allow").Answer(t).Get("code"))}
		away.gone.Store(false)
		server.Finish(t.Context())
		if got := fresh.refreshed(t); got != "" || !loggedIn(t, browser) {
			t.Errorf("what began by the new password has ended: %q", got)
		}
		if len(events(t, server, "person.ended")) != 1 {
			t.Error("the log does not tell when the store is back")
		}
	})
}

// An id of the entry's own lets a name pass to somebody else, who is another person to every client.
func TestNamePassesOn(t *testing.T) {
	h := hold(t, issuertest.New(t, issuertest.People()))
	h.use(t, usersWith(t, "alice\n", "alice\n  id: e-4711\n"))
	if got := h.counts(t); got != "" {
		t.Errorf("counts for the next person: %s", got)
	}
	next := hold(t, h.Server)
	_, id := claimsOf(t, h.Server, next.tokens["id_token"].(string))
	if id["sub"] == issuertest.Subject || id["sub"] == login.Subject(issuertest.Provider, "e-4711") {
		t.Errorf("sub %v", id["sub"])
	}
	h.use(t, usersWith(t, "alice\n", "alice.b\n  id: e-4711\n"))
	if got := next.refreshed(t); got != "" || !loggedIn(t, next.browser) {
		t.Errorf("a new name ended access: %q", got)
	}
}

// What an issuer without epochs began counts after the upgrade, and ends with the password all the same.
func TestSessionsFromBeforeEpochs(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	old := server.NewBrowser(t)
	session := login.NewSession(login.Identity{Provider: issuertest.Provider, Subject: issuertest.Subject, Username: issuertest.Username}, "", server.Clock.Now())
	cookie, err := session.Cookie(server.Registry.Snapshot().Sealer(), server.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	old.AddCookie(cookie)
	page := old.Visit(request("scope", offline))
	h := &held{server, old, redeem(t, server, old.Submit(page, "decision", "allow").Answer(t).Get("code"))}
	if got := h.counts(t); got != all {
		t.Fatalf("after the upgrade counts: %s", got)
	}
	h.use(t, withPassword(t, "another one"))
	if got := h.counts(t); got != "" {
		t.Errorf("after a new password counts: %s", got)
	}
}

// A device that was allowed, and has not asked for its tokens yet, gets none by the former password.
func TestDeviceOfFormerPassword(t *testing.T) {
	server := withDevices(t)
	codes := begin(t, server)
	browser := server.NewBrowser(t)
	wantPage(t, browser.Submit(open(t, browser, codes), "decision", "allow"), http.StatusOK, "The device is connected")
	server.UseUsers(t, withPassword(t, "another one"))
	wantPoll(t, server, codes, http.StatusBadRequest, "invalid_grant")

	codes, browser = begin(t, server), server.NewBrowser(t)
	page := browser.Submit(browser.Visit("/device"), "user_code", codes["user_code"].(string))
	page = browser.Submit(page, "username", issuertest.Username, "password", "another one")
	wantPage(t, browser.Submit(page, "decision", "allow"), http.StatusOK, "The device is connected")
	wantPoll(t, server, codes, http.StatusOK, "")
}

// awayRevocations cannot be written to while they are gone.
type awayRevocations struct {
	store.Revocations

	gone atomic.Bool
	deny string // the subject of whom nothing is ever written; empty for nobody
}

func (a *awayRevocations) Revoke(ctx context.Context, r store.Revocation) error {
	if a.gone.Load() || a.deny != "" && r.Subject == a.deny {
		return store.ErrUnavailable
	}
	return a.Revocations.Revoke(ctx, r)
}

func keepingRevocations(a *awayRevocations) issuertest.Option {
	return issuertest.With(func(c *issuer.Config) {
		grants := memory.NewGrants(c.Now)
		a.Revocations = memory.NewRevocations(c.Now)
		c.Stores = map[string]store.Stores{registration.StorageKubernetes: {
			Grants: grants, Index: grants, Marks: memory.NewMarks(c.Now), Revocations: a,
		}}
	})
}
