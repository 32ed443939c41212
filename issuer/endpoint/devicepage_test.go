package endpoint_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
)

// DV-05: no is an answer, and the last one.
func TestDeviceDenied(t *testing.T) {
	server := withDevices(t)
	codes, browser := begin(t, server), server.NewBrowser(t)
	question := open(t, browser, codes)
	wantPage(t, browser.Submit(question, "decision", "deny"), http.StatusOK, "The device was denied")
	wantPage(t, browser.Submit(question, "decision", "allow"), http.StatusBadRequest)
	wantPoll(t, server, codes, http.StatusBadRequest, "access_denied")
	wantPoll(t, server, codes, http.StatusBadRequest, "access_denied")
	wantPage(t, open(t, server.NewBrowser(t), codes), http.StatusBadRequest, "No device is waiting with this code")
}

// DV-08: a link with the code in it fills in the field, and every other step stays.
func TestVerificationURIComplete(t *testing.T) {
	server := withDevices(t)
	codes, browser := begin(t, server), server.NewBrowser(t)
	page := browser.Visit(strings.TrimPrefix(codes["verification_uri_complete"].(string), issuertest.URL))
	wantPage(t, page, http.StatusOK, `value="`+codes["user_code"].(string)+`"`)
	page = browser.Submit(browser.Submit(page), "username", issuertest.Username, "password", issuertest.Password)
	wantPage(t, page, http.StatusOK, codes["user_code"].(string), "If somebody sent you the code or a link, deny")
	wantPoll(t, server, codes, http.StatusBadRequest, "authorization_pending")
	wantPage(t, browser.Submit(page, "decision", "allow"), http.StatusOK, "The device is connected")
	wantPoll(t, server, codes, http.StatusOK, "")
}

func TestUserCodeRefuses(t *testing.T) {
	server := withDevices(t)
	expired := begin(t, server)
	server.Clock.Step(grant.DeviceLifetime)
	gone := begin(t, server, "client_id", boxID)
	browser := server.NewBrowser(t)
	wantPage(t, open(t, browser, gone), http.StatusOK, "in front of you") // logs in
	for _, tc := range []struct{ name, code string }{
		{"none", ""},
		{"no code at all", "hello"},
		{"unknown", "BBBB-BBBB"},
		{"expired", expired["user_code"].(string)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			page := browser.Submit(browser.Visit("/device"), "user_code", tc.code)
			wantPage(t, page, http.StatusBadRequest, "No device is waiting with this code", `name="user_code"`)
		})
	}
	server.Unregister(boxID)
	wantPage(t, open(t, browser, gone), http.StatusBadRequest, "No device is waiting with this code")
}

// DV-07, X-19: after some codes the right one waits, too.
func TestUserCodesAreThrottled(t *testing.T) {
	server := withDevices(t)
	codes, browser := begin(t, server), server.NewBrowser(t)
	for range 10 {
		wantPage(t, open(t, browser, map[string]any{"user_code": "BBBB-BBBB"}), http.StatusBadRequest)
	}
	page := open(t, browser, codes)
	wantPage(t, page, http.StatusTooManyRequests, "Too many attempts")
	if page.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	wantPage(t, openAs(t, server.NewBrowser(t), codes, "bob"), http.StatusOK, "in front of you")
	server.Clock.Step(time.Minute)
	wantPage(t, open(t, browser, codes), http.StatusOK, "in front of you")
}

// Whoever has not logged in makes nobody look, and writes nothing.
func TestUserCodeNeedsLogin(t *testing.T) {
	away := &noMarks{}
	server := withDevices(t, keeping(func(func() time.Time) store.Marks { return away }))
	browser := server.NewBrowser(t)
	page := browser.Submit(browser.Visit("/device"), "user_code", "BBBB-BBBB")
	if page.URL.Path != "/login" || away.calls != 0 {
		t.Errorf("at %v, %d calls", page.URL, away.calls)
	}
	page = browser.Submit(page, "username", issuertest.Username, "password", issuertest.Password)
	if page.Status != http.StatusServiceUnavailable || away.calls != 1 {
		t.Errorf("status %d, %d calls:\n%s", page.Status, away.calls, page.Body)
	}
	if w := server.PostForm("/device_authorization", nil, asDesk); w.Code != http.StatusServiceUnavailable {
		t.Errorf("device authorization: status %d: %s", w.Code, w.Body)
	}
}

// keeping keeps marks in the store that newMarks makes.
func keeping(newMarks func(now func() time.Time) store.Marks) issuertest.Option {
	return issuertest.With(func(c *issuer.Config) {
		grants := memory.NewGrants(c.Now)
		c.Stores = map[string]store.Stores{registration.StorageKubernetes: {
			Grants: grants, Index: grants, Marks: newMarks(c.Now), Revocations: memory.NewRevocations(c.Now),
		}}
	})
}

