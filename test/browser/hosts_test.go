package browser

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"

	"tokenwright.dev/issuer/issuertest"
)

// shared is a host of several issuers, by their paths.
const shared = "https://shared.example"

// RFC 6265bis section 4.1.3: issuers with paths, one below the other, and one without, log somebody in beside one another.
func sharesHost(t *testing.T, w *world) {
	paths := []string{"/a/b", "/a", ""} // the longest first
	var issuers []*issuertest.Server
	for _, path := range paths {
		issuers = append(issuers, issuertest.New(t, issuertest.People(), issuertest.AtURL(shared+path)))
	}
	w.hosts[shared] = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		for i, path := range paths {
			if strings.HasPrefix(r.URL.Path, path+"/") {
				issuers[i].Handler.ServeHTTP(rw, r)
				return
			}
		}
	})
	at := func(path string) string { return strings.Replace(request(), issuertest.URL, shared+path, 1) }
	tab := w.tab(t)
	for i, path := range paths {
		tab.visit(t, at(path))
		tab.see(t, "Log in")
		tab.logIn(t, issuertest.Password)
		tab.see(t, "Allow The shop.web?")
		tab.press(t, "Allow")
		form := issuertest.Form("grant_type", "authorization_code", "code", w.arrived(t).Get("code"), "code_verifier", verifier)
		if answer := issuers[i].PostForm(path+"/token", form, issuertest.Basic(issuertest.WebID, issuertest.WebSecret)); answer.Code != http.StatusOK {
			t.Errorf("%s: %s", path, answer.Body)
		}
	}
	for _, path := range paths {
		tab.visit(t, at(path))
		if got := w.arrived(t); got.Get("iss") != shared+path || !got.Has("code") {
			t.Errorf("%s: arrived %v", path, got)
		}
	}
	for name, cookie := range tab.cookiesOf(t, shared+"/a/b/login") {
		host := strings.HasPrefix(name, "__Host-tw-") && cookie.Path == "/"
		path := strings.HasPrefix(name, "__Secure-tw-") && (cookie.Path == "/a" || cookie.Path == "/a/b")
		if !host && !path || !cookie.Secure || !cookie.HTTPOnly || cookie.SameSite != network.CookieSameSiteLax {
			t.Errorf("%s: %+v", name, cookie)
		}
	}
	tab.visit(t, shared+"/a/logout")
	tab.press(t, "Log out")
	tab.see(t, "You are logged out")
	tab.visit(t, at("/a"))
	tab.see(t, "Log in")
	tab.visit(t, at("/a/b"))
	if !w.arrived(t).Has("code") {
		t.Error("a logout at one issuer is one at another")
	}
}

// A form of another site that no address fits brings no cookies; it comes once more by itself, and then they are there.
func comesAgain(t *testing.T, w *world) {
	tab := w.toConsent(t)
	tab.press(t, "Allow")
	w.redeem(t, w.wantAnswer(t, "s-1", "").Get("code"))
	asked, err := url.Parse(request("state", "long", "login_hint", strings.Repeat("l", 3000)))
	if err != nil {
		t.Fatal(err)
	}
	tab.visit(t, evil+"/post?url="+url.QueryEscape(issuertest.URL+"/authorize")+"&"+asked.RawQuery)
	tab.press(t, "Win")
	w.wantAnswer(t, "long", "")
	tab.see(t, "Arrived")
}
