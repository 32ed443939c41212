package endpoint_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

const (
	boxID  = "shop.box"
	deskID = "shop.desk"
)

var asDesk = issuertest.Basic(deskID, issuertest.WebSecret)

// withDevices is a server with two clients for devices: a public one, and one with a secret.
func withDevices(t *testing.T, options ...issuertest.Option) *issuertest.Server {
	t.Helper()
	server := issuertest.New(t, append(options, issuertest.People())...)
	for id, client := range map[string]*registration.Registration{boxID: issuertest.App(), deskID: issuertest.Web()} {
		client.ClientID, client.Owner.Name, client.Owner.UID, client.DisplayName = id, id, "uid-"+id, "The "+id
		client.GrantTypes, client.RedirectURIs = []string{grant.DeviceCode, grant.RefreshToken}, nil
		server.Register(client)
	}
	return server
}

// begin asks for codes as box, unless pairs name a client.
func begin(t *testing.T, server *issuertest.Server, pairs ...string) map[string]any {
	t.Helper()
	form := issuertest.Form("client_id", boxID, "scope", "openid orders:read")
	maps.Copy(form, issuertest.Form(pairs...))
	w := server.PostForm("/device_authorization", form, issuertest.Anonymous)
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return issuertest.JSON(t, w)
}

// poll asks for tokens as box.
func poll(server *issuertest.Server, codes map[string]any) *httptest.ResponseRecorder {
	return server.PostForm("/token", issuertest.Form("grant_type", grant.DeviceCode, "client_id", boxID,
		"device_code", codes["device_code"].(string)), issuertest.Anonymous)
}

// wantPoll waits for as long as a device does, and polls.
func wantPoll(t *testing.T, server *issuertest.Server, codes map[string]any, status int, code string) map[string]any {
	t.Helper()
	server.Clock.Step(grant.DeviceInterval)
	w := poll(server, codes)
	answer := issuertest.JSON(t, w)
	if said, _ := answer["error"].(string); w.Code != status || said != code {
		t.Errorf("status %d, %v; want %d %q", w.Code, answer, status, code)
	}
	return answer
}

// open brings a browser from the user code to the question, for Username.
func open(t *testing.T, browser *issuertest.Browser, codes map[string]any) *issuertest.Page {
	t.Helper()
	return openAs(t, browser, codes, issuertest.Username)
}

func openAs(t *testing.T, browser *issuertest.Browser, codes map[string]any, username string) *issuertest.Page {
	t.Helper()
	page := browser.Submit(browser.Visit("/device"), "user_code", codes["user_code"].(string))
	if page.URL.Path == "/login" {
		page = browser.Submit(page, "username", username, "password", issuertest.Password)
	}
	return page
}

func wantPage(t *testing.T, page *issuertest.Page, status int, words ...string) {
	t.Helper()
	if page.Status != status || page.Left != nil {
		t.Errorf("at %v: status %d, want %d; sent to %v", page.URL, page.Status, status, page.Left)
	}
	for _, text := range words {
		if !strings.Contains(page.Body, text) {
			t.Errorf("at %v: %q is not on the page:\n%s", page.URL, text, page.Body)
		}
	}
}