// noMarks counts how often somebody asks for what is away.
type noMarks struct {
	store.Marks

	calls int
}

func (n *noMarks) Get(_ context.Context, _, _ string) (store.Mark, error) {
	n.calls++
	return store.Mark{}, store.ErrUnavailable
}

func (*noMarks) Put(context.Context, store.Mark) (store.Mark, error) {
	return store.Mark{}, store.ErrFull
}

// The question belongs to one browser, one login and one code: nobody else's answer counts (RFC 9700 section 4.7).
func TestDeviceForgery(t *testing.T) {
	server := withDevices(t)
	codes, other := begin(t, server), begin(t, server)
	browser := server.NewBrowser(t)
	question, others := open(t, browser, codes), open(t, browser, other)
	stolen := server.NewBrowser(t)
	open(t, stolen, other)
	flow, token := field(t, question, "flow"), field(t, question, "token")
	for _, tc := range []struct {
		name   string
		sender *issuertest.Browser
		form   url.Values
	}{
		{"another browser", stolen, issuertest.Form("flow", flow, "token", token, "decision", "allow")},
		{"no token", browser, issuertest.Form("flow", flow, "decision", "allow")},
		{"no token, to deny", browser, issuertest.Form("flow", flow, "decision", "deny")},
		{"the token of another code", browser, issuertest.Form("flow", flow, "token", field(t, others, "token"), "decision", "allow")},
		{"no flow of ours", browser, issuertest.Form("flow", "x", "token", token, "decision", "allow")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantPage(t, tc.sender.PostForm("/device", tc.form), http.StatusBadRequest)
			wantPoll(t, server, codes, http.StatusBadRequest, "authorization_pending")
		})
	}
	// An authorization request is no device, nor the other way round.
	page := browser.Visit(request())
	wantPage(t, browser.Visit("/device?flow="+page.URL.Query().Get("flow")), http.StatusBadRequest, "Please enter the code once more")
	wantPage(t, browser.Visit("/consent?flow="+flow), http.StatusBadRequest)
}

// field is what the first form of a page brings along.
func field(t *testing.T, page *issuertest.Page, name string) string {
	t.Helper()
	_, rest, found := strings.Cut(page.Body, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	if !found {
		t.Fatalf("no field %s:\n%s", name, page.Body)
	}
	return value
}

// Whoever is not the one who is logged in says so, and answers in their own name.
func TestDeviceOfSomebodyElse(t *testing.T) {
	server := withDevices(t)
	codes, browser := begin(t, server), server.NewBrowser(t)
	page := browser.Submit(open(t, browser, codes), "decision", "switch")
	if page.URL.Path != "/login" {
		t.Fatalf("at %v", page.URL)
	}
	page = browser.Submit(page, "username", "bob", "password", issuertest.Password)
	wantPage(t, page, http.StatusOK, "<bdi>bob</bdi>")
	browser.Submit(page, "decision", "allow")
	_, claims := claimsOf(t, server, wantPoll(t, server, codes, http.StatusOK, "")["access_token"].(string))
	if want := login.Subject(issuertest.Provider, "bob"); claims["sub"] != want {
		t.Errorf("sub %v, want %s", claims["sub"], want)
	}
}

// Two people with one code: the first answer is the answer.
func TestTwoAnswers(t *testing.T) {
	server := withDevices(t)
	codes := begin(t, server)
	first, second := server.NewBrowser(t), server.NewBrowser(t)
	one, two := open(t, first, codes), open(t, second, codes)
	wantPage(t, first.Submit(one, "decision", "allow"), http.StatusOK)
	wantPage(t, second.Submit(two, "decision", "deny"), http.StatusBadRequest, "No device is waiting")
	wantPoll(t, server, codes, http.StatusOK, "")
}

// The same at the same time, at two replicas: whoever comes second is told so.
func TestTwoAnswersAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		err    error
		status int
	}{
		"answered meanwhile": {store.ErrConflict, http.StatusBadRequest},
		"gone meanwhile":     {store.ErrNotFound, http.StatusBadRequest},
		"the store is away":  {store.ErrUnavailable, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			server := withDevices(t, keeping(func(now func() time.Time) store.Marks {
				return lateMarks{memory.NewMarks(now), tc.err}
			}))
			browser := server.NewBrowser(t)
			question := open(t, browser, begin(t, server))
			wantPage(t, browser.Submit(question, "decision", "allow"), tc.status)
		})
	}
}

// lateMarks takes no answer.
type lateMarks struct {
	store.Marks

	err error
}

func (l lateMarks) Update(context.Context, store.Mark) (store.Mark, error) {
	return store.Mark{}, l.err
}
