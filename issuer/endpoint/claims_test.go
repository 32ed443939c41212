package endpoint_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// personal are the claims of an ID token that are about the person, not about the token.
func personal(t *testing.T, server *issuertest.Server, tokens map[string]any) map[string]any {
	t.Helper()
	raw, _ := tokens["id_token"].(string)
	_, claims := claimsOf(t, server, raw)
	for _, name := range []string{"iss", "sub", "aud", "iat", "exp", "auth_time", "nonce", "amr", "acr", "sid", "at_hash"} {
		delete(claims, name)
	}
	return claims
}

func userinfoOf(t *testing.T, server *issuertest.Server, tokens map[string]any) map[string]any {
	t.Helper()
	access, _ := tokens["access_token"].(string)
	info := issuertest.JSON(t, server.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+access)))
	delete(info, "sub")
	return info
}

func refreshWeb(t *testing.T, server *issuertest.Server, tokens map[string]any, pairs ...string) map[string]any {
	t.Helper()
	refresh, _ := tokens["refresh_token"].(string)
	pairs = append([]string{"grant_type", "refresh_token", "refresh_token", refresh}, pairs...)
	return issuertest.JSON(t, server.PostForm("/token", issuertest.Form(pairs...), issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
}

// webWith is Web with these scopes, and with this in its ID tokens.
func webWith(claims string, scopes ...string) *registration.Registration {
	web := issuertest.Web()
	web.Scopes, web.IDToken.Claims = scopes, claims
	return web
}

// OI-13: what scopes release is in the ID token, unless less is wanted there; userinfo tells all of it.
func TestIDTokenClaims(t *testing.T) {
	type set = map[string]any
	groups := []any{"dev", "ops"}
	const minimal = registration.ClaimsMinimal
	all := []string{"openid", "profile", "email", "groups"}
	for _, tc := range []struct {
		name, claims   string
		scope, asked   string
		id, info       set
		narrowed       string // the scope of a refresh
		idLater, info2 set
	}{
		{"scopes", "", "openid groups email", "", set{"groups": groups, "email": "alice@example.org", "email_verified": true},
			set{"groups": groups, "email": "alice@example.org", "email_verified": true}, "openid groups", set{"groups": groups}, set{"groups": groups}},
		{"openid alone", "", "openid", "", set{}, set{}, "", set{}, set{}},
		{"minimal", minimal, "openid groups", "", set{}, set{"groups": groups}, "", set{}, set{"groups": groups}},
		{"minimal, and asked for there", minimal, "openid groups", `{"id_token":{"groups":null}}`, set{"groups": groups}, set{"groups": groups},
			"openid", set{"groups": groups}, set{}},
		{"asked for in userinfo is for userinfo", "", "openid", `{"userinfo":{"email":null}}`, set{}, set{"email": "alice@example.org"},
			"", set{}, set{"email": "alice@example.org"}},
		{"asked for in the ID token", "", "openid", `{"id_token":{"email":{"essential":true},"shoe_size":null,"acr":null}}`,
			set{"email": "alice@example.org"}, set{}, "", set{"email": "alice@example.org"}, set{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := issuertest.New(t, issuertest.People())
			server.Register(webWith(tc.claims, all...))
			tokens := redeem(t, server, logIn(t, server.NewBrowser(t), request("scope", tc.scope, "claims", tc.asked)).Get("code"))
			if diff := cmp.Diff([]set{tc.id, tc.info}, []set{personal(t, server, tokens), userinfoOf(t, server, tokens)}); diff != "" {
				t.Errorf("ID token and userinfo (-want +got):\n%s", diff)
			}
			later := refreshWeb(t, server, tokens, "scope", tc.narrowed)
			if diff := cmp.Diff([]set{tc.idLater, tc.info2}, []set{personal(t, server, later), userinfoOf(t, server, later)}); diff != "" {
				t.Errorf("after a refresh for %q (-want +got):\n%s", tc.narrowed, diff)
			}
		})
	}
}

// The claims parameter brings nothing of a scope that the client may not have: it is not even asked about. What a page does
// ask about stands there by name.
func TestClaimsWithinScopes(t *testing.T) {
	const asked = `{"id_token":{"email":null,"groups":null},"userinfo":{"email":{"essential":true},"groups":null,"name":null}}`
	server := issuertest.New(t, issuertest.People())
	server.Register(webWith("", "openid", "profile"))
	browser := server.NewBrowser(t)
	page := browser.Submit(browser.Visit(request("scope", "openid", "claims", asked)), "username", issuertest.Username, "password", issuertest.Password)
	if !strings.Contains(page.Body, "<code>name</code>") || strings.Contains(page.Body, "groups") || strings.Contains(page.Body, "email") {
		t.Errorf("the page:\n%s", page.Body)
	}
	tokens := redeem(t, server, browser.Submit(page, "decision", "allow").Answer(t).Get("code"))
	got := []map[string]any{personal(t, server, tokens), userinfoOf(t, server, tokens)}
	if diff := cmp.Diff([]map[string]any{{}, {"name": "Alice Example"}}, got); diff != "" {
		t.Errorf("ID token and userinfo (-want +got):\n%s", diff)
	}
	server.Clock.Step(time.Minute)
	if code := browser.Visit(request("scope", "openid", "claims", `{"userinfo":{"email":null}}`)).Answer(t).Get("code"); code == "" {
		t.Error("a claim that cannot be released made the page ask again")
	}
}

// A policy that is tightened takes back what was allowed before, by scope and by name; openid as well.
func TestTightenedClaims(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	asked := `{"id_token":{"name":null},"userinfo":{"name":null}}`
	tokens := redeem(t, server, logIn(t, server.NewBrowser(t), request("scope", "openid email groups", "claims", asked)).Get("code"))
	for _, tc := range []struct{ rules, want []string }{
		{[]string{"openid", "profile", "email", "groups"}, []string{"email", "email_verified", "groups", "name"}},
		{[]string{"openid", "email", "groups"}, []string{"email", "email_verified", "groups"}},
		{[]string{"openid", "profile", "groups"}, []string{"groups", "name"}},
		{[]string{"openid"}, nil},
	} {
		server.Register(webWith("", tc.rules...))
		info, id := userinfoOf(t, server, tokens), personal(t, server, refreshWeb(t, server, tokens))
		for place, got := range map[string]map[string]any{"userinfo": info, "ID token": id} {
			var names []string
			for name := range got {
				names = append(names, name)
			}
			slices.Sort(names)
			if !slices.Equal(names, tc.want) {
				t.Errorf("with the scopes %q: %s has %q, want %q", tc.rules, place, names, tc.want)
			}
		}
	}
	server.Register(webWith("", "profile", "email"))
	w := server.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+tokens["access_token"].(string)))
	if w.Code != http.StatusForbidden || !strings.Contains(w.Header().Get("WWW-Authenticate"), `scope="openid"`) {
		t.Errorf("without openid: status %d: %s", w.Code, w.Body)
	}
}

