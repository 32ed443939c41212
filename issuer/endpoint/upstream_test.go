package endpoint_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// pair is an issuer whose people log in at another one of ours.
type pair struct {
	*issuertest.Server

	upstream *issuertest.Server
	site     *httptest.Server
}

func newPair(t *testing.T, changes ...func(*registration.OIDCProvider)) *pair {
	t.Helper()
	p := &pair{}
	p.upstream, p.site = issuertest.NewUpstream(t)
	p.Server = issuertest.New(t, issuertest.People(), issuertest.Upstream(p.site, changes...))
	p.UseUpstreamSecret(issuertest.WebSecret)
	return p
}

// person is somebody with a browser.
type person struct {
	here, there *issuertest.Browser
	pair        *pair
}

func (p *pair) person(t *testing.T) *person {
	t.Helper()
	return &person{p.NewBrowser(t), issuertest.NewBrowser(t, p.site.URL, p.site.Client().Transport), p}
}

// leave chooses to log in elsewhere, and gives the address that the browser is sent to.
func (p *person) leave(t *testing.T, path string) *url.URL {
	t.Helper()
	return p.leaveFrom(t, p.here.Visit(path))
}

func (p *person) leaveFrom(t *testing.T, page *issuertest.Page) *url.URL {
	t.Helper()
	page = p.here.Visit("/login?" + page.URL.RawQuery + "&provider=" + issuertest.Elsewhere)
	if page.Left == nil || page.Left.Host != strings.TrimPrefix(p.pair.site.URL, "https://") {
		t.Fatalf("not sent elsewhere: %d at %v\n%s", page.Status, page.URL, page.Body)
	}
	return page.Left
}

// logInThere does what the other issuer asks for, and gives the path here that its answer goes to.
func (p *person) logInThere(t *testing.T, to *url.URL, username string) string {
	t.Helper()
	page := p.there.Visit(to.RequestURI())
	if page.Left == nil && strings.Contains(page.Body, `name="password"`) {
		page = p.there.Submit(page, "username", username, "password", issuertest.Password)
	}
	if page.Left == nil {
		page = p.there.Submit(page, "decision", "allow")
	}
	page.Answer(t)
	return page.Left.RequestURI()
}

// logIn goes the whole way, and gives the answer that the client gets.
func (p *person) logIn(t *testing.T, path string) url.Values {
	t.Helper()
	page := p.here.Visit(p.logInThere(t, p.leave(t, path), issuertest.Username))
	if page.Left == nil {
		page = p.here.Submit(page, "decision", "allow")
	}
	return page.Answer(t)
}

func (p *pair) userinfo(t *testing.T, tokens map[string]any) map[string]any {
	t.Helper()
	access, _ := tokens["access_token"].(string)
	return issuertest.JSON(t, p.Get("/userinfo", issuertest.Header("Authorization", "Bearer "+access)))
}

func (p *pair) refresh(t *testing.T, tokens map[string]any) map[string]any {
	t.Helper()
	refreshToken, _ := tokens["refresh_token"].(string)
	return issuertest.JSON(t, p.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "refresh_token", refreshToken),
		issuertest.Basic(issuertest.WebID, issuertest.WebSecret)))
}

func (p *pair) step(by time.Duration) {
	p.Clock.Step(by)
	p.upstream.Clock.Step(by)
}

const everything = "openid profile email groups orders:read"

