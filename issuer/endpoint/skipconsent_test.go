package endpoint_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

const firstParty = "system/first-party"

// skipping is client under a policy that has the platform answer for scopes.
func skipping(client *registration.Registration, scopes ...string) *registration.Registration {
	client.Extras = &registration.Extras{SkipConsent: &registration.SkipConsent{Policy: firstParty, Scopes: scopes}}
	return client
}

// signIn brings a browser through the login, and returns what comes next.
func signIn(t *testing.T, browser *issuertest.Browser, path string) *issuertest.Page {
	t.Helper()
	return browser.Submit(browser.Visit(path), "username", issuertest.Username, "password", issuertest.Password)
}

// The platform's own application: a login leads straight back, prompt=none succeeds, and all that there is to read says who
// granted it.
func TestPlatformAnswers(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	server.Register(skipping(issuertest.Web(), "openid", "orders:read"))
	browser := server.NewBrowser(t)
	tokens := redeem(t, server, signIn(t, browser, request()).Answer(t).Get("code"))
	if tokens["scope"] != "openid orders:read" {
		t.Fatalf("%v", tokens)
	}
	if log := server.Log.String(); strings.Count(log, `"consentSkippedBy":"`+firstParty+`"`) != 1 || !strings.Contains(line(log, "authorization.granted"), firstParty) {
		t.Errorf("the log does not say by which policy:\n%s", line(log, "authorization.granted"))
	}
	if answer := browser.Visit(request("prompt", "none")).Answer(t); answer.Get("code") == "" {
		t.Errorf("prompt=none: %v", answer)
	}
	const count = `tokenwright_issuer_authorizations_total{consent="skipped"} 2`
	if metrics := server.Get("/metrics").Body.String(); !strings.Contains(metrics, count) {
		t.Errorf("/metrics lacks %s", count)
	}
	page := browser.Visit("/account")
	if !strings.Contains(page.Body, "Granted by the platform") {
		t.Errorf("the account page does not say who granted it:\n%s", page.Body)
	}
}

// Whoever ends what the platform granted ends it, and the next visit grants it again.
func TestPlatformGrantEnds(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	server.Register(skipping(issuertest.Web(), "openid", "orders:read"))
	browser := server.NewBrowser(t)
	tokens := redeem(t, server, signIn(t, browser, request()).Answer(t).Get("code"))
	id, _, _ := strings.Cut(accessID(t, server, tokens), ".")
	browser.Submit(browser.Visit("/account"), "grant", id)
	if w := server.Introspect(tokens["access_token"].(string)); w.Body.String() != `{"active":false}` {
		t.Errorf("after it was removed: %s", w.Body)
	}
	if code := browser.Visit(request()).Answer(t).Get("code"); code == "" {
		t.Error("the next visit got no code")
	}
}

// What the platform does not answer for is asked as ever, of the request as a whole.
func TestPlatformDoesNotAnswer(t *testing.T) {
	all := []string{"openid", "profile", "orders:read"}
	app := func(change func(*registration.Registration)) *registration.Registration {
		r := skipping(issuertest.App(), all...)
		change(r)
		return r
	}
	const own = "com.example.app:/callback"
	for name, tc := range map[string]struct {
		client *registration.Registration
		path   string
	}{
		"a scope besides":      {skipping(issuertest.Web(), all...), request("scope", "openid orders:read orders:write")},
		"offline_access":       {skipping(issuertest.Web(), all...), request("scope", "openid offline_access")},
		"prompt=consent":       {skipping(issuertest.Web(), all...), request("prompt", "consent")},
		"a claim by its name":  {skipping(issuertest.Web(), all...), request("claims", `{"userinfo":{"email":null}}`)},
		"a policy for nothing": {skipping(issuertest.Web()), request()},
		"a public client on loopback": {app(func(*registration.Registration) {}),
			request("client_id", issuertest.AppID, "redirect_uri", "http://127.0.0.1:5000/callback")},
		"a public client with a scheme of its own": {app(func(r *registration.Registration) { r.RedirectURIs = []string{own} }),
			request("client_id", issuertest.AppID, "redirect_uri", own)},
	} {
		t.Run(name, func(t *testing.T) {
			server := issuertest.New(t, issuertest.People())
			server.Register(tc.client)
			browser := server.NewBrowser(t)
			page := signIn(t, browser, tc.path)
			if page.Left != nil || page.URL.Path != "/consent" {
				t.Fatalf("sent to %v, at %v", page.Left, page.URL)
			}
			silent := tc.path + "&prompt=none"
			if !strings.Contains(tc.path, "prompt=") {
				if answer := browser.Visit(silent).Answer(t); answer.Get("error") != "consent_required" {
					t.Errorf("prompt=none: %v", answer)
				}
			}
			if answer := browser.Submit(page, "decision", "allow").Answer(t); answer.Get("code") == "" {
				t.Errorf("allowed: %v", answer)
			}
			if granted := line(server.Log.String(), "authorization.granted"); strings.Contains(granted, "consentSkippedBy") {
				t.Errorf("logged as skipped: %s", granted)
			}
		})
	}
}

