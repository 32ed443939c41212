package endpoint_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
)

// left is where the browser may go after a logout.
const left = "https://web.example/left?lang=de"

// people is a server where somebody has logged in to Web, with the tokens that came of it.
func people(t *testing.T) (*issuertest.Server, *issuertest.Browser, map[string]any) {
	t.Helper()
	server := issuertest.New(t, issuertest.People())
	web := issuertest.Web()
	web.PostLogoutRedirectURIs = []string{"https://web.example/", left}
	server.Register(web)
	browser := server.NewBrowser(t)
	return server, browser, redeem(t, server, logIn(t, browser, request()).Get("code"))
}

// loggedIn tells whether the browser still has a session.
func loggedIn(t *testing.T, browser *issuertest.Browser) bool {
	t.Helper()
	return browser.Visit(request("prompt", "none")).Answer(t).Get("error") != "login_required"
}

// unsigned is what token says, by nobody.
func unsigned(token string) string {
	parts := strings.Split(token, ".")
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + "."
}

// TestEndSession holds LO-01 to LO-07: who is logged out at once, who is asked, and where they go.
func TestEndSession(t *testing.T) {
	type tokens = map[string]any
	id := func(t tokens) string { return t["id_token"].(string) }
	for _, tc := range []struct {
		name   string
		pairs  func(*testing.T, tokens) []string // of the request
		asks   bool
		target string // empty: the browser stays
		status int    // of the page in the end
	}{
		{"LO-01, LO-04 hint, URI and state", func(_ *testing.T, t tokens) []string {
			return []string{"id_token_hint", id(t), "post_logout_redirect_uri", left, "state", "a&b"}
		}, false, left + "&state=a%26b", 303},
		{"LO-01 hint and client_id", func(_ *testing.T, t tokens) []string {
			return []string{"id_token_hint", id(t), "client_id", issuertest.WebID, "post_logout_redirect_uri", left}
		}, false, left, 303},
		{"LO-01 hint alone", func(_ *testing.T, t tokens) []string {
			return []string{"id_token_hint", id(t), "logout_hint", "bob", "ui_locales", "de"}
		}, false, "", 200},
		{"LO-02 altered hint", func(_ *testing.T, t tokens) []string {
			return []string{"id_token_hint", id(t)[:len(id(t))-4] + "AAAA", "post_logout_redirect_uri", left}
		}, true, "", 200},
		{"LO-02 unsigned hint", func(_ *testing.T, t tokens) []string {
			return []string{"id_token_hint", unsigned(id(t)), "post_logout_redirect_uri", left}
		}, true, "", 200},
		{"LO-02 hint of another issuer", func(t *testing.T, _ tokens) []string {
			_, _, others := people(t)
			return []string{"id_token_hint", id(others), "post_logout_redirect_uri", left, "client_id", issuertest.WebID}
		}, true, "", 200},
		{"LO-02 access token as hint", func(_ *testing.T, t tokens) []string {
			return []string{"id_token_hint", t["access_token"].(string), "post_logout_redirect_uri", left}
		}, true, "", 200},
		{"LO-03 another URI", func(_ *testing.T, t tokens) []string {
			return []string{"id_token_hint", id(t), "post_logout_redirect_uri", left + "&x"}
		}, false, "", 400},
		{"LO-03 a redirect URI", func(_ *testing.T, t tokens) []string {
			return []string{"id_token_hint", id(t), "post_logout_redirect_uri", issuertest.WebRedirect}
		}, false, "", 400},
		{"LO-03 a URI of nobody", func(*testing.T, tokens) []string { return []string{"post_logout_redirect_uri", left} }, false, "", 400},
		{"LO-03 a URI of an unknown client", func(*testing.T, tokens) []string {
			return []string{"client_id", "shop.nobody", "post_logout_redirect_uri", left}
		}, false, "", 400},
		{"LO-05 hint of another client", func(_ *testing.T, t tokens) []string {
			return []string{"id_token_hint", id(t), "client_id", issuertest.AppID}
		}, false, "", 400},
		{"LO-06 no hint", func(*testing.T, tokens) []string { return nil }, true, "", 200},
		{"LO-06 client_id alone", func(*testing.T, tokens) []string { return []string{"client_id", issuertest.WebID} }, true, "", 200},
		{"LO-06 client_id and URI", func(*testing.T, tokens) []string {
			return []string{"client_id", issuertest.WebID, "post_logout_redirect_uri", left, "state", "s"}
		}, true, left + "&state=s", 303},
		{"X-07 a parameter twice", func(*testing.T, tokens) []string { return []string{"state", "a", "state", "b"} }, false, "", 400},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			t.Run(tc.name+" by "+method, func(t *testing.T) {
				_, browser, tokens := people(t)
				form := issuertest.Form(tc.pairs(t, tokens)...)
				page := browser.Visit("/logout?" + form.Encode())
				if method == http.MethodPost {
					_, browser, tokens = people(t)
					page = browser.PostForm("/logout", issuertest.Form(tc.pairs(t, tokens)...))
				}
				if asks := strings.Contains(page.Body, "<h1>Log out?</h1>"); asks != tc.asks {
					t.Fatalf("asks %v, want %v: status %d, sent to %v:\n%s", asks, tc.asks, page.Status, page.Left, page.Body)
				}
				if tc.asks {
					if !loggedIn(t, browser) {
						t.Error("logged out before the answer")
					}
					page = browser.Submit(page)
				}
				target := ""
				if page.Left != nil {
					target = page.Left.String()
				}
				if page.Status != tc.status || target != tc.target {
					t.Errorf("status %d, sent to %q, want %d, %q:\n%s", page.Status, target, tc.status, tc.target, page.Body)
				}
				if in := loggedIn(t, browser); in != (tc.status == 400) {
					t.Errorf("LO-07: logged in %v in the end", in)
				}
			})
		}
	}
}

