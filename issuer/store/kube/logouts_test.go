package kube

import (
	"net/http"
	"strings"
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
)

// verifier and challenge belong together (RFC 7636 appendix B).
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// tokens are what a client gets of the person at browser, who logs in if that is asked for.
func tokens(t *testing.T, server *issuertest.Server, browser *issuertest.Browser, client, prompt string) map[string]any {
	t.Helper()
	query := issuertest.Form("client_id", client, "response_type", "code", "scope", "openid orders:read", "redirect_uri", issuertest.WebRedirect,
		"prompt", prompt, "code_challenge", challenge, "code_challenge_method", "S256")
	page := browser.Visit("/authorize?" + query.Encode())
	if page.Left == nil && strings.Contains(page.Body, `name="password"`) {
		page = browser.Submit(page, "username", issuertest.Username, "password", issuertest.Password)
	}
	if page.Left == nil {
		page = browser.Submit(page, "decision", "allow")
	}
	form := issuertest.Form("grant_type", "authorization_code", "code", page.Answer(t).Get("code"), "code_verifier", verifier)
	return issuertest.JSON(t, server.PostForm("/token", form, issuertest.Basic(client, issuertest.WebSecret)))
}

// Both replicas are told at once to end a session in which one client has several grants: it hears once. What the person had
// before they logged in again ends with it, and a copy of their former cookie was dead long before, at the other replica too.
func TestLogoutsAtBothReplicas(t *testing.T) {
	s := newIssuers(t)
	sealing := issuertest.NewRing(t, 2, keys.XC20P)
	for _, server := range []*issuertest.Server{s.first, s.second} {
		if err := server.Registry.UseSealing(sealing); err != nil {
			t.Fatal(err)
		}
	}
	browser, thief := s.first.NewBrowser(t), s.second.NewBrowser(t)
	first := tokens(t, s.first, browser, "team.web", "consent")
	for _, cookie := range browser.Cookies() {
		thief.AddCookie(cookie)
	}
	tokens(t, s.first, browser, "team.web", "consent")
	tokens(t, s.first, browser, "team.shop", "login")
	silent := "/authorize?" + issuertest.Form("client_id", "team.web", "response_type", "code", "scope", "openid", "prompt", "none",
		"redirect_uri", issuertest.WebRedirect, "code_challenge", challenge, "code_challenge_method", "S256").Encode()
	if took := eventually(t, "the former cookie is dead", func() bool {
		return thief.Visit(silent).Answer(t).Get("error") == "login_required"
	}); took > within {
		t.Errorf("the former cookie was good for %v", took)
	}
	query := issuertest.Form("id_token_hint", first["id_token"].(string)).Encode()
	both(func(r *replica) {
		server := s.first
		if r == s.b {
			server = s.second
		}
		if w := server.Get("/logout?" + query); w.Code != http.StatusOK {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
	}, s.pair)
	told, want := s.sessions(t), 2
	if len(told) != want {
		t.Errorf("told %v, want %d clients", told, want)
	}
	for who, times := range told {
		if times != 1 {
			t.Errorf("%s was told %d times", who, times)
		}
	}
	refresh := issuertest.Form("grant_type", "refresh_token", "refresh_token", first["refresh_token"].(string))
	for _, server := range []*issuertest.Server{s.first, s.second} {
		if w := server.PostForm("/token", refresh, issuertest.Basic("team.web", issuertest.WebSecret)); w.Code != http.StatusBadRequest {
			t.Errorf("a refresh token of before the second login: status %d", w.Code)
		}
	}
}

// sessions are the notices when both replicas have nothing left to send.
func (s *issuers) sessions(t *testing.T) map[string]int {
	t.Helper()
	s.first.Finish(t.Context())
	s.second.Finish(t.Context())
	s.told.mu.Lock()
	defer s.told.mu.Unlock()
	return s.told.counts
}
