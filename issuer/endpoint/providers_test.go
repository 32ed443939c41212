package endpoint_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

const impossible = "Logging in is not possible at present"

// TestNobodyCanLogIn is the story of a users file that is not there, then damaged, then mended: what people see, what is told
// once, and what is reported.
func TestNobodyCanLogIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		news := 0
		server := issuertest.New(t, issuertest.People(), issuertest.With(func(c *issuer.Config) { c.HealthChanged = func() { news++ } }))
		ctx, end := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { server.Run(ctx) })
		defer running.Wait()
		defer end()
		expect := func(step string, told []string, report string) {
			t.Helper()
			synctest.Wait()
			if diff := cmp.Diff(told, toldOf(t, server)); diff != "" {
				t.Errorf("%s: told (-want +got):\n%s", step, diff)
			}
			if got := reported(server); got != report {
				t.Errorf("%s: reported %s, want %s", step, got, report)
			}
			gauge := map[bool]string{true: "0", false: "1"}[strings.Contains(report, "Unusable")]
			if text := server.Get("/metrics").Body.String(); !strings.Contains(text, `tokenwright_issuer_identity_provider_ready{provider="staff"} `+gauge) {
				t.Errorf("%s: the gauge is not %s", step, gauge)
			}
		}
		expect("well", nil, "staff Usable")
		first := server.NewBrowser(t)
		form := first.Visit(request())
		server.Registry.ForgetUsers("staff-users")
		gone := []string{"ERROR identity_provider.unusable staff UsersMissing"}
		expect("the Secret is gone", gone, "staff Unusable UsersMissing")
		for range 3 {
			browser := server.NewBrowser(t)
			page := browser.Visit(request())
			if page.Status != http.StatusServiceUnavailable || !strings.Contains(page.Body, impossible) || strings.Contains(page.Body, "password\"") {
				t.Errorf("status %d:\n%s", page.Status, page.Body)
			}
			if again := browser.Visit("/login?" + page.URL.RawQuery + "&provider=staff"); again.Status != http.StatusServiceUnavailable {
				t.Errorf("tried again: status %d", again.Status)
			}
		}
		if typed := first.Submit(form, "username", issuertest.Username, "password", issuertest.Password); typed.Status != http.StatusServiceUnavailable {
			t.Errorf("what was typed before: status %d", typed.Status)
		}
		expect("people come", gone, "staff Unusable UsersMissing")
		if err := server.Registry.UseUsers("staff-users", []byte("users: [")); err == nil {
			t.Fatal("a damaged file was taken")
		}
		damaged := append(gone, "ERROR identity_provider.unusable staff UsersNotAccepted")
		expect("it is damaged", damaged, "staff Unusable UsersNotAccepted")
		before := news
		server.UseUsers(t, issuertest.Users(t))
		mended := append(damaged, "INFO identity_provider.usable staff")
		expect("it is mended", mended, "staff Usable")
		logIn(t, server.NewBrowser(t), request())
		if err := server.Registry.UseUsers("staff-users", []byte("users: [")); err == nil {
			t.Fatal("a damaged file was taken")
		}
		expect("a damaged version later", mended, "staff Usable UsersNotAccepted")
		logIn(t, server.NewBrowser(t), request())
		time.Sleep(time.Hour) //nolint:forbidigo // the clock is the bubble's
		expect("nothing happens", mended, "staff Usable UsersNotAccepted")
		if news-before != 2 {
			t.Errorf("%d reports were asked for, want 2", news-before)
		}
		if at := server.Health()[0].LastLoginHour; at == nil || !at.Time.Equal(issuertest.Start.Truncate(time.Hour)) {
			t.Errorf("the last login was at %v", at)
		}
	})
}

// toldOf lists what the log says of identity providers.
func toldOf(t *testing.T, server *issuertest.Server) []string {
	t.Helper()
	var told []string
	for line := range strings.Lines(server.Log.String()) {
		var entry struct{ Level, Msg, Provider, Error string }
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(entry.Msg, "identity_provider.") {
			told = append(told, strings.TrimSpace(strings.Join([]string{entry.Level, entry.Msg, entry.Provider, entry.Error}, " ")))
		}
	}
	return told
}

// reported is what a report says, in short.
func reported(server *issuertest.Server) string {
	var parts []string
	for _, p := range server.Health() {
		parts = append(parts, strings.TrimSpace(strings.Join([]string{p.Name, string(p.Health), string(p.Fault)}, " ")))
	}
	return strings.Join(parts, ", ")
}

// TestChoiceOffersWhatWorks: with one of two providers away, the other one can be chosen; with both, the page says so.
func TestChoiceOffersWhatWorks(t *testing.T) {
	p := newPair(t)
	p.Registry.OnlyUpstreamSecrets(nil)
	page := p.NewBrowser(t).Visit(request())
	if page.Status != http.StatusOK || strings.Count(page.Body, `name="provider"`) != 1 || !strings.Contains(page.Body, "Elsewhere</bdi>: logging in is not possible") {
		t.Errorf("one of two: status %d:\n%s", page.Status, page.Body)
	}
	browser := p.NewBrowser(t)
	page = browser.Visit(request())
	page = browser.Visit("/login?" + page.URL.RawQuery + "&provider=" + issuertest.Provider)
	if page = browser.Submit(page, "username", issuertest.Username, "password", issuertest.Password); page.URL.Path != "/consent" {
		t.Errorf("by the other: status %d at %v", page.Status, page.URL)
	}
	p.Registry.OnlyUsers(nil)
	page = p.NewBrowser(t).Visit(request())
	if page.Status != http.StatusServiceUnavailable || !strings.Contains(page.Body, impossible) {
		t.Errorf("none: status %d:\n%s", page.Status, page.Body)
	}
	if got := reported(p.Server); got != "staff Unusable UsersMissing, elsewhere Unusable ClientSecretMissing" {
		t.Errorf("reported %s", got)
	}
}

// Before the watch has told of all Secrets, nobody says that one is missing.
func TestHealthWaitsForTheWatch(t *testing.T) {
	server := issuertest.New(t, issuertest.Bare())
	server.Registry.Configure(registration.IssuerConfig{
		URL: issuertest.URL, IdentityProviders: []registration.IdentityProvider{{Name: "staff", UsersSecret: "users"}},
	})
	server.UseRing(t, issuertest.NewRing(t, 1, "ES256"))
	if got := reported(server); got != "staff Unknown" {
		t.Errorf("at the start: %s", got)
	}
	server.Registry.PeopleTold()
	if got := reported(server); got != "staff Unusable UsersMissing" {
		t.Errorf("when all is known: %s", got)
	}
}
