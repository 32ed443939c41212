package endpoint_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
)

// What a client asks for may be long as well: its code is not, and says all of it.
func TestLongRequestsHaveShortCodes(t *testing.T) {
	c, kept, _ := shelved(t)
	c.foreigner.Says(travellers[0].claims, travellers[0].token)
	web := issuertest.Web()
	redirect := issuertest.WebRedirect + "?" + strings.Repeat("p", 500)
	web.RedirectURIs = []string{redirect}
	for i := range 10 {
		web.Scopes = append(web.Scopes, fmt.Sprintf("orders:%060d", i))
	}
	c.Register(web)
	state, nonce := strings.Repeat("s", 2048), strings.Repeat("n", 512)
	path := request("scope", "openid email "+strings.Join(web.Scopes[5:], " "), "state", state, "nonce", nonce, "redirect_uri", redirect)
	page := c.logIn(t, c.browser.Visit(path))
	answer := c.allow(t, page)
	if code := answer.Get("code"); len(code) > maxCodeText || answer.Get("state") != state {
		t.Errorf("a code of %d characters, a state of %d", len(code), len(answer.Get("state")))
	}
	tokens := redeem(t, c.Server, answer.Get("code"), "redirect_uri", redirect)
	if _, id := claimsOf(t, c.Server, tokens["id_token"].(string)); id["nonce"] != nonce {
		t.Errorf("nonce %v", id["nonce"])
	}
	if got := strings.Fields(tokens["scope"].(string)); len(got) != len(web.Scopes)-3 || len(kept.put) != 1 || !kept.put[0].Expires.Equal(issuertest.Start.Add(time.Minute)) {
		t.Errorf("%d scopes, parked %v", len(got), kept.put)
	}
	wide := len(strings.Join(web.Scopes, "+"))
	c.hold(t, 4*(len(state)+len(nonce)+len(redirect)+wide)/3)
}

// A state that is too long comes back with the refusal, whole, as far as an address fits it.
func TestLongStateComesBack(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	for size, want := range map[int]string{2048: "", 2049: "invalid_request", 2948: "invalid_request", 2949: "invalid_request"} {
		page := server.NewBrowser(t).Visit(request("state", strings.Repeat("s", size)))
		if want == "" {
			if page.Left != nil {
				t.Errorf("%d characters: %v", size, page.Left)
			}
			continue
		}
		answer := page.Answer(t)
		if got := len(answer.Get("state")); answer.Get("error") != want || (got == size) != (size <= 2948) || got != 0 && got != size {
			t.Errorf("%d characters: %s, state of %d", size, answer.Get("error"), got)
		}
	}
}

// A form of another site that is too long for an address comes once more by itself, as one of ours, with the cookies that it
// lacked.
func TestLongFormsComeAgain(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	claims := `{"id_token":{` + strings.TrimSuffix(strings.Repeat(`"groups":null,`, 1), ",") + `}}`
	tokens := redeem(t, server, logIn(t, browser, request("claims", claims)).Get("code"))
	hint, _ := tokens["id_token"].(string)
	form := issuertest.Form("client_id", issuertest.WebID, "redirect_uri", issuertest.WebRedirect, "response_type", "code", "id_token_hint", hint,
		"scope", "openid orders:read", "code_challenge", challenge, "code_challenge_method", "S256", "login_hint", strings.Repeat("l", 1200))
	page := browser.PostForm("/authorize", form)
	if page.Status != http.StatusOK || page.Header.Get("Location") != "" || !strings.Contains(page.Body, `action="https://issuer.example/authorize?again"`) {
		t.Fatalf("status %d:\n%s", page.Status, page.Body)
	}
	if code := browser.Submit(page).Answer(t).Get("code"); code == "" {
		t.Error("no code")
	}
	page = browser.PostForm("/logout", issuertest.Form("client_id", issuertest.WebID, "id_token_hint", hint, "state", strings.Repeat("s", 1900)))
	if !strings.Contains(page.Body, `action="https://issuer.example/logout?again"`) {
		t.Fatalf("status %d:\n%s", page.Status, page.Body)
	}
	if page = browser.Submit(page); !strings.Contains(page.Body, "out") || browser.Visit(request()).URL.Path != "/login" {
		t.Errorf("still logged in: %d\n%s", page.Status, page.Body)
	}
}

// Another site cannot pretend that its form is one of ours: it ends no session that has not been asked about.
func TestForeignFormsEndNothing(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	logIn(t, browser, request())
	w := server.PostForm("/logout?again", issuertest.Form("client_id", issuertest.WebID), issuertest.Header("Sec-Fetch-Site", "cross-site"))
	if w.Code != http.StatusSeeOther || len(w.Header()["Set-Cookie"]) > 0 {
		t.Errorf("status %d, cookies %v", w.Code, w.Header()["Set-Cookie"])
	}
}

// A session of the former version, whose cookie carries all claims, goes on until it is idle: it is not renewed, and no answer
// is long for it.
func TestFormerSessionGoesOn(t *testing.T) {
	c, kept, _ := shelved(t)
	sealer := c.Registry.Snapshot().Sealer()
	session := login.NewSession(login.Identity{
		Provider: issuertest.Elsewhere, Subject: "usr_former", Username: "alice", Carried: true,
		Claims: map[string]any{"groups": groups(30, 50, "department")},
	}, "", c.Clock.Now())
	c.browser.AddCookie(&http.Cookie{Name: login.SessionCookie, Value: sealSession(t, sealer, session)})
	path := request("scope", "openid groups orders:read")
	tokens := redeem(t, c.Server, c.allow(t, c.browser.Visit(path)).Get("code"))
	if got, _ := c.userinfo(t, tokens)["groups"].([]any); len(got) != 30 {
		t.Errorf("%d groups", len(got))
	}
	c.Clock.Step(2 * time.Hour)
	code := c.allow(t, c.browser.Visit(path)).Get("code")
	if got, _ := c.userinfo(t, redeem(t, c.Server, code))["groups"].([]any); len(got) != 30 {
		t.Errorf("a code: %d groups", len(got))
	}
	for _, m := range c.gauge.Take() {
		if m.Header > maxHeader || m.Location > maxRedirect {
			t.Errorf("%s: a header of %d bytes, a Location of %d", m.What, m.Header, m.Location)
		}
	}
	for _, mark := range kept.put {
		if mark.Expires.After(c.Clock.Now().Add(grant.CodeLifetime)) {
			t.Errorf("parked until %v: %s", mark.Expires, mark.Name)
		}
	}
	c.Clock.Step(6 * time.Hour)
	if page := c.browser.Visit(path); page.URL.Path != "/login" {
		t.Errorf("after it was idle: at %v", page.URL)
	}
}