// A public client that proves who it is by an https address is spared the question.
func TestPlatformAnswersForPublicClients(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	const spa = "https://spa.example/callback"
	app := skipping(issuertest.App(), "openid")
	app.RedirectURIs = append(app.RedirectURIs, spa)
	server.Register(app)
	page := signIn(t, server.NewBrowser(t), request("client_id", issuertest.AppID, "redirect_uri", spa, "scope", "openid"))
	if code := page.Answer(t).Get("code"); code == "" {
		t.Error("no code")
	}
}

// A grant by the platform is no consent: once the policy says so no more, people are asked. What they have allowed themselves
// stays allowed, and is theirs.
func TestPlatformGrantIsNoConsent(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	server.Register(skipping(issuertest.Web(), "openid", "orders:read"))
	browser := server.NewBrowser(t)
	redeem(t, server, signIn(t, browser, request()).Answer(t).Get("code"))
	server.Register(issuertest.Web())
	page := browser.Visit(request())
	if page.Left != nil {
		t.Fatalf("not asked: sent to %v", page.Left)
	}
	redeem(t, server, browser.Submit(page, "decision", "allow").Answer(t).Get("code"))
	server.Register(skipping(issuertest.Web(), "openid", "orders:read"))
	before := len(server.Log.String())
	browser.Visit(request()).Answer(t)
	if granted := line(server.Log.String()[before:], "authorization.granted"); granted == "" || strings.Contains(granted, "consentSkippedBy") {
		t.Errorf("what the person allowed counts as the platform's: %s", granted)
	}
}

// RFC 8628 section 5.4: whoever sends somebody a user code gets nothing without a question, whoever the client is.
func TestDevicesAlwaysAsk(t *testing.T) {
	server := withDevices(t)
	box, _ := server.Registry.Snapshot().Client(boxID)
	asking := *box.Registration()
	server.Register(skipping(&asking, asking.Scopes...))
	codes, browser := begin(t, server), server.NewBrowser(t)
	page := open(t, browser, codes)
	wantPage(t, page, 200, "orders:read")
	wantPoll(t, server, codes, 400, "authorization_pending")
	browser.Submit(page, "decision", "allow")
	if tokens := wantPoll(t, server, codes, 200, ""); tokens["access_token"] == nil {
		t.Errorf("%v", tokens)
	}
	if page := browser.Visit("/account"); strings.Contains(page.Body, "Granted by the platform") {
		t.Error("what the person allowed a device is shown as the platform's")
	}
}

// line is the last line of a log that has text.
func line(log, text string) string {
	for _, one := range slices.Backward(strings.Split(log, "\n")) {
		if strings.Contains(one, text) {
			return one
		}
	}
	return ""
}

// taken is client under a policy that has taken all of its scopes.
func taken(client *registration.Registration) *registration.Registration {
	client.Extras = &registration.Extras{RemovedScopes: client.Scopes, RemovedDefaults: client.DefaultScopes}
	client.Scopes, client.DefaultScopes = nil, nil
	return client
}

const whyTaken = "scope orders:read of this client is not allowed by policy at present; see the client's PolicyCompliant condition"

// A client whose scopes were all taken gets no token without scope in their place, by whatever grant, and is told why.
func TestScopesTaken(t *testing.T) {
	server := withDevices(t)
	browser := server.NewBrowser(t)
	tokens := redeem(t, server, logIn(t, browser, request("scope", "orders:read")).Get("code"))
	waits := begin(t, server, "scope", "orders:read")
	browser.Submit(open(t, browser, waits), "decision", "allow")
	box, _ := server.Registry.Snapshot().Client(boxID)
	gone := *box.Registration()
	for _, r := range []*registration.Registration{issuertest.Client(), issuertest.Web(), &gone} {
		server.Register(taken(r))
	}
	asWeb := issuertest.Basic(issuertest.WebID, issuertest.WebSecret)
	refused := map[string]map[string]any{
		"client_credentials": issuertest.JSON(t, server.PostForm("/token", issuertest.Form("grant_type", "client_credentials"))),
		"refresh_token": issuertest.JSON(t, server.PostForm("/token",
			issuertest.Form("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string)), asWeb)),
		"a device that begins": issuertest.JSON(t, server.PostForm("/device_authorization",
			issuertest.Form("client_id", boxID, "scope", "orders:read"), issuertest.Anonymous)),
		"a device that was allowed": wantPoll(t, server, waits, 400, "invalid_scope"),
		"authorization":             asAnswer(browser.Visit(request("scope", "")).Answer(t)),
		"authorization, by name":    asAnswer(browser.Visit(request("scope", "orders:read")).Answer(t)),
	}
	for name, answer := range refused {
		if answer["error"] != "invalid_scope" || answer["error_description"] != whyTaken || answer["access_token"] != nil {
			t.Errorf("%s: %v", name, answer)
		}
	}
	server.Register(issuertest.Web())
	again := issuertest.JSON(t, server.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "refresh_token", tokens["refresh_token"].(string)), asWeb))
	if again["scope"] != "orders:read" {
		t.Errorf("once the policy is mended the grant goes on: %v", again)
	}
}

func asAnswer(query url.Values) map[string]any {
	out := map[string]any{}
	for name := range query {
		out[name] = query.Get(name)
	}
	return out
}
