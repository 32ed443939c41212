package endpoint_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// verifier and challenge belong together (RFC 7636 appendix B).
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// request is the path of an authorization request of Web, with changes: a pair with an empty value takes one away.
func request(pairs ...string) string {
	form := issuertest.Form("client_id", issuertest.WebID, "redirect_uri", issuertest.WebRedirect, "response_type", "code",
		"scope", "openid orders:read", "state", "s-1", "nonce", "n-1", "code_challenge", challenge, "code_challenge_method", "S256")
	maps.Copy(form, issuertest.Form(pairs...))
	maps.DeleteFunc(form, func(_ string, values []string) bool { return slices.Equal(values, []string{""}) })
	return "/authorize?" + form.Encode()
}

// logIn brings a browser through login and consent to the answer.
func logIn(t *testing.T, browser *issuertest.Browser, path string) url.Values {
	t.Helper()
	page := browser.Visit(path)
	page = browser.Submit(page, "username", issuertest.Username, "password", issuertest.Password)
	if page.Left == nil { // not allowed before
		page = browser.Submit(page, "decision", "allow")
	}
	return page.Answer(t)
}

// redeem asks for the tokens of a code as Web.
func redeem(t *testing.T, server *issuertest.Server, code string, pairs ...string) map[string]any {
	t.Helper()
	form := issuertest.Form("grant_type", "authorization_code", "code", code, "code_verifier", verifier)
	maps.Copy(form, issuertest.Form(pairs...))
	return issuertest.JSON(t, server.PostForm("/token", form, issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
}

// The whole way: request, login, consent, code, tokens, userinfo, refresh.
func TestAuthorizationCodeFlow(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	answer := logIn(t, browser, request("scope", "openid profile email orders:read"))
	if answer.Get("state") != "s-1" || answer.Get("iss") != issuertest.URL || answer.Get("code") == "" {
		t.Fatalf("AZ-15, AZ-16: %v", answer)
	}
	tokens := redeem(t, server, answer.Get("code"), "redirect_uri", issuertest.WebRedirect)
	_, access := claimsOf(t, server, tokens["access_token"].(string))
	_, id := claimsOf(t, server, tokens["id_token"].(string))
	if diff := cmp.Diff(map[string]any{
		"iss": issuertest.URL, "sub": issuertest.Subject, "aud": issuertest.WebID, "nonce": "n-1",
		"iat": id["iat"], "exp": id["exp"], "auth_time": id["auth_time"], "at_hash": id["at_hash"], "sid": id["sid"], "amr": []any{"pwd"},
		"name": "Alice Example", "preferred_username": "alice", "email": "alice@example.org", "email_verified": true,
	}, id); diff != "" {
		t.Errorf("OI-02, OI-03, OI-13, OI-23: ID token (-want +got):\n%s", diff)
	}
	if access["sub"] != issuertest.Subject || access["aud"] != issuertest.Audience || access["scope"] != "openid profile email orders:read" {
		t.Errorf("AT-03, AT-04: access token %v", access)
	}
	info := issuertest.JSON(t, server.Get("/userinfo", issuertest.Header("Authorization", "bEaReR "+tokens["access_token"].(string))))
	if diff := cmp.Diff(map[string]any{
		"sub": issuertest.Subject, "name": "Alice Example", "preferred_username": "alice",
		"email": "alice@example.org", "email_verified": true,
	}, info); diff != "" {
		t.Errorf("OI-13, OI-17: userinfo (-want +got):\n%s", diff)
	}
	server.Clock.Step(time.Minute)
	refreshed := issuertest.JSON(t, server.PostForm("/token",
		issuertest.Form("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string)),
		issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
	_, again := claimsOf(t, server, refreshed["id_token"].(string))
	if again["auth_time"] != id["auth_time"] || again["sub"] != id["sub"] || again["nonce"] != nil || again["iat"] == id["iat"] {
		t.Errorf("OI-21 RT-21: ID token of the refresh: %v", again)
	}
}

// A code is not used up while there is no key to sign what it buys.
func TestCodeWaitsForKey(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	code := logIn(t, server.NewBrowser(t), request()).Get("code")
	signs, pending := server.Ring, server.Ring
	pending.Keys = slices.Clone(signs.Keys)
	pending.Keys[0].SignFrom, pending.Keys[0].CreatedAt = time.Time{}, issuertest.Start
	server.UseRing(t, pending)
	if tokens := redeem(t, server, code); tokens["error"] != "temporarily_unavailable" {
		t.Errorf("without a key: %v", tokens)
	}
	server.UseRing(t, signs)
	if tokens := redeem(t, server, code); tokens["access_token"] == nil {
		t.Errorf("with one: %v", tokens)
	}
}

// AZ-22: a session and a grant that covers the request need no page; more does.
func TestConsentIsRemembered(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	redeem(t, server, logIn(t, browser, request()).Get("code"))
	if code := browser.Visit(request()).Answer(t).Get("code"); code == "" {
		t.Error("the same request again got no code at once")
	}
	if page := browser.Visit(request("scope", "openid orders:write")); page.Left != nil || !strings.Contains(page.Body, "orders:write") {
		t.Errorf("more scope: %d %v\n%s", page.Status, page.Left, page.Body)
	}
	if page := browser.Visit(request("prompt", "consent")); page.Left != nil {
		t.Errorf("OI-09 prompt=consent: sent to %v", page.Left)
	}
	if page := browser.Visit(request("prompt", "login")); !strings.HasPrefix(page.URL.Path, "/login") {
		t.Errorf("OI-09 prompt=login: at %v", page.URL)
	}
}

// Failures before the redirect URI is known to be the client's are pages (AZ-02..AZ-04, AZ-09), never redirects.
func TestAuthorizeRefusesOnPage(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	for name, path := range map[string]string{
		"AZ-02 unknown client":       request("client_id", "shop.nobody"),
		"AZ-02 no client":            request("client_id", ""),
		"AZ-03 no redirect_uri":      request("redirect_uri", ""),
		"AZ-04 another redirect_uri": request("redirect_uri", "https://web.example/callback/"),
		"AZ-09 two redirect_uris":    request() + "&redirect_uri=https%3A%2F%2Fweb.example%2Fcallback",
		"a client without any":       request("client_id", issuertest.ClientID),
		"X-11 malformed":             request() + "&%zz",
	} {
		t.Run(name, func(t *testing.T) {
			page := server.NewBrowser(t).Visit(path)
			if page.Left != nil || page.Status != http.StatusBadRequest || !strings.Contains(page.Body, "<html") {
				t.Errorf("status %d, sent to %v:\n%s", page.Status, page.Left, page.Body)
			}
			if policy := page.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "frame-ancestors 'none'") {
				t.Errorf("X-14: Content-Security-Policy %q", policy)
			}
		})
	}
}

// All other failures are the client's to handle, with state and issuer.
func TestAuthorizeRefusesToClient(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	plain := issuertest.Web()
	plain.ClientID, plain.GrantTypes = "shop.plain", []string{"client_credentials"}
	server.Register(plain)
	for _, tc := range []struct{ name, path, want string }{
		{"AZ-10 no response_type", request("response_type", ""), "invalid_request"},
		{"AZ-11 token", request("response_type", "token"), "unsupported_response_type"},
		{"AZ-13 not its grant type", request("client_id", "shop.plain"), "unauthorized_client"},
		{"AZ-14 scope", request("scope", "openid admin"), "invalid_scope"},
		{"RI-03 resource", request("resource", "https://elsewhere.example"), "invalid_target"},
		{"PK-01 no challenge", request("code_challenge", ""), "invalid_request"},
		{"PK-02 plain", request("code_challenge_method", "plain"), "invalid_request"},
		{"AZ-24 request", request("request", "x"), "request_not_supported"},
		{"OI-07 prompt=none", request("prompt", "none"), "login_required"},
		{"OI-08 prompt=none login", request("prompt", "none login"), "invalid_request"},
		{"OI-10 hint of somebody else", request("id_token_hint", "x.y.z"), "invalid_request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			page := server.NewBrowser(t).Visit(tc.path)
			answer := page.Answer(t)
			if page.Status != http.StatusSeeOther || answer.Get("error") != tc.want || answer.Get("state") != "s-1" || answer.Get("iss") != issuertest.URL {
				t.Errorf("status %d, %v, want error %s", page.Status, answer, tc.want)
			}
		})
	}
}

// AZ-17: the answer no is an answer.
func TestDenied(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	page := browser.Submit(browser.Visit(request()), "username", issuertest.Username, "password", issuertest.Password)
	answer := browser.Submit(page, "decision", "deny").Answer(t)
	if answer.Get("error") != "access_denied" || answer.Get("state") != "s-1" || answer.Get("code") != "" {
		t.Errorf("%v", answer)
	}
}

// AZ-20: form_post brings the answer in a form.
func TestFormPost(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	page := browser.Visit(request("response_mode", "form_post"))
	page = browser.Submit(page, "username", issuertest.Username, "password", issuertest.Password)
	page = browser.Submit(page, "decision", "allow")
	if !strings.Contains(page.Body, `action="`+issuertest.WebRedirect+`"`) || !strings.Contains(page.Body, `name="code"`) || page.Left != nil {
		t.Errorf("status %d:\n%s", page.Status, page.Body)
	}
}

// after some wrong passwords the right one waits, too; and nobody learns who exists.
func TestWrongPasswords(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	page := browser.Visit(request())
	strangers := browser.Submit(page, "username", "nobody", "password", "x")
	known := browser.Submit(page, "username", issuertest.Username, "password", "x")
	if strangers.Status != http.StatusForbidden || known.Status != http.StatusForbidden {
		t.Errorf("status %d for a stranger, %d for a user", strangers.Status, known.Status)
	}
	for range 20 {
		page = browser.Submit(page, "username", issuertest.Username, "password", "guess")
	}
	page = browser.Submit(page, "username", issuertest.Username, "password", issuertest.Password)
	if page.Status != http.StatusTooManyRequests || page.Header.Get("Retry-After") == "" {
		t.Errorf("status %d, Retry-After %q", page.Status, page.Header.Get("Retry-After"))
	}
	server.Clock.Step(5 * time.Minute)
	if page = browser.Submit(page, "username", issuertest.Username, "password", issuertest.Password); page.URL.Path != "/consent" {
		t.Errorf("after a while: at %v, status %d", page.URL, page.Status)
	}
}

// A flow is good in the browser that it began in, and in no other (RFC 9700 section 4.7).
func TestFlowOfAnotherBrowser(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	page := server.NewBrowser(t).Visit(request())
	other := server.NewBrowser(t).Visit(page.URL.RequestURI())
	if other.Status != http.StatusBadRequest || strings.Contains(other.Body, `name="password"`) {
		t.Errorf("status %d:\n%s", other.Status, other.Body)
	}
}

// LO: after a logout neither the cookie, nor a copy of it, nor what was granted online is of any use.
func TestLogout(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	tokens := redeem(t, server, logIn(t, browser, request()).Get("code"))
	copied := browser.Cookies()
	account := browser.Visit("/account")
	if !strings.Contains(account.Body, "The "+issuertest.WebID) {
		t.Fatalf("the account page does not name the client:\n%s", account.Body)
	}
	_, fields, _ := strings.Cut(account.Body, `action="/logout"`)
	_, fields, _ = strings.Cut(fields, `name="token" value="`)
	token, _, _ := strings.Cut(fields, `"`)
	server.Clock.Step(2 * time.Second)
	out := browser.PostForm("/logout", issuertest.Form("token", token))
	if out.Status != http.StatusOK {
		t.Fatalf("logout: status %d:\n%s", out.Status, out.Body)
	}
	thief := server.NewBrowser(t)
	for _, cookie := range copied {
		thief.AddCookie(cookie)
	}
	if answer := thief.Visit(request("prompt", "none")).Answer(t); answer.Get("error") != "login_required" {
		t.Errorf("LO-07, a copied cookie: %v", answer)
	}
	w := server.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string)),
		issuertest.Basic(issuertest.WebID, issuertest.WebSecret))
	if issuertest.JSON(t, w)["error"] != "invalid_grant" {
		t.Errorf("LO-11: status %d: %s", w.Code, w.Body)
	}
	if w := server.Introspect(tokens["access_token"].(string)); w.Body.String() != `{"active":false}` {
		t.Errorf("RT-19: %s", w.Body)
	}
}

