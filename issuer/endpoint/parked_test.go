package endpoint_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/store"
)

// Who brings little writes nothing but grants, and who has not logged in writes nothing at all.
func TestEverydayLoginsParkNothing(t *testing.T) {
	c, kept, _ := shelved(t)
	c.foreigner.Says(travellers[0].claims, travellers[0].token)
	path := request("scope", "openid profile email groups orders:read")
	for range 3 {
		c.allow(t, c.logIn(t, c.browser.Visit(path)))
		c.allow(t, c.browser.Visit(path))
		c.open(t)
	}
	c.laden()
	c.browser.Visit(request("nonce", strings.Repeat("n", 512), "state", strings.Repeat("s", 2048)))
	page := c.browser.Visit("/login?" + c.browser.Visit(path).URL.RawQuery + "&provider=" + issuertest.Elsewhere)
	c.browser.Visit("/login/callback/" + issuertest.Elsewhere + "?code=x&state=" + url.QueryEscape(page.Left.Query().Get("state")))
	if len(kept.put) != 0 {
		t.Errorf("%d things are parked", len(kept.put))
	}
}

// A refresh token is stored for clients that refresh, and for nobody else.
func TestNoTokenIsParkedForNothing(t *testing.T) {
	c, kept, _ := shelved(t)
	web := issuertest.Web()
	web.RefreshToken = nil
	c.Register(web)
	c.foreigner.Says(travellers[0].claims, strings.Repeat("r", 1500))
	redeem(t, c.Server, c.allow(t, c.logIn(t, c.browser.Visit(request()))).Get("code"))
	if len(kept.put) != 0 {
		t.Errorf("%d things are parked", len(kept.put))
	}
}

// Who brings more writes it once for a login: under their own name, sealed, and until it is of no use. Another replica finds
// it there, and a session takes it along to the next client without another write.
func TestLadenLoginParksOnce(t *testing.T) {
	c, kept, shared := shelved(t)
	path := c.laden()
	first := c.allow(t, c.logIn(t, c.browser.Visit(path))).Get("code")
	second := c.allow(t, c.browser.Visit(path)).Get("code")
	if len(kept.put) != 1 {
		t.Fatalf("%d things are parked, want one", len(kept.put))
	}
	mark := kept.put[0]
	if until := issuertest.Start.Add(24*time.Hour + 40*time.Minute); mark.Subject == "" || mark.ClientID != "" || !mark.Expires.Equal(until) {
		t.Errorf("parked for %q and client %q until %v, want %v", mark.Subject, mark.ClientID, mark.Expires, until)
	}
	for _, secret := range []string{"department", "rrrr"} {
		if strings.Contains(string(mark.Data), secret) {
			t.Errorf("what is parked can be read: %s", secret)
		}
	}
	replica := issuertest.New(t, issuertest.People(), issuertest.Upstream(c.foreigner.Server), shared)
	if err := replica.Registry.UseSealing(c.Sealing); err != nil {
		t.Fatal(err)
	}
	c.Server = replica
	for name, code := range map[string]string{"of the login": first, "of the session": second} {
		if got, _ := c.userinfo(t, redeem(t, c.Server, code))["groups"].([]any); len(got) != 20 {
			t.Errorf("%s: %d groups", name, len(got))
		}
	}
}

// What was parked is lost: nobody gets tokens of somebody whom nothing is known of, and the next login sets that right.
func TestLostParkingAsksAgain(t *testing.T) {
	c, kept, _ := shelved(t)
	path := c.laden()
	redeem(t, c.Server, c.allow(t, c.logIn(t, c.browser.Visit(path))).Get("code"))
	code := c.allow(t, c.browser.Visit(path)).Get("code")
	kept.lose(t)
	if got := redeem(t, c.Server, code); got["error"] != "invalid_grant" {
		t.Errorf("a code: %v", got)
	}
	silent := strings.Replace(path, "/authorize?", "/authorize?prompt=none&", 1)
	if got := c.browser.Visit(silent).Answer(t); got.Get("error") != "login_required" {
		t.Errorf("without a page: %v", got)
	}
	page := c.browser.Visit(path)
	if page.URL.Path != "/login" {
		t.Fatalf("at %v", page.URL)
	}
	code = c.allow(t, c.logIn(t, page)).Get("code")
	if got, _ := c.userinfo(t, redeem(t, c.Server, code))["groups"].([]any); len(got) != 20 {
		t.Errorf("after another login: %d groups", len(got))
	}
}