// OI-24: somebody logs in elsewhere, and is known here by a subject of their own, with the claims that are made of
// those from there.
func TestUpstreamLogin(t *testing.T) {
	p := newPair(t, func(o *registration.OIDCProvider) {
		o.Claims = []registration.ClaimMapping{
			{Name: "groups", Expression: "claims.groups.map(g, 'there:' + g)"},
			{Name: "nickname", Expression: "claims.email.split('@')[0]"},
			{Name: "email", Expression: "null"},
			{Name: "website", Expression: "claims.?website"},
		}
	})
	answer := p.person(t).logIn(t, request("scope", everything))
	if answer.Get("state") != "s-1" || answer.Get("iss") != issuertest.URL {
		t.Fatalf("the answer: %v", answer)
	}
	tokens := redeem(t, p.Server, answer.Get("code"), "redirect_uri", issuertest.WebRedirect)
	subject := login.Subject(issuertest.Elsewhere, p.site.URL+" "+issuertest.Subject)
	_, id := claimsOf(t, p.Server, tokens["id_token"].(string))
	if id["sub"] != subject || !cmp.Equal(id["amr"], []any{"pwd"}) {
		t.Errorf("ID token %v, want sub %s", id, subject)
	}
	if diff := cmp.Diff(map[string]any{
		"sub": subject, "name": "Alice Example", "preferred_username": "alice", "nickname": "alice", "email_verified": true,
		"groups": []any{"there:dev", "there:ops"},
	}, p.userinfo(t, tokens)); diff != "" {
		t.Errorf("userinfo (-want +got):\n%s", diff)
	}
	for _, secret := range []string{issuertest.WebSecret, issuertest.Password, "tw_rt_", "tw_ac_"} {
		if strings.Contains(p.Log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, p.Log)
		}
	}
}

// A session of somebody who logged in elsewhere is one like any other.
func TestUpstreamSession(t *testing.T) {
	p := newPair(t)
	alice := p.person(t)
	redeem(t, p.Server, alice.logIn(t, request()).Get("code"))
	if code := alice.here.Visit(request()).Answer(t).Get("code"); code == "" {
		t.Error("the same request again got no code at once")
	}
	if page := alice.here.Visit("/account"); !strings.Contains(page.Body, "The "+issuertest.WebID) || !strings.Contains(page.Body, "alice") {
		t.Errorf("the account page:\n%s", page.Body)
	}
	if to := alice.leave(t, request("prompt", "login", "login_hint", "al", "max_age", "60")); to.Query().Get("prompt") != "login" ||
		to.Query().Get("login_hint") != "al" || to.Query().Get("max_age") != "60" {
		t.Errorf("prompt=login asks elsewhere for %v", to.Query())
	}
	if to := alice.leave(t, request("prompt", "select_account")); to.Query().Get("prompt") != "select_account" {
		t.Errorf("prompt=select_account asks elsewhere for %v", to.Query())
	}
}

// A device acts for somebody who logged in elsewhere as for anybody, and asks after them.
func TestUpstreamForDevice(t *testing.T) {
	p := newPair(t)
	box := issuertest.App()
	box.ClientID, box.Owner.UID, box.GrantTypes = boxID, "uid-box", []string{grant.DeviceCode, grant.RefreshToken}
	p.Register(box)
	codes, alice := begin(t, p.Server, "scope", everything), p.person(t)
	page := alice.here.Submit(alice.here.Visit("/device"), "user_code", codes["user_code"].(string))
	page = alice.here.Visit(alice.logInThere(t, alice.leaveFrom(t, page), issuertest.Username))
	alice.here.Submit(page, "decision", "allow")
	tokens := wantPoll(t, p.Server, codes, http.StatusOK, "")
	if got := p.userinfo(t, tokens); got["name"] != "Alice Example" || !cmp.Equal(got["groups"], []any{"dev", "ops"}) {
		t.Errorf("userinfo: %v", got)
	}
	p.upstream.UseUsers(t, strings.Replace(issuertest.Users(t), "username: alice", "username: alice\n  disabled: true", 1))
	p.step(10 * time.Minute)
	w := p.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "client_id", boxID,
		"refresh_token", tokens["refresh_token"].(string)), issuertest.Anonymous)
	if issuertest.JSON(t, w)["error"] != "invalid_grant" {
		t.Errorf("disabled elsewhere: status %d: %s", w.Code, w.Body)
	}
}

