package browser

import (
	"net/url"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"tokenwright.dev/issuer/issuertest"
)

func TestStories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, story := range []struct {
		name string
		tell func(*testing.T, *world)
	}{
		{"the browser complains with reason", noisy},
		{"somebody logs in and allows", allows},
		{"somebody logs in and denies", denies},
		{"somebody guesses a password", guesses},
		{"somebody takes too long", takesTooLong},
		{"somebody goes back after the login", backAfterLogin},
		{"somebody goes back and forward", forwardAgain},
		{"somebody goes back after the answer", backAfterAnswer},
		{"somebody has two tabs", twoTabs},
		{"somebody asks to be another", switches},
		{"the answer is a form", formPost},
		{"the answer is a form, without scripts", formPostByHand},
		{"somebody removes access and logs out", removesAccess},
		{"a client logs somebody out", leaves},
		{"somebody connects a device", connectsDevice},
		{"somebody has no mouse", noMouse},
		{"cookies are kept close", cookiesAreKeptClose},
		{"issuers share a host", sharesHost},
		{"a client sends a long form", comesAgain},
		{"another site frames the login", framed},
		{"another site sends our forms", forged},
	} {
		t.Run(story.name, func(t *testing.T) {
			w.begin(t)
			story.tell(t, w)
		})
	}
}

// toConsent brings a new person to the consent page.
func (w *world) toConsent(t *testing.T, pairs ...string) *tab {
	t.Helper()
	tab := w.tab(t)
	tab.visit(t, request(pairs...))
	tab.logIn(t, issuertest.Password)
	tab.see(t, "Allow The shop.web?")
	return tab
}

// wantAnswer asks for an answer to Web's request, or an error if that is wanted.
func (w *world) wantAnswer(t *testing.T, state, code string) url.Values {
	t.Helper()
	got := w.arrived(t)
	if got.Get("state") != state || got.Get("iss") != issuertest.URL || got.Get("error") != code || got.Has("code") == (code != "") {
		t.Errorf("AZ-15, AZ-16: arrived %v, want state %q, error %q", got, state, code)
	}
	return got
}

func allows(t *testing.T, w *world) {
	tab := w.tab(t)
	tab.visit(t, request())
	tab.see(t, "Log in")
	tab.read(t, "to continue to The shop.web")
	tab.logIn(t, issuertest.Password)
	tab.see(t, "Allow The shop.web?")
	tab.read(t, "You are logged in as alice.", "See your orders", "at most 30 days", "https://web.example")
	tab.press(t, "Allow")
	got := w.wantAnswer(t, "s-1", "")
	tab.see(t, "Arrived")
	w.redeem(t, got.Get("code"))

	// The client sends them once more: their session comes along from there, and consent is remembered.
	tab.load(t, chromedp.Click(chromedp.CSS("a")))
	w.wantAnswer(t, "again", "")
}

func denies(t *testing.T, w *world) {
	tab := w.toConsent(t)
	tab.press(t, "Deny")
	w.wantAnswer(t, "s-1", "access_denied")
	tab.see(t, "Arrived")
}

// five wrong passwords, then even the right one has to wait.
func guesses(t *testing.T, w *world) {
	tab := w.tab(t)
	tab.visit(t, request())
	for i := range 5 {
		if status := tab.logIn(t, "wrong"); status != 403 {
			t.Fatalf("attempt %d: status %d", i+1, status)
		}
		tab.read(t, "The username or the password is wrong.")
	}
	if status := tab.logIn(t, issuertest.Password); status != 429 {
		t.Errorf("the right password, too soon: status %d", status)
	}
	tab.read(t, "Too many attempts at this account. Please wait 1 second, then try again; or use a browser in which you have logged in before.")
	w.Clock.Step(2 * time.Second)
	tab.logIn(t, issuertest.Password)
	tab.see(t, "Allow The shop.web?")
}

func takesTooLong(t *testing.T, w *world) {
	tab := w.tab(t)
	tab.visit(t, request())
	w.Clock.Step(31 * time.Minute)
	tab.logIn(t, issuertest.Password)
	tab.see(t, "This took too long")
	tab.read(t, "Go back to the application and log in once more")
	tab.visit(t, request()) // which is what they do
	tab.logIn(t, issuertest.Password)
	tab.see(t, "Allow The shop.web?")
}

// Whoever goes back to the login page may log in once more.
func backAfterLogin(t *testing.T, w *world) {
	tab := w.toConsent(t)
	tab.back(t)
	tab.see(t, "Log in")
	tab.logIn(t, issuertest.Password)
	tab.see(t, "Allow The shop.web?")
	tab.press(t, "Allow")
	w.wantAnswer(t, "s-1", "")
	tab.see(t, "Arrived")
}

// They may as well go forward to where they were: the browser has kept that page, and its form is good.
func forwardAgain(t *testing.T, w *world) {
	tab := w.toConsent(t)
	tab.back(t)
	tab.see(t, "Log in")
	tab.forward(t)
	tab.see(t, "Allow The shop.web?")
	tab.key(t, kb.Tab)
	tab.key(t, kb.Tab)
	tab.key(t, kb.Enter)
	w.wantAnswer(t, "s-1", "")
	tab.see(t, "Arrived")
}

// An answer is given once: whoever goes back finds nothing that could be sent again.
func backAfterAnswer(t *testing.T, w *world) {
	tab := w.toConsent(t)
	tab.press(t, "Allow")
	w.wantAnswer(t, "s-1", "")
	tab.see(t, "Arrived")
	tab.back(t)
	tab.see(t, "This login was finished, or began in another browser")
	tab.read(t, "Go back to the application")
}

// Two requests at once keep apart, and each gets its own answer. The same person logs in once more in the second tab, so the
// page in the first is still theirs.
func twoTabs(t *testing.T, w *world) {
	first := w.tab(t)
	second := first.another(t)
	first.visit(t, request())
	second.visit(t, request("client_id", "shop.stock", "redirect_uri", other+"/callback", "state", "s-2"))
	second.read(t, "to continue to The Stock")

	first.logIn(t, issuertest.Password)
	first.see(t, "Allow The shop.web?")
	second.logIn(t, issuertest.Password)
	second.see(t, "Allow The Stock?")

	first.press(t, "Allow")
	w.wantAnswer(t, "s-1", "")
	second.press(t, "Allow")
	w.wantAnswer(t, "s-2", "")
}

func switches(t *testing.T, w *world) {
	tab := w.toConsent(t)
	tab.press(t, "Not you? Log in as somebody else")
	tab.see(t, "Log in")
	tab.read(t, "You are logged in already.")
	tab.fill(t, "username", "bob")
	tab.logIn(t, issuertest.Password)
	tab.see(t, "Allow The shop.web?")
	tab.read(t, "You are logged in as bob.")
}
