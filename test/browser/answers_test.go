package browser

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
)

// AZ-20: the form sends itself.
func formPost(t *testing.T, w *world) {
	tab := w.toConsent(t, "response_mode", "form_post", "state", `"><script>alert(1)</script>`)
	tab.press(t, "Allow")
	w.wantAnswer(t, `"><script>alert(1)</script>`, "")
	tab.see(t, "Arrived")
	tab.read(t, "by POST")
}

// Where scripts do not run, nothing else differs but that there is a button to press.
func formPostByHand(t *testing.T, w *world) {
	tab := w.tab(t)
	tab.scripts(t, false)
	tab.visit(t, request("response_mode", "form_post"))
	tab.logIn(t, issuertest.Password)
	tab.press(t, "Allow")
	tab.see(t, "Back to the application")
	tab.press(t, "Continue")
	w.wantAnswer(t, "s-1", "")
	tab.see(t, "Arrived")
	tab.read(t, "by POST")
}

func removesAccess(t *testing.T, w *world) {
	tab := w.toConsent(t)
	tab.press(t, "Allow")
	w.redeem(t, w.wantAnswer(t, "s-1", "").Get("code"))
	tab.see(t, "Arrived")

	tab.visit(t, issuertest.URL+"/account")
	tab.see(t, "My access")
	tab.read(t, "You are logged in as alice.", "The shop.web", "See your orders", "Since 22 November 2026")
	tab.press(t, "Remove access")
	tab.see(t, "My access")
	tab.read(t, "No application has access in your name.")
	tab.do(t, chromedp.Reload())
	tab.see(t, "My access") // and nothing was sent again

	tab.press(t, "Log out")
	tab.see(t, "You are logged out")
	left := tab.cookies(t)
	delete(left, login.FamiliarCookie) // which logs nobody in, and keeps guessers from locking this person out here
	if len(left) != 0 {
		t.Errorf("cookies are left: %v", left)
	}
	tab.back(t)
	tab.see(t, "This request cannot be continued")
	tab.read(t, "you are not logged in here")
}

// OpenID Connect RP-Initiated Logout section 2: a client that shows no ID token has the person asked.
func leaves(t *testing.T, w *world) {
	tab := w.toConsent(t)
	tab.visit(t, issuertest.URL+"/logout?client_id="+issuertest.WebID)
	tab.see(t, "Log out?")
	tab.read(t, "The shop.web", "You are logged in as alice.")
	tab.press(t, "Log out")
	tab.see(t, "You are logged out")
	tab.visit(t, request())
	tab.see(t, "Log in")
}

// RFC 8628 section 3.3: the code that the device shows, the login, the question, the answer.
func connectsDevice(t *testing.T, w *world) {
	tv := issuertest.App()
	tv.ClientID, tv.DisplayName, tv.Owner.UID = "shop.tv", "The TV", "uid-tv"
	tv.GrantTypes, tv.RedirectURIs = []string{"urn:ietf:params:oauth:grant-type:device_code", "refresh_token"}, nil
	w.Register(tv)
	answer := w.PostForm("/device_authorization", issuertest.Form("client_id", "shop.tv", "scope", "orders:read"), issuertest.Anonymous)
	if answer.Code != http.StatusOK {
		t.Fatalf("status %d: %s", answer.Code, answer.Body)
	}
	device := issuertest.JSON(t, answer)

	tab := w.tab(t)
	tab.visit(t, device["verification_uri"].(string))
	tab.see(t, "Connect a device")
	tab.fill(t, "user_code", device["user_code"].(string))
	tab.press(t, "Continue")
	tab.logIn(t, issuertest.Password)
	tab.see(t, "Connect The TV?")
	tab.read(t, device["user_code"].(string), "Allow this only if you began it yourself")
	tab.press(t, "Allow")
	tab.see(t, "The device is connected")

	tab.visit(t, device["verification_uri_complete"].(string))
	tab.see(t, "Connect a device") // filled in, and asked for all the same
	if code := ask[string](t, tab, `document.querySelector("[name=user_code]").value`); code != device["user_code"] {
		t.Errorf("the code %q is filled in", code)
	}
}