// Where there is nothing to choose, nobody is asked to.
func TestUpstreamAlone(t *testing.T) {
	p := newPair(t)
	config := *p.Registry.Snapshot().Config()
	config.IdentityProviders = config.IdentityProviders[1:]
	p.Registry.Configure(config)
	if page := p.NewBrowser(t).Visit(request()); page.Left == nil || !strings.HasPrefix(page.Left.String(), p.site.URL+"/authorize?") {
		t.Errorf("at %v, sent to %v", page.URL, page.Left)
	}
}

// A provider that rotates takes a second use of a refresh token for a theft: it goes with the grant of its login alone.
func TestUpstreamLeaseIsNotShared(t *testing.T) {
	p := newPair(t)
	alice := p.person(t)
	first := redeem(t, p.Server, alice.logIn(t, request("scope", everything)).Get("code"))
	second := redeem(t, p.Server, alice.here.Visit(request("scope", everything)).Answer(t).Get("code"))
	p.upstream.UseUsers(t, strings.Replace(issuertest.Users(t), "groups: [dev, ops]", "groups: [ops]", 1))
	p.step(10 * time.Minute)
	if got := p.userinfo(t, p.refresh(t, second))["groups"]; !cmp.Equal(got, []any{"dev", "ops"}) {
		t.Errorf("the grant without a lease asked: %v", got)
	}
	if got := p.userinfo(t, p.refresh(t, first))["groups"]; !cmp.Equal(got, []any{"ops"}) {
		t.Errorf("the grant of the login did not ask: %v", got)
	}
}

