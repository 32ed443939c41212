package endpoint_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
)

// A browser that begins logins and finishes none keeps few cookies, whatever the logins are for, and can still finish the
// last ones.
func TestUnfinishedLoginsAreBounded(t *testing.T) {
	server := withDevices(t)
	browser := server.NewBrowser(t)
	first := browser.Visit(request())
	var last []*issuertest.Page
	for i := range 60 {
		server.Clock.Step(time.Second)
		if i%3 == 0 {
			browser.Submit(browser.Visit("/device"), "user_code", "BBBB-BBBB")
			continue
		}
		last = append(last, browser.Visit(request()))
	}
	size := 0
	for _, cookie := range browser.Cookies() {
		size += len(cookie.Name) + len(cookie.Value) + len("=; ")
	}
	if count := len(browser.Cookies()); count != 16 || size > 1400 {
		t.Errorf("%d cookies of %d bytes, want 16 of at most 1400", count, size)
	}
	page := browser.Submit(first, "username", issuertest.Username, "password", issuertest.Password)
	if page.Status != http.StatusBadRequest {
		t.Errorf("the oldest login goes on: status %d", page.Status)
	}
	page = browser.Submit(last[len(last)-8], "username", issuertest.Username, "password", issuertest.Password)
	if page.Status != http.StatusOK || !strings.Contains(page.Body, `value="allow"`) {
		t.Errorf("a login of late cannot be finished: status %d:\n%s", page.Status, page.Body)
	}
}

// A browser that opened many pages at once, or comes from another version, is brought back to few by and by: no answer is
// long for it.
func TestSurplusOfLoginsGoes(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	for range 40 {
		other := server.NewBrowser(t)
		other.Visit(request())
		browser.AddCookie(other.Cookies()[0])
	}
	var page *issuertest.Page
	for range 6 {
		page = browser.Visit(request()) // which takes two answers
		if lines := page.Header["Set-Cookie"]; len(lines) > 3 {
			t.Errorf("an answer sets %d cookies", len(lines))
		}
	}
	if got := len(browser.Cookies()); got != 16 {
		t.Errorf("%d cookies after some visits, want 16", got)
	}
	page = browser.Submit(page, "username", issuertest.Username, "password", issuertest.Password)
	if !strings.Contains(page.Body, `value="allow"`) {
		t.Errorf("status %d:\n%s", page.Status, page.Body)
	}
}
