package browser

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"tokenwright.dev/issuer/issuertest"
)

// no script and no other host sees the cookies, and no other site has them sent but by bringing the person here.
func cookiesAreKeptClose(t *testing.T, w *world) {
	tab := w.toConsent(t)
	kinds := map[string]bool{}
	for name, cookie := range tab.cookies(t) {
		prefix, _, _ := strings.Cut(strings.TrimPrefix(name, "__Host-tw-"), "-")
		kinds[prefix] = cookie.Session
		if !strings.HasPrefix(name, "__Host-") || !cookie.Secure || !cookie.HTTPOnly || cookie.Path != "/" ||
			cookie.SameSite != network.CookieSameSiteLax || cookie.Domain != "issuer.example" {
			t.Errorf("%s: %+v", name, cookie)
		}
	}
	if session, ok := kinds["session"]; !ok || !session {
		t.Error("the session's cookie must end with the browser")
	}
	if session, ok := kinds["familiar"]; !ok || session {
		t.Error("what tells an owner's browser from others must outlive the browser's end")
	}
	if session, ok := kinds["flow"]; !ok || session || len(kinds) != 3 {
		t.Errorf("cookies %v, want one of the session, one of the flow, and one of who is familiar", kinds)
	}
}

// All other stories rely on this: nothing bad goes unheard.
func noisy(t *testing.T, w *world) {
	tab := w.tab(t)
	tab.visit(t, evil+"/noise")
	tab.see(t, "Noise")
	for _, text := range []string{"console", "dialog", "exception", "/missing", "img-src"} {
		tab.wantTrouble(t, text)
	}
	tab.heard.forgive("") // in all its variations
}

// AZ-22: nobody lays our pages under a bait (RFC 9700 section 4.16).
func framed(t *testing.T, w *world) {
	for _, address := range []string{request(), issuertest.URL + "/account"} {
		tab := w.tab(t)
		tab.visit(t, evil+"/frame?url="+url.QueryEscape(address))
		tab.see(t, "Win!")
		tab.wantTrouble(t, "frame-ancestors")
	}
}

// Another site makes the browser send our forms: nothing happens to whoever is logged in.
func forged(t *testing.T, w *world) {
	tab := w.toConsent(t)
	for _, path := range []string{"/consent", "/account", "/login"} {
		tab.visit(t, evil+"/post?url="+url.QueryEscape(issuertest.URL+path))
		if status := tab.press(t, "Win"); status != 400 {
			t.Errorf("%s: status %d", path, status)
		}
		tab.read(t, "the form was sent by another site")
	}
	tab.visit(t, evil+"/post?url="+url.QueryEscape(issuertest.URL+"/logout"))
	tab.press(t, "Win")
	tab.see(t, "Log out?") // anybody may ask
	tab.visit(t, issuertest.URL+"/account")
	tab.read(t, "You are logged in as alice.", "No application has access in your name.")
}