// Whom the other issuer knows no longer has no session here, either, and nothing that was granted in it.
func TestUpstreamGoneEndsTheSession(t *testing.T) {
	p := newPair(t)
	alice := p.person(t)
	first := redeem(t, p.Server, alice.logIn(t, request()).Get("code"))
	second := redeem(t, p.Server, alice.here.Visit(request()).Answer(t).Get("code"))
	p.upstream.UseUsers(t, strings.Replace(issuertest.Users(t), "username: alice", "username: alice\n  disabled: true", 1))
	p.step(10 * time.Minute)
	if got := p.refresh(t, second); got["access_token"] == nil {
		t.Errorf("before anybody was asked: %v", got)
	}
	for _, name := range []string{"the first", "the first again"} {
		if got := p.refresh(t, first); got["error"] != "invalid_grant" {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := p.refresh(t, second); got["error"] != "invalid_grant" {
		t.Errorf("another grant of the session: %v", got)
	}
	if page := alice.here.Visit(request()); page.URL.Path != "/login" {
		t.Errorf("the session still counts: at %v", page.URL)
	}
}

// RT-20: at a refresh the other issuer is asked, at most once in the life of an access token. What it says counts.
func TestUpstreamIsAskedAgain(t *testing.T) {
	p := newPair(t)
	tokens := redeem(t, p.Server, p.person(t).logIn(t, request("scope", everything)).Get("code"))
	p.upstream.UseUsers(t, strings.Replace(issuertest.Users(t), "groups: [dev, ops]", "groups: [ops]", 1))
	p.step(9 * time.Minute)
	tokens = p.refresh(t, tokens)
	if got := p.userinfo(t, tokens)["groups"]; !cmp.Equal(got, []any{"dev", "ops"}) {
		t.Errorf("too early: groups %v", got)
	}
	p.step(time.Minute)
	tokens = p.refresh(t, tokens)
	if got := p.userinfo(t, tokens)["groups"]; !cmp.Equal(got, []any{"ops"}) {
		t.Errorf("after a change: groups %v", got)
	}
	p.upstream.UseUsers(t, strings.Replace(issuertest.Users(t), "username: alice", "username: alice\n  disabled: true", 1))
	p.step(9 * time.Minute)
	if got := p.refresh(t, tokens); got["access_token"] == nil {
		t.Errorf("too early: %v", got)
	}
	p.step(time.Minute)
	if got := p.refresh(t, tokens); got["error"] != "invalid_grant" {
		t.Errorf("disabled elsewhere: %v", got)
	}
	if w := p.Introspect(tokens["access_token"].(string)); w.Body.String() != `{"active":false}` {
		t.Errorf("the access token of the grant is still active: %s", w.Body)
	}
	if !strings.Contains(p.Log.String(), `"msg":"person.gone"`) {
		t.Errorf("the log does not tell:\n%s", p.Log)
	}
}

// An issuer that does not answer is waited for, for an hour.
func TestUpstreamAway(t *testing.T) {
	p := newPair(t)
	tokens := redeem(t, p.Server, p.person(t).logIn(t, request("scope", everything)).Get("code"))
	p.upstream.Unregister(issuertest.WebID) // it answers, and makes no sense
	p.step(10 * time.Minute)
	for range 3 {
		if got := p.refresh(t, tokens); got["access_token"] == nil {
			t.Fatalf("within the hour: %v", got)
		}
		p.step(19 * time.Minute)
	}
	p.step(3 * time.Minute)
	if got := p.refresh(t, tokens); got["error"] != "temporarily_unavailable" {
		t.Errorf("after the hour: %v", got)
	}
	web := issuertest.Web()
	web.RedirectURIs = []string{issuertest.UpstreamRedirect}
	p.upstream.Register(web)
	p.step(30 * time.Second)
	if got := p.refresh(t, tokens); got["access_token"] == nil {
		t.Errorf("when it is back: %v", got)
	}
}

// Whatever comes to the callback and is not the answer to this browser's own question begins no session.
func TestUpstreamAttacks(t *testing.T) {
	change := func(path string, pairs ...string) string {
		parsed, _ := url.Parse(path)
		query := parsed.Query()
		for i := 0; i+1 < len(pairs); i += 2 {
			query.Set(pairs[i], pairs[i+1])
		}
		return parsed.Path + "?" + query.Encode()
	}
	for _, tc := range []struct {
		name   string
		forge  func(path string, others url.Values) string // what the victim's browser is sent to
		status int
	}{
		{"state altered", func(path string, _ url.Values) string { return strings.Replace(path, "state=", "state=A", 1) }, http.StatusBadRequest},
		{"no state", func(path string, _ url.Values) string { return change(path, "state", "") }, http.StatusBadRequest},
		{"the state of another browser", func(path string, others url.Values) string {
			return change(path, "state", others.Get("state"), "code", others.Get("code"))
		}, http.StatusBadRequest},
		{"the code of another browser", func(path string, others url.Values) string { return change(path, "code", others.Get("code")) }, http.StatusBadRequest},
		{"no code", func(path string, _ url.Values) string { return change(path, "code", "") }, http.StatusBadRequest},
		{"another iss", func(path string, _ url.Values) string { return change(path, "iss", "https://evil.example") }, http.StatusBadRequest},
		{"no iss, although it is announced", func(path string, _ url.Values) string { return change(path, "iss", "") }, http.StatusBadRequest},
		{"two codes", func(path string, others url.Values) string { return path + "&code=" + others.Get("code") }, http.StatusBadRequest},
		{"another provider's address", func(path string, _ url.Values) string {
			return strings.Replace(path, "/"+issuertest.Elsewhere, "/"+issuertest.Provider, 1)
		}, http.StatusNotFound},
		{"refused there", func(path string, _ url.Values) string { return change(path, "error", "access_denied") }, http.StatusBadRequest},
		{"a flow as state", func(path string, _ url.Values) string { return change(path, "state", "x") }, http.StatusBadRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := newPair(t)
			victim, attacker := p.person(t), p.person(t)
			theirs, err := url.Parse(attacker.logInThere(t, attacker.leave(t, request()), "bob"))
			if err != nil {
				t.Fatal(err)
			}
			own := victim.logInThere(t, victim.leave(t, request()), issuertest.Username)
			page := victim.here.Visit(tc.forge(own, theirs.Query()))
			if page.Status != tc.status || page.Left != nil {
				t.Errorf("status %d, sent to %v:\n%s", page.Status, page.Left, page.Body)
			}
			for _, cookie := range victim.here.Cookies() {
				if cookie.Name == login.SessionCookie {
					t.Error("a session has begun")
				}
			}
			if tc.status == http.StatusBadRequest && !strings.Contains(p.Log.String(), `"msg":"login.refused"`) {
				t.Errorf("nothing is logged:\n%s", p.Log)
			}
		})
	}
}

// An answer counts once: the other issuer takes a second use of its code for a theft, and the flow is over with its
// answer.
func TestUpstreamReplay(t *testing.T) {
	p := newPair(t)
	alice := p.person(t)
	path := alice.logInThere(t, alice.leave(t, request()), issuertest.Username)
	page := alice.here.Visit(path)
	if page.URL.Path != "/consent" {
		t.Fatalf("at %v: %d", page.URL, page.Status)
	}
	if again := alice.here.Visit(path); again.Status != http.StatusBadRequest {
		t.Errorf("the same answer again: status %d at %v", again.Status, again.URL)
	}
}

// What is wrong with the setting up is told in the log, and to people only that it is.
func TestUpstreamTrouble(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options func(*registration.OIDCProvider)
		prepare func(*pair)
	}{
		{"no client secret yet", nil, func(p *pair) { p.Registry.OnlyUpstreamSecrets(nil) }},
		{"away", nil, func(p *pair) { p.site.Close() }},
		{"another issuer answers", func(o *registration.OIDCProvider) { o.Issuer += "/other" }, nil},
		{"claims that mean nothing", func(o *registration.OIDCProvider) {
			o.Claims = []registration.ClaimMapping{{Name: "a", Expression: "claims."}}
		}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			options := []func(*registration.OIDCProvider){}
			if tc.options != nil {
				options = append(options, tc.options)
			}
			p := newPair(t, options...)
			if tc.prepare != nil {
				tc.prepare(p)
			}
			browser := p.NewBrowser(t)
			page := browser.Visit(request())
			page = browser.Visit("/login?" + page.URL.RawQuery + "&provider=" + issuertest.Elsewhere)
			if page.Status != http.StatusServiceUnavailable || !strings.Contains(page.Body, "Logging in is not possible at present") {
				t.Errorf("status %d:\n%s", page.Status, page.Body)
			}
			if log := p.Log.String(); strings.Contains(log, `"level":"ERROR"`) || page.Header.Get("Retry-After") != "30" {
				t.Errorf("Retry-After %q; whoever comes is no news, which is told once:\n%s", page.Header.Get("Retry-After"), log)
			}
		})
	}
}