// Nobody allows by a page what it did not show: if the rules have changed meanwhile, the page comes again.
func TestConsentIsToWhatWasShown(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	server.Register(webWith("", "openid"))
	browser := server.NewBrowser(t)
	path := request("scope", "openid", "claims", `{"userinfo":{"email":null}}`)
	page := browser.Submit(browser.Visit(path), "username", issuertest.Username, "password", issuertest.Password)
	server.Register(webWith("", "openid", "email"))
	page = browser.Submit(page, "decision", "allow")
	if page.Left != nil || page.Status != http.StatusOK || !strings.Contains(page.Body, "<code>email</code>") {
		t.Fatalf("status %d, sent to %v:\n%s", page.Status, page.Left, page.Body)
	}
	tokens := redeem(t, server, browser.Submit(page, "decision", "allow").Answer(t).Get("code"))
	if diff := cmp.Diff(map[string]any{"email": "alice@example.org"}, userinfoOf(t, server, tokens)); diff != "" {
		t.Errorf("userinfo (-want +got):\n%s", diff)
	}
}

// What an ID token has no room for is left out as a whole, and told; userinfo has it. The ID token is a hint as any other.
func TestIDTokenRoom(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	many := strings.Repeat("a-group-of-thirty-two-characters, ", 80)
	server.UseUsers(t, strings.Replace(issuertest.Users(t), "groups: [dev, ops]", "groups: ["+many+"]", 1))
	browser := server.NewBrowser(t)
	tokens := redeem(t, server, logIn(t, browser, request("scope", "openid profile groups")).Get("code"))
	want := map[string]any{"name": "Alice Example", "preferred_username": "alice"}
	if diff := cmp.Diff(want, personal(t, server, tokens)); diff != "" {
		t.Errorf("ID token (-want +got):\n%s", diff)
	}
	if groups, _ := userinfoOf(t, server, tokens)["groups"].([]any); len(groups) != 80 {
		t.Errorf("userinfo has %d groups", len(groups))
	}
	line := `"msg":"id_token.claims_omitted","clientID":"shop.web","grantID":"` + strings.Split(accessID(t, server, tokens), ".")[0] +
		`","subject":"` + issuertest.Subject + `","provider":"staff","claims":"groups"}`
	if log := server.Log.String(); !strings.Contains(log, line) || strings.Contains(log, "a-group-of") {
		t.Errorf("the log has not %s:\n%s", line, log)
	}
	if text := server.Get("/metrics").Body.String(); !strings.Contains(text, `tokenwright_issuer_claims_omitted_total{place="id_token"} 1`) {
		t.Error("the metric does not count it")
	}
}

