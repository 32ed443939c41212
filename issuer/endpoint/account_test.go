package endpoint_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/memory"
)

// crowded is a server whose store holds count grants of Username, one given each second up to now.
func crowded(t *testing.T, count int) *issuertest.Server {
	t.Helper()
	var grants *memory.Grants
	server := issuertest.New(t, issuertest.People(), issuertest.With(func(c *issuer.Config) {
		grants = memory.NewGrants(c.Now)
		c.Stores = map[string]store.Stores{registration.StorageKubernetes: {
			Grants: grants, Index: grants, Marks: memory.NewMarks(c.Now), Revocations: memory.NewRevocations(c.Now),
		}}
	}))
	for i := range count {
		given := issuertest.Start.Add(time.Duration(i-count) * time.Second)
		_, err := grants.Create(t.Context(), store.Grant{
			ID: fmt.Sprintf("grant%05d", i), Client: store.Client{ID: "shop.web", UID: fmt.Sprint("uid-", i%100)},
			Subject: issuertest.Subject, Provider: issuertest.Provider, Scopes: []string{"openid", "orders:read", "orders:write"}, Resources: []string{issuertest.Audience},
			CreatedAt: given, LastUsed: given, Expires: issuertest.Start.Add(720 * time.Hour), Sequence: 1,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return server
}

// One page costs the same however many grants there are, and all can be reached.
func TestAccountPages(t *testing.T) {
	server := crowded(t, 4000)
	browser := server.NewBrowser(t)
	logIn(t, browser, request())
	const pageBytes = 64 << 10
	shown := func(path string, pages string, first, last int) *issuertest.Page {
		t.Helper()
		page := browser.Visit(path)
		wantPage(t, page, http.StatusOK, pages, fmt.Sprintf(`value="grant%05d"`, first), fmt.Sprintf(`value="grant%05d"`, last))
		if count := strings.Count(page.Body, `name="grant"`); count != first-last+1 || len(page.Body) > pageBytes {
			t.Errorf("%s: %d grants in %d bytes, want %d in at most %d", path, count, len(page.Body), first-last+1, pageBytes)
		}
		t.Logf("%s: %d bytes", path, len(page.Body))
		return page
	}
	shown("/account", "Page 1 of 80.", 3999, 3950)
	shown("/account?page=2", "Page 2 of 80.", 3949, 3900)
	shown("/account?page=80", "Page 80 of 80.", 49, 0)
	for _, beyond := range []string{"81", "9999"} {
		shown("/account?page="+beyond, "Page 80 of 80.", 49, 0)
	}
	for _, nonsense := range []string{"0", "-1", "x", "10001", "99999999999999999999", ""} {
		shown("/account?page="+nonsense, "Page 1 of 80.", 3999, 3950)
	}
	page := browser.Submit(browser.Visit("/account?page=2"), "grant", "grant03920")
	wantPage(t, page, http.StatusOK, "The access was removed.", "Page 2 of 80.", `value="grant03899"`)
	if strings.Contains(page.Body, "grant03920") {
		t.Error("it is still there")
	}
}

// Of one person's grants for one client the least recently used makes way, which the log and the metrics tell; two browsers
// and a refresh go on.
func TestGrantsMakeWay(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	first := redeem(t, server, logIn(t, browser, request()).Get("code"))
	again := func() map[string]any {
		server.Clock.Step(time.Second)
		return redeem(t, server, browser.Visit(request()).Answer(t).Get("code"))
	}
	second := again()
	for range grant.MaxOfPersonAndClient - 2 {
		again()
	}
	if w := server.Introspect(first["access_token"].(string)); !strings.Contains(w.Body.String(), `"active":true`) || strings.Contains(server.Log.String(), `"grant.evicted"`) {
		t.Fatalf("below the limit: %s", w.Body)
	}
	again()
	if w := server.Introspect(first["access_token"].(string)); w.Body.String() != `{"active":false}` {
		t.Errorf("the first: %s", w.Body)
	}
	if w := server.Introspect(second["access_token"].(string)); !strings.Contains(w.Body.String(), `"active":true`) {
		t.Errorf("the second: %s", w.Body)
	}
	id, _, _ := strings.Cut(accessID(t, server, first), ".")
	line := fmt.Sprintf(`"msg":"grant.evicted","clientID":%q,"grantID":%q`, issuertest.WebID, id)
	if log := server.Log.String(); strings.Count(log, "grant.evicted") != 1 || !strings.Contains(log, line) || !strings.Contains(log, issuertest.Subject) {
		t.Errorf("not in the log: %s", line)
	}
	if metrics := server.Get("/metrics").Body.String(); !strings.Contains(metrics, `tokenwright_issuer_evictions_total{kind="grant"} 1`) {
		t.Error("not counted")
	}
}

// A person whose browser asks for codes without end has to wait, and nobody else.
func TestCodesOfOnePersonAreThrottled(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	alice := server.NewBrowser(t)
	redeem(t, server, logIn(t, alice, request()).Get("code"))
	for i := range 99 {
		if answer := alice.Visit(request()).Answer(t); answer.Get("code") == "" {
			t.Fatalf("code %d: %v", i, answer)
		}
	}
	if answer := alice.Visit(request()).Answer(t); answer.Get("error") != "temporarily_unavailable" || answer.Get("state") == "" {
		t.Errorf("one too many: %v", answer)
	}
	bob := server.NewBrowser(t)
	page := bob.Submit(bob.Visit(request()), "username", "bob", "password", issuertest.Password)
	if answer := bob.Submit(page, "decision", "allow").Answer(t); answer.Get("code") == "" {
		t.Errorf("somebody else: %v", answer)
	}
	server.Clock.Step(time.Second)
	if answer := alice.Visit(request()).Answer(t); answer.Get("code") == "" {
		t.Errorf("a second later: %v", answer)
	}
}