// A claim in a form that it does not have is left out, and the log says so once for each login, by its name alone.
func TestUpstreamClaimsOmitted(t *testing.T) {
	p := newPair(t, func(o *registration.OIDCProvider) {
		o.Claims = []registration.ClaimMapping{
			{Name: "updated_at", Expression: "'a time of ' + claims.name"},
			{Name: "email_verified", Expression: "'true'"},
			{Name: "groups", Expression: "claims.groups[0]"},
		}
	})
	tokens := redeem(t, p.Server, p.person(t).logIn(t, request("scope", everything)).Get("code"))
	want := map[string]any{
		"name": "Alice Example", "preferred_username": "alice", "email": "alice@example.org", "email_verified": true, "groups": []any{"dev"},
	}
	p.step(time.Hour)
	if diff := cmp.Diff(want, personal(t, p.Server, p.refresh(t, tokens))); diff != "" {
		t.Errorf("ID token after a refresh (-want +got):\n%s", diff)
	}
	subject := login.Subject(issuertest.Elsewhere, p.site.URL+" "+issuertest.Subject)
	line := `"msg":"login.claims_omitted","clientID":"shop.web","subject":"` + subject + `","provider":"elsewhere","claims":"updated_at"}`
	if log := p.Log.String(); strings.Count(log, line) != 1 || strings.Contains(log, "Alice") {
		t.Errorf("the log has not once %s:\n%s", line, log)
	}
	if text := p.Get("/metrics").Body.String(); !strings.Contains(text, `tokenwright_issuer_claims_omitted_total{place="login"} 1`) {
		t.Error("the metric does not count it once")
	}
}