// LO-02: an ID token says who is meant long after it has expired, but not for ever.
func TestEndSessionByOldHint(t *testing.T) {
	for _, tc := range []struct {
		name string
		age  time.Duration
		asks bool
	}{
		{"expired", 2 * time.Hour, false},
		{"weeks old", 20 * 24 * time.Hour, false},
		{"a month old", 32 * 24 * time.Hour, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server, browser, tokens := people(t)
			server.Clock.Step(tc.age)
			logIn(t, browser, request("prompt", "login"))
			page := browser.Visit("/logout?" + issuertest.Form("id_token_hint", tokens["id_token"].(string)).Encode())
			if asks := strings.Contains(page.Body, "<h1>Log out?</h1>"); asks != tc.asks {
				t.Errorf("asks %v, want %v: status %d:\n%s", asks, tc.asks, page.Status, page.Body)
			}
		})
	}
}

// LO-06: a hint that names somebody else logs out nobody who did not say so.
func TestEndSessionOfAnother(t *testing.T) {
	server, _, tokens := people(t)
	bob := server.NewBrowser(t)
	page := bob.Submit(bob.Visit(request()), "username", "bob", "password", issuertest.Password)
	redeem(t, server, bob.Submit(page, "decision", "allow").Answer(t).Get("code"))
	page = bob.Visit("/logout?" + issuertest.Form("id_token_hint", tokens["id_token"].(string), "post_logout_redirect_uri", left).Encode())
	if !strings.Contains(page.Body, "<h1>Log out?</h1>") || !strings.Contains(page.Body, "The "+issuertest.WebID) || !loggedIn(t, bob) {
		t.Fatalf("status %d, sent to %v:\n%s", page.Status, page.Left, page.Body)
	}
	if page = bob.Submit(page); page.Left == nil || page.Left.String() != left || loggedIn(t, bob) {
		t.Errorf("after the answer: status %d, sent to %v", page.Status, page.Left)
	}
}

// Without a session there is nothing to ask. The client gets its visitor back all the same.
func TestEndSessionOfNobody(t *testing.T) {
	server, _, tokens := people(t)
	for name, pairs := range map[string][]string{
		"hint":      {"id_token_hint", tokens["id_token"].(string), "post_logout_redirect_uri", left},
		"client_id": {"client_id", issuertest.WebID, "post_logout_redirect_uri", left},
	} {
		page := server.NewBrowser(t).Visit("/logout?" + issuertest.Form(pairs...).Encode())
		if page.Left == nil || page.Left.String() != left {
			t.Errorf("%s: status %d, sent to %v", name, page.Status, page.Left)
		}
	}
}

// LO-06: nobody's form but ours, of this very login, logs anybody out; and to look at a link ends nothing.
func TestEndSessionForged(t *testing.T) {
	server, browser, tokens := people(t)
	sealed := func(browser *issuertest.Browser) string {
		_, rest, _ := strings.Cut(browser.Visit("/logout").Body, `name="token" value="`)
		token, _, _ := strings.Cut(rest, `"`)
		return token
	}
	other := server.NewBrowser(t)
	logIn(t, other, request())
	late := sealed(browser)
	server.Clock.Step(2 * time.Hour)
	for name, token := range map[string]string{"made up": "x", "of another login": sealed(other), "of long ago": late} {
		if page := browser.PostForm("/logout", issuertest.Form("token", token)); page.Status != http.StatusBadRequest || !loggedIn(t, browser) {
			t.Errorf("a form that is %s: status %d:\n%s", name, page.Status, page.Body)
		}
	}
	path := "/logout?" + issuertest.Form("id_token_hint", tokens["id_token"].(string), "token", sealed(browser)).Encode()
	w := server.Do(httptest.NewRequest(http.MethodHead, path, nil), func(r *http.Request) {
		for _, cookie := range browser.Cookies() {
			r.AddCookie(cookie)
		}
	})
	if w.Code != http.StatusMethodNotAllowed || !loggedIn(t, browser) {
		t.Errorf("HEAD: status %d", w.Code)
	}
	cross := issuertest.Form("token", sealed(browser))
	w = server.PostForm("/logout", cross, issuertest.Header("Sec-Fetch-Site", "cross-site"), func(r *http.Request) {
		for _, cookie := range browser.Cookies() {
			r.AddCookie(cookie)
		}
	})
	if w.Code != http.StatusBadRequest || !loggedIn(t, browser) {
		t.Errorf("another site: status %d", w.Code)
	}
}