// A code that was redeemed counts as used also when what was parked for it is gone: its grant ends.
func TestReuseAfterParkingIsLost(t *testing.T) {
	c, kept, _ := shelved(t)
	code := c.allow(t, c.logIn(t, c.browser.Visit(c.laden()))).Get("code")
	tokens := redeem(t, c.Server, code)
	kept.lose(t)
	if got := redeem(t, c.Server, code); got["error"] != "invalid_grant" || !strings.Contains(c.Log.String(), `"msg":"code.reused"`) {
		t.Errorf("%v\n%s", got, c.Log)
	}
	if w := c.Introspect(tokens["access_token"].(string)); w.Body.String() != `{"active":false}` {
		t.Errorf("the access token is still active: %s", w.Body)
	}
}

// Whoever crashes when something is parked leaves what expires: the person logs in again, and has what they had.
func TestCrashAfterParking(t *testing.T) {
	c, kept, _ := shelved(t)
	path := c.laden()
	page := c.browser.Visit("/login?" + c.browser.Visit(path).URL.RawQuery + "&provider=" + issuertest.Elsewhere)
	there := issuertest.NewBrowser(t, c.foreigner.URL, c.foreigner.Client().Transport).Visit(page.Left.RequestURI())
	c.Get(there.Left.RequestURI(), func(r *http.Request) { // nobody gets the answer
		for _, cookie := range c.browser.Cookies() {
			r.AddCookie(cookie)
		}
	})
	if len(kept.put) != 1 {
		t.Fatalf("%d things are parked before the crash", len(kept.put))
	}
	tokens := redeem(t, c.Server, c.allow(t, c.logIn(t, c.browser.Visit(path))).Get("code"))
	if got, _ := c.userinfo(t, tokens)["groups"].([]any); len(got) != 20 {
		t.Errorf("%d groups", len(got))
	}
	c.Clock.Step(25 * time.Hour)
	for _, mark := range kept.put {
		if _, err := kept.Get(t.Context(), mark.Kind, mark.Name); err == nil {
			t.Errorf("%s is kept for ever", mark.Name)
		}
	}
}

// A device gets what was parked for its person, and waits for another answer where that is lost.
func TestDeviceOfLadenPerson(t *testing.T) {
	c, kept, _ := shelved(t)
	c.laden()
	codes := begin(t, c.Server, "scope", "openid groups")
	enter := func() *issuertest.Page {
		return c.browser.Submit(c.browser.Visit("/device"), "user_code", codes["user_code"].(string))
	}
	page := c.logIn(t, enter())
	kept.lose(t)
	if page = c.browser.Submit(page, "decision", "allow"); page.URL.Path != "/login" {
		t.Fatalf("lost: at %v", page.URL)
	}
	c.Clock.Step(5 * time.Second)
	wantPoll(t, c.Server, codes, http.StatusBadRequest, "authorization_pending")
	c.browser.Submit(c.logIn(t, page), "decision", "allow")
	c.Clock.Step(9 * time.Minute)
	tokens := wantPoll(t, c.Server, codes, http.StatusOK, "")
	if got, _ := c.userinfo(t, tokens)["groups"].([]any); len(got) != 20 {
		t.Errorf("%d groups", len(got))
	}
}

// While the store is away, whoever brings too much is told to come again, and whoever does not goes on.
func TestParkingAway(t *testing.T) {
	c, kept, _ := shelved(t)
	path := c.laden()
	kept.away = true
	if page := c.logIn(t, c.browser.Visit(path)); page.Status != http.StatusServiceUnavailable {
		t.Errorf("status %d:\n%s", page.Status, page.Body)
	}
	c.foreigner.Says(travellers[0].claims, travellers[0].token)
	if code := c.allow(t, c.logIn(t, c.browser.Visit(path))).Get("code"); code == "" {
		t.Error("no code")
	}
}

// A person has 16 logins with too much at most: of the seventeenth the first makes way, and nobody else's.
func TestParkingIsBounded(t *testing.T) {
	c, kept, _ := shelved(t)
	path := c.laden()
	var browsers []*issuertest.Browser
	for range store.MaxMarksOfPerson + 1 {
		c.open(t)
		c.Clock.Step(time.Second)
		redeem(t, c.Server, c.allow(t, c.logIn(t, c.browser.Visit(path))).Get("code"))
		browsers = append(browsers, c.browser)
	}
	for i, browser := range browsers {
		page := browser.Visit(path)
		if lost := page.URL.Path == "/login"; lost != (i == 0) {
			t.Errorf("login %d: at %s, sent to %v", i, page.URL.Path, page.Left)
		}
	}
	if len(kept.put) != store.MaxMarksOfPerson+1 {
		t.Errorf("%d things were parked", len(kept.put))
	}
}

// With its session goes what was parked for it.
func TestLogoutDropsWhatIsParked(t *testing.T) {
	c, kept, _ := shelved(t)
	c.allow(t, c.logIn(t, c.browser.Visit(c.laden())))
	c.browser.Submit(c.browser.Visit("/logout"))
	if _, err := kept.Get(t.Context(), grant.ParkedMark, kept.put[0].Name); err == nil {
		t.Error("what was parked is still there")
	}
}
