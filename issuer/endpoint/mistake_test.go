package endpoint_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
)

// useMistaken replaces the users file, a minute later, by one with an entry that cannot be read.
func (h *held) useMistaken(t *testing.T, file string) {
	t.Helper()
	h.Clock.Step(time.Minute)
	if _, ok := errors.AsType[*login.RefusedError](h.Registry.UseUsers("staff-users", []byte(file))); !ok {
		t.Fatal("the file has no mistake")
	}
	h.Finish(t.Context())
	h.Clock.Step(time.Second)
}

// While an entry cannot be read, all that was begun by it goes on, and nobody logs in by it: whoever tries is told what
// everybody is told who is wrong. Others log in. When it is repaired, all is as it was.
func TestMistakeInUsersFile(t *testing.T) {
	h := hold(t, issuertest.New(t, issuertest.People()))
	h.useMistaken(t, usersWith(t, "name: Alice", "fullName: Alice"))
	if got := h.counts(t); got != all {
		t.Errorf("counts: %s, want all", got)
	}
	enter := func(username string) *issuertest.Page {
		browser := h.NewBrowser(t)
		return browser.Submit(browser.Visit(request()), "username", username, "password", issuertest.Password)
	}
	page, stranger := enter(issuertest.Username), enter("nobody")
	if page.Status != http.StatusForbidden || page.Status != stranger.Status ||
		!strings.Contains(page.Body, "wrong") || strings.Contains(page.Body, "wrong") != strings.Contains(stranger.Body, "wrong") {
		t.Errorf("status %d, that of a stranger %d:\n%s", page.Status, stranger.Status, page.Body)
	}
	if page := enter("bob"); page.Status != http.StatusOK || page.URL.Path != "/consent" {
		t.Errorf("another: status %d at %v", page.Status, page.URL)
	}
	refused := events(t, h.Server, "login.refused")
	if len(refused) != 2 || refused[0]["account"] != issuertest.Username || refused[0]["subject"] != issuertest.Subject {
		t.Errorf("the log does not say whose account was tried: %v", refused)
	}
	h.use(t, issuertest.Users(t))
	if got := h.counts(t); got != all || enter(issuertest.Username).Left == nil {
		t.Errorf("repaired, and counts: %s, want all; or no login", got)
	}
	if ended := events(t, h.Server, "person.ended"); len(ended) != 0 {
		t.Errorf("the log tells of an end: %v", ended)
	}
}

// An entry that disables somebody does so whatever else is wrong with it.
func TestDisabledByMistakenEntry(t *testing.T) {
	h := hold(t, issuertest.New(t, issuertest.People()))
	h.useMistaken(t, usersWith(t, "name: Alice", "disabled: true\n  fullName: Alice"))
	if got := h.counts(t); got != "" {
		t.Errorf("counts: %s, want nothing", got)
	}
	h.use(t, issuertest.Users(t))
	if got := h.counts(t); got != "" {
		t.Errorf("enabled again, and counts: %s, want nothing", got)
	}
}
