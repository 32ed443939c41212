package endpoint_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// online is a client that may not have offline_access.
func online(r *registration.Registration) *registration.Registration {
	r.Scopes = slices.DeleteFunc(slices.Clone(r.Scopes), func(scope string) bool { return scope == "offline_access" })
	return r
}

// OI-14, OpenID Connect Core section 11: common clients add offline_access by themselves. Where they may not have it they
// log in all the same; neither the page nor the answer speaks of it, refreshing by the same scope goes on, and what was
// granted ends with the session.
func TestOfflineAccessIsIgnored(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	server.Register(online(issuertest.Web()))
	browser := server.NewBrowser(t)
	page := browser.Submit(browser.Visit(request("scope", offline)), "username", issuertest.Username, "password", issuertest.Password)
	if strings.Contains(page.Body, "while you are not there") {
		t.Error("the page speaks of what is not asked for")
	}
	tokens := redeem(t, server, browser.Submit(page, "decision", "allow").Answer(t).Get("code"), "scope", offline)
	if tokens["scope"] != "openid orders:read" {
		t.Errorf("the answer says that %q was granted", tokens["scope"])
	}
	refresh := func() (int, map[string]any) {
		w := server.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "scope", offline,
			"refresh_token", tokens["refresh_token"].(string)), issuertest.Basic(issuertest.WebID, issuertest.WebSecret))
		return w.Code, issuertest.JSON(t, w)
	}
	if status, again := refresh(); status != http.StatusOK || again["scope"] != "openid orders:read" {
		t.Errorf("refresh: status %d, %v", status, again)
	}
	logOut(t, browser, tokens)
	if status, _ := refresh(); status != http.StatusBadRequest {
		t.Errorf("refresh after logout: status %d", status)
	}
}

// The same of a device, also where the client may not have it any more when the person says yes.
func TestOfflineAccessOfDevice(t *testing.T) {
	for name, withdrawn := range map[string]bool{"it may not": false, "it may not any more": true} {
		t.Run(name, func(t *testing.T) {
			server := withDevices(t)
			narrow := func() {
				client := online(issuertest.App())
				client.ClientID, client.Owner.Name, client.Owner.UID, client.RedirectURIs = boxID, boxID, "uid-"+boxID, nil
				client.GrantTypes = []string{grant.DeviceCode, grant.RefreshToken}
				server.Register(client)
			}
			if !withdrawn {
				narrow()
			}
			codes, browser := begin(t, server, "scope", "openid offline_access"), server.NewBrowser(t)
			if withdrawn {
				narrow()
			}
			page := open(t, browser, codes)
			if strings.Contains(page.Body, "while you are not there") {
				t.Error("the page speaks of what is not asked for")
			}
			browser.Submit(page, "decision", "allow")
			if tokens := wantPoll(t, server, codes, http.StatusOK, ""); tokens["scope"] != "openid" {
				t.Errorf("the answer says that %q was granted", tokens["scope"])
			}
		})
	}
}