// A person sees what they allowed, and takes it back.
func TestAccount(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	if page := browser.Visit("/account"); page.Status != http.StatusBadRequest && page.Status != http.StatusForbidden {
		t.Errorf("without a session: status %d", page.Status)
	}
	tokens := redeem(t, server, logIn(t, browser, request()).Get("code"))
	id, _, _ := strings.Cut(accessID(t, server, tokens), ".")
	page := browser.Submit(browser.Visit("/account"), "grant", id)
	if page.Status != http.StatusOK || strings.Contains(page.Body, "The "+issuertest.WebID) {
		t.Errorf("after revoking: status %d:\n%s", page.Status, page.Body)
	}
	if w := server.Introspect(tokens["access_token"].(string)); w.Body.String() != `{"active":false}` {
		t.Errorf("the access token is still active: %s", w.Body)
	}
}

func accessID(t *testing.T, server *issuertest.Server, tokens map[string]any) string {
	t.Helper()
	_, claims := claimsOf(t, server, tokens["access_token"].(string))
	return claims["jti"].(string)
}

// RV-01..RV-06: revoking a refresh token ends all that came of it, an access token ends alone.
func TestRevoke(t *testing.T) {
	for _, tc := range []struct {
		name, token   string
		as            issuertest.Request
		active, fresh bool // of the access and the refresh token afterwards
	}{
		{"refresh token", "refresh_token", issuertest.Basic(issuertest.WebID, issuertest.WebSecret), false, false},
		{"access token", "access_token", issuertest.Basic(issuertest.WebID, issuertest.WebSecret), false, true},
		{"RV-03 another client", "refresh_token", issuertest.Basic(issuertest.ClientID, issuertest.ClientSecret), true, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := issuertest.New(t, issuertest.People())
			tokens := redeem(t, server, logIn(t, server.NewBrowser(t), request()).Get("code"))
			w := server.PostForm("/revoke", issuertest.Form("token", tokens[tc.token].(string), "token_type_hint", "nonsense"), tc.as)
			if w.Code != http.StatusOK || w.Body.Len() != 0 {
				t.Errorf("RV-02: status %d: %s", w.Code, w.Body)
			}
			if active := server.Introspect(tokens["access_token"].(string)).Body.String() != `{"active":false}`; active != tc.active {
				t.Errorf("access token active: %t, want %t", active, tc.active)
			}
			w = server.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string)),
				issuertest.Basic(issuertest.WebID, issuertest.WebSecret))
			if (w.Code == http.StatusOK) != tc.fresh {
				t.Errorf("refresh: status %d: %s", w.Code, w.Body)
			}
		})
	}
}