// An ID token that is as long as it may be is as good a hint as any other, at a login and at a logout.
func TestLongestIDTokenAsHint(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	many := strings.Repeat("a-group-of-thirty-two-characters, ", 56)
	server.UseUsers(t, strings.Replace(issuertest.Users(t), "groups: [dev, ops]", "groups: ["+many+"]", 1))
	browser := server.NewBrowser(t)
	tokens := redeem(t, server, logIn(t, browser, request("scope", "openid email groups")).Get("code"))
	hint := tokens["id_token"].(string)
	if len(hint) < 2700 {
		t.Fatalf("an ID token of %d characters only", len(hint))
	}
	if code := browser.Visit(request("scope", "openid email groups", "id_token_hint", hint, "prompt", "none")).Answer(t).Get("code"); code == "" {
		t.Error("no code for the hint of who is logged in")
	}
	if page := server.NewBrowser(t).Visit(request("id_token_hint", hint)); page.URL.Path != "/login" {
		t.Errorf("a hint in a browser without a session: status %d at %v", page.Status, page.URL)
	}
	server.Clock.Step(2 * time.Second)
	if page := browser.Visit("/logout?" + issuertest.Form("id_token_hint", hint).Encode()); page.Status != http.StatusOK {
		t.Errorf("logout: status %d", page.Status)
	}
	if answer := browser.Visit(request("prompt", "none")).Answer(t); answer.Get("error") != "login_required" {
		t.Errorf("after the logout: %v", answer)
	}
}

// Nobody logs in with client_credentials: openid by name is refused in words that help, and what is about a person is not
// among the default scopes, so that a client with both grants goes on.
func TestClientCredentialsWithoutOpenID(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	web := issuertest.Web()
	web.GrantTypes, web.DefaultScopes = append(web.GrantTypes, "client_credentials"), web.Scopes
	server.Register(web)
	ask := func(scope string) map[string]any {
		form := issuertest.Form("grant_type", "client_credentials", "scope", scope)
		return issuertest.JSON(t, server.PostForm("/token", form, issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
	}
	refused := map[string]any{
		"error": "invalid_scope", "error_description": "openid is for people who log in, and nobody does with client_credentials: leave it out of scope",
	}
	if diff := cmp.Diff(refused, ask("openid orders:read")); diff != "" {
		t.Errorf("openid by name (-want +got):\n%s", diff)
	}
	if answer := ask("profile"); answer["scope"] != "profile" {
		t.Errorf("another scope by name: %v", answer)
	}
	answer := ask("")
	if answer["scope"] != "groups orders:read orders:write" || answer["id_token"] != nil {
		t.Errorf("no scope by name: %v", answer)
	}
	w := server.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+answer["access_token"].(string)))
	want := `Bearer realm="tokenwright", error="insufficient_scope", error_description="the access token is a client's own, and this is about people who log in"`
	if got := w.Header().Get("WWW-Authenticate"); w.Code != http.StatusForbidden || got != want {
		t.Errorf("userinfo: status %d, %s, want %s", w.Code, got, want)
	}
	if code := logIn(t, server.NewBrowser(t), request("scope", "openid")).Get("code"); redeem(t, server, code)["id_token"] == nil {
		t.Error("its other grant gets no ID token")
	}
}