// The whole way: codes, pending, login, the question, tokens, userinfo, refresh.
func TestDeviceFlow(t *testing.T) {
	server := withDevices(t)
	codes := begin(t, server)
	shown := codes["user_code"].(string)
	if diff := cmp.Diff(map[string]any{
		"device_code": codes["device_code"], "user_code": shown, "expires_in": 600.0, "interval": 5.0,
		"verification_uri": issuertest.URL + "/device", "verification_uri_complete": issuertest.URL + "/device?user_code=" + shown,
	}, codes); diff != "" || !strings.HasPrefix(codes["device_code"].(string), "tw_dc_") || len(shown) != len("XXXX-XXXX") {
		t.Fatalf("DV-01 (-want +got):\n%s", diff)
	}
	wantPoll(t, server, codes, http.StatusBadRequest, "authorization_pending")

	browser := server.NewBrowser(t)
	page := open(t, browser, map[string]any{"user_code": strings.ToLower(strings.ReplaceAll(shown, "-", " "))})
	wantPage(t, page, http.StatusOK, "The "+boxID, boxID, shown, "See your orders", issuertest.Username, "in front of you", `value="allow"`)
	wantPoll(t, server, codes, http.StatusBadRequest, "authorization_pending")
	wantPage(t, browser.Submit(page, "decision", "allow"), http.StatusOK, "The device is connected")

	tokens := wantPoll(t, server, codes, http.StatusOK, "")
	_, access := claimsOf(t, server, tokens["access_token"].(string))
	_, id := claimsOf(t, server, tokens["id_token"].(string))
	if access["sub"] != issuertest.Subject || access["client_id"] != boxID || access["aud"] != issuertest.Audience || access["scope"] != "openid orders:read" {
		t.Errorf("access token %v", access)
	}
	if id["sub"] != issuertest.Subject || id["aud"] != boxID || id["nonce"] != nil || id["sid"] == nil || id["auth_time"] == nil {
		t.Errorf("ID token %v", id)
	}
	if w := server.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+tokens["access_token"].(string))); w.Code != http.StatusOK {
		t.Errorf("userinfo: status %d: %s", w.Code, w.Body)
	}
	w := server.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "client_id", boxID,
		"refresh_token", tokens["refresh_token"].(string)), issuertest.Anonymous)
	if w.Code != http.StatusOK {
		t.Errorf("refresh: status %d: %s", w.Code, w.Body)
	}
	wantPage(t, browser.Visit("/account"), http.StatusOK, "The "+boxID)
	wantPoll(t, server, codes, http.StatusBadRequest, "invalid_grant") // its answer may have been lost
	if strings.Contains(server.Log.String(), "device_code.reused") {
		t.Error("a device that asked again right after the answer was taken for a thief")
	}
	server.Clock.Step(grant.DeviceInterval)
	wantPoll(t, server, codes, http.StatusBadRequest, "invalid_grant")
	if log := server.Log.String(); !strings.Contains(log, `"device.waits"`) || !strings.Contains(log, `"device.approved"`) ||
		!strings.Contains(log, `"device_code.reused"`) || strings.Contains(log, shown) || strings.Contains(log, "tw_dc_") {
		t.Errorf("log:\n%s", log)
	}
}

// DV-02: the client authenticates as it does at the token endpoint; X-20: and the answer does not tell why it could not.
func TestDeviceAuthorizationRefuses(t *testing.T) {
	server := withDevices(t)
	for _, tc := range []struct {
		name   string
		form   url.Values
		as     issuertest.Request
		status int
		want   string
	}{
		{"DV-02 nobody", issuertest.Form("scope", "openid"), issuertest.Anonymous, 401, "invalid_client"},
		{"DV-02 without its secret", issuertest.Form("client_id", deskID), issuertest.Anonymous, 401, "invalid_client"},
		{"DV-02 a wrong secret", nil, issuertest.Basic(deskID, issuertest.ClientSecret), 401, "invalid_client"},
		{"X-20 an unknown client", nil, issuertest.Basic("shop.nobody", issuertest.ClientSecret), 401, "invalid_client"},
		{"not its grant type", nil, issuertest.Basic(issuertest.WebID, issuertest.WebSecret), 400, "unauthorized_client"},
		{"DV-10 scope", issuertest.Form("scope", "admin"), asDesk, 400, "invalid_scope"},
		{"DV-10 resource", issuertest.Form("resource", "https://elsewhere.example"), asDesk, 400, "invalid_target"},
		{"X-04 twice", url.Values{"scope": {"openid", "openid"}}, asDesk, 400, "invalid_request"},
		{"granted", issuertest.Form("scope", "openid", "resource", "https://stock.example"), asDesk, 200, ""},
		{"the default scope", nil, asDesk, 200, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := server.PostForm("/device_authorization", tc.form, tc.as)
			said, _ := issuertest.JSON(t, w)["error"].(string)
			if w.Code != tc.status || said != tc.want || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, Cache-Control %q: %s", w.Code, w.Header().Get("Cache-Control"), w.Body)
			}
		})
	}
	if w := server.Get("/device_authorization"); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: status %d", w.Code)
	}
}

