package endpoint_test

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/seal"
)

func sealSession(t *testing.T, sealer *seal.Sealer, session login.Session) string {
	t.Helper()
	plain, err := json.Marshal(session)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := sealer.Seal(seal.Session, plain, session.Started)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// host is several issuers that share one, by their paths, the longest first.
type host []*issuertest.Server

// RoundTrip serves r by the issuer whose path it is below.
func (h host) RoundTrip(r *http.Request) (*http.Response, error) {
	for _, server := range h {
		if strings.HasPrefix(r.URL.String(), server.Registry.Snapshot().Config().URL+"/") {
			return server.NewGauge().RoundTrip(r)
		}
	}
	return nil, http.ErrNotSupported
}

// redeemAt is redeem at an issuer with a path.
func redeemAt(t *testing.T, server *issuertest.Server, code string) map[string]any {
	t.Helper()
	form := issuertest.Form("grant_type", "authorization_code", "code", code, "code_verifier", verifier)
	path := strings.TrimPrefix(server.Registry.Snapshot().Config().URL, "https://shared.example")
	return issuertest.JSON(t, server.PostForm(path+"/token", form, issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
}

// Issuers that share a host log people in beside one another, also where one's path begins with another's.
func TestIssuersShareAHost(t *testing.T) {
	var all host
	for _, path := range []string{"/a/b", "/a", "/c", ""} {
		all = append(all, issuertest.New(t, issuertest.People(), issuertest.AtURL("https://shared.example"+path)))
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range all {
		browser := issuertest.NewBrowserWith(t, server.Registry.Snapshot().Config().URL, all, jar)
		for range 20 { // unfinished logins are nobody else's
			browser.Visit(request())
		}
		redeemAt(t, server, logIn(t, browser, request()).Get("code"))
	}
	for _, server := range all {
		base := server.Registry.Snapshot().Config().URL
		browser := issuertest.NewBrowserWith(t, base, all, jar)
		if code := browser.Visit(request()).Answer(t).Get("code"); code == "" {
			t.Errorf("%s: the session is lost", base)
		}
		for _, cookie := range browser.Cookies() {
			if !strings.HasPrefix(cookie.Name, "__Host-tw-") && !strings.HasPrefix(cookie.Name, "__Secure-tw-") {
				t.Errorf("a cookie called %s", cookie.Name)
			}
		}
	}
	all[1].Clock.Step(time.Second)
	browser := issuertest.NewBrowserWith(t, "https://shared.example/a", all, jar)
	browser.Submit(browser.Visit("/logout"))
	for i, server := range all {
		browser := issuertest.NewBrowserWith(t, server.Registry.Snapshot().Config().URL, all, jar)
		if lost := browser.Visit(request()).Left == nil; lost != (i == 1) {
			t.Errorf("issuer %d after the logout at another: logged out %t", i, lost)
		}
	}
}

// An issuer with a path has cookies for that path alone; what browsers keep from the former version, for the whole host,
// logs in, and makes way for one of the new name.
func TestFormerCookieOfAPath(t *testing.T) {
	const base = "https://shared.example/a"
	server := issuertest.New(t, issuertest.People(), issuertest.AtURL(base))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	session := login.NewSession(login.Identity{Provider: issuertest.Provider, Subject: issuertest.Subject, Username: issuertest.Username}, "", server.Clock.Now())
	root := &url.URL{Scheme: "https", Host: "shared.example", Path: "/"}
	jar.SetCookies(root, []*http.Cookie{{
		Name: login.SessionCookie, Value: sealSession(t, server.Registry.Snapshot().Sealer(), session), Path: "/", Secure: true,
	}})
	browser := issuertest.NewBrowserWith(t, base, host{server}, jar)
	page := browser.Visit(request())
	if !strings.Contains(page.Body, `value="allow"`) {
		t.Fatalf("not logged in: %d at %v", page.Status, page.URL)
	}
	redeemAt(t, server, browser.Submit(page, "decision", "allow").Answer(t).Get("code"))
	if left := jar.Cookies(root); len(left) != 0 {
		t.Errorf("cookies for the whole host: %v", left)
	}
	if browser.Visit(request()).Answer(t).Get("code") == "" {
		t.Error("the session is lost")
	}
}

// Browsers are told to come by TLS alone, but for a host that is only somebody's own machine, or has no name.
func TestStrictTransportSecurity(t *testing.T) {
	const want = "max-age=31536000"
	for base, sent := range map[string]bool{
		issuertest.URL: true, "https://shared.example/a": true, "https://issuer.example:8443": true,
		"https://localhost:8443": false, "https://a.localhost": false, "https://127.0.0.1:8443": false, "https://[::1]": false,
		"http://issuer.example": false,
	} {
		server := issuertest.New(t, issuertest.People(), issuertest.AtURL(base))
		browser := issuertest.NewBrowser(t, base, server.NewGauge())
		for _, path := range []string{request(), "/account", "/authorize"} {
			if got := browser.Visit(path).Header.Get("Strict-Transport-Security"); (got == want) != sent || got != "" && got != want {
				t.Errorf("%s%.12s: %q", base, path, got)
			}
		}
		if got := server.PostForm("/token", nil).Header().Get("Strict-Transport-Security"); got != "" {
			t.Errorf("%s: a client is told %q", base, got)
		}
	}
}
