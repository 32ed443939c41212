package hostile

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/stack/live"
)

// silentClients is how many applications of one team never answer.
const silentClients = 32

// ear is where the web application hears of logouts.
func (s *street) ear(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s.told <- r.PostFormValue("logout_token")
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// silence is an address that takes connections and never answers.
func silence(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return "http://" + listener.Addr().String()
}

// silentLogouts lets somebody log out of all the applications of one team, none of which answers, and then somebody else of
// another team's.
func (s *street) silentLogouts(t *testing.T, _ *world) {
	m, nowhere := newTeam(t, s.world, "team-silent"), silence(t)
	for i := range silentClients {
		live.Create(t, m.hands, m.oauthClient(fmt.Sprintf("silent-%02d", i), forPeople(fmt.Sprintf("%s/%d", nowhere, i))))
	}
	many := s.browser(t, "192.0.2.60")
	var last *oauth2.Token
	for i := range silentClients {
		oc := live.AwaitReady(t, s.Installation, m.oauthClient(fmt.Sprintf("silent-%02d", i)))
		last = s.appOf(t, s.Credentials(t, oc)).logIn(t, many, alice)
	}
	other := s.browser(t, "192.0.2.61")
	token := s.web.logIn(t, other, bob)
	logOut(t, many, last)
	began := time.Now()
	logOut(t, other, token)
	patience := time.NewTimer(soon)
	defer patience.Stop()
	select {
	case <-s.told:
		s.figures.note("logout", "notice of another team after", time.Since(began).Round(time.Millisecond))
	case <-patience.C:
		t.Errorf("another team's application was not told within %v", soon)
	}
}

func logOut(t *testing.T, browser *issuertest.Browser, token *oauth2.Token) {
	t.Helper()
	id, _ := token.Extra("id_token").(string)
	if page := browser.Visit("/logout?" + url.Values{"id_token_hint": {id}}.Encode()); page.Status != http.StatusOK {
		t.Fatalf("logout: status %d:\n%s", page.Status, page.Body)
	}
}