// who has no secret to show cannot fill the store; who has one is not held back by them.
func TestDeviceAuthorizationIsThrottled(t *testing.T) {
	server := withDevices(t)
	public := issuertest.Form("client_id", boxID)
	for i := range 20 {
		if w := server.PostForm("/device_authorization", public, issuertest.Anonymous); w.Code != http.StatusOK {
			t.Fatalf("request %d: status %d: %s", i, w.Code, w.Body)
		}
	}
	w := server.PostForm("/device_authorization", public, issuertest.Anonymous)
	if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q: %s", w.Code, w.Header().Get("Retry-After"), w.Body)
	}
	if w := server.PostForm("/device_authorization", nil, asDesk); w.Code != http.StatusOK {
		t.Errorf("with a secret: status %d: %s", w.Code, w.Body)
	}
	server.Clock.Step(time.Minute)
	if w := server.PostForm("/device_authorization", public, issuertest.Anonymous); w.Code != http.StatusOK {
		t.Errorf("a minute later: status %d: %s", w.Code, w.Body)
	}
}

// RT-19: what was granted to a device ends with the session, unless it was granted to last.
func TestDeviceAfterLogout(t *testing.T) {
	for name, tc := range map[string]struct {
		scope  string
		status int
	}{
		"online":  {"openid", http.StatusBadRequest},
		"offline": {"openid offline_access", http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			server := withDevices(t)
			codes, browser := begin(t, server, "scope", tc.scope), server.NewBrowser(t)
			browser.Submit(open(t, browser, codes), "decision", "allow")
			tokens := wantPoll(t, server, codes, http.StatusOK, "")
			_, logout, _ := strings.Cut(browser.Visit("/account").Body, `action="/logout"`)
			browser.PostForm("/logout", issuertest.Form("token", field(t, &issuertest.Page{Body: logout}, "token")))
			w := server.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "client_id", boxID,
				"refresh_token", tokens["refresh_token"].(string)), issuertest.Anonymous)
			if w.Code != tc.status {
				t.Errorf("status %d, want %d: %s", w.Code, tc.status, w.Body)
			}
		})
	}
}

// A device belongs to the issuer's path, as all addresses do.
func TestDeviceBelowPath(t *testing.T) {
	server := withDevices(t, issuertest.AtURL(issuertest.URL+"/tenant"))
	w := server.PostForm("/tenant/device_authorization", nil, asDesk)
	if got := issuertest.JSON(t, w)["verification_uri"]; got != issuertest.URL+"/tenant/device" {
		t.Errorf("verification_uri %v", got)
	}
	page := server.NewBrowser(t).Visit("/tenant/device")
	wantPage(t, page, http.StatusOK, `action="/tenant/device"`)
}

// RFC 8628 section 4: the metadata tells where devices begin, where there is anybody to log in.
func TestDeviceMetadata(t *testing.T) {
	const path = "/.well-known/oauth-authorization-server"
	metadata := issuertest.JSON(t, withDevices(t).Get(path))
	types, _ := metadata["grant_types_supported"].([]any)
	if metadata["device_authorization_endpoint"] != issuertest.URL+"/device_authorization" || !slices.Contains(types, any(grant.DeviceCode)) {
		t.Errorf("metadata %v", metadata)
	}
	metadata = issuertest.JSON(t, issuertest.New(t).Get(path))
	if _, ok := metadata["device_authorization_endpoint"]; ok {
		t.Errorf("without people: %v", metadata)
	}
}