// AT-12: opaque tokens work where JWTs do, and end at once.
func TestOpaque(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	web := issuertest.Web()
	web.AccessTokenFormat = registration.FormatOpaque
	server.Register(web)
	tokens := redeem(t, server, logIn(t, server.NewBrowser(t), request()).Get("code"))
	access := tokens["access_token"].(string)
	if !strings.HasPrefix(access, "tw_at_") {
		t.Fatalf("access token %q", access)
	}
	found := issuertest.JSON(t, server.Introspect(access))
	if found["active"] != true || found["sub"] != issuertest.Subject || found["username"] != "alice" {
		t.Errorf("IN-03, IN-06: %v", found)
	}
	if w := server.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+access)); w.Code != http.StatusOK {
		t.Errorf("userinfo: status %d: %s", w.Code, w.Body)
	}
}

// BR-02..BR-04, AT-13: what is no access token of a person with openid opens nothing.
func TestUserinfoRefuses(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	tokens := redeem(t, server, logIn(t, server.NewBrowser(t), request()).Get("code"))
	plain := redeem(t, server, logIn(t, server.NewBrowser(t), request("scope", "orders:read")).Get("code"))
	for _, tc := range []struct {
		name, token, challenge string
		status                 int
	}{
		{"none", "", `Bearer realm="tokenwright"`, http.StatusUnauthorized},
		{"AT-13 the ID token", tokens["id_token"].(string), `error="invalid_token"`, http.StatusUnauthorized},
		{"the refresh token", tokens["refresh_token"].(string), `error="invalid_token"`, http.StatusUnauthorized},
		{"a client's own", server.Token(t), `error="insufficient_scope"`, http.StatusForbidden},
		{"OI-18 without openid", plain["access_token"].(string), `error="insufficient_scope"`, http.StatusForbidden},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var changes []issuertest.Request
			if tc.token != "" {
				changes = append(changes, issuertest.Header("Authorization", "Bearer "+tc.token))
			}
			w := server.Get("/userinfo", changes...)
			if w.Code != tc.status || !strings.Contains(w.Header().Get("WWW-Authenticate"), tc.challenge) {
				t.Errorf("status %d, WWW-Authenticate %q: %s", w.Code, w.Header().Get("WWW-Authenticate"), w.Body)
			}
		})
	}
}

// OI-19, RT-20: whoever leaves the users is nobody from then on.
func TestUserGone(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	tokens := redeem(t, server, logIn(t, browser, request()).Get("code"))
	server.UseUsers(t, strings.Replace(issuertest.Users(t), "username: "+issuertest.Username, "username: carol", 1))
	if w := server.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+tokens["access_token"].(string))); w.Code != http.StatusUnauthorized {
		t.Errorf("userinfo: status %d", w.Code)
	}
	w := server.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string)),
		issuertest.Basic(issuertest.WebID, issuertest.WebSecret))
	if w.Code != http.StatusBadRequest {
		t.Errorf("refresh: status %d: %s", w.Code, w.Body)
	}
	if page := browser.Visit(request()); page.URL.Path != "/login" {
		t.Errorf("the session still counts: at %v", page.URL)
	}
}
