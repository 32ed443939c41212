package endpoint_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
)

// from reaches a server without a network, from an address.
type from struct {
	http.Handler

	address string
}

// RoundTrip serves r.
func (f from) RoundTrip(r *http.Request) (*http.Response, error) {
	w, served := httptest.NewRecorder(), r.Clone(r.Context())
	served.RequestURI, served.RemoteAddr = r.URL.RequestURI(), f.address+":1234"
	if served.Body == nil {
		served.Body = http.NoBody
	}
	f.ServeHTTP(w, served)
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// browserAt opens a browser at an address.
func browserAt(t *testing.T, server *issuertest.Server, address string) *issuertest.Browser {
	t.Helper()
	return issuertest.NewBrowser(t, issuertest.URL, from{server.Handler, address})
}

// tryAt tries a password in a new browser at an address.
func tryAt(t *testing.T, server *issuertest.Server, address, username, password string) *issuertest.Page {
	t.Helper()
	return tryIn(t, browserAt(t, server, address), username, password)
}

func tryIn(t *testing.T, browser *issuertest.Browser, username, password string) *issuertest.Page {
	t.Helper()
	return browser.Submit(browser.Visit(request("prompt", "login")), "username", username, "password", password)
}

// attack tries passwords at an account, each from another address, until it has to wait.
func attack(t *testing.T, server *issuertest.Server, username string) *issuertest.Page {
	t.Helper()
	for i := range 100 {
		page := tryAt(t, server, fmt.Sprintf("198.51.100.%d", i), username, fmt.Sprint("guess ", i))
		if page.Status != http.StatusForbidden {
			return page
		}
	}
	t.Fatal("a hundred guesses from as many addresses")
	return nil
}

// guesses at one account wait, however many addresses they come from, and nobody learns whether somebody has it.
func TestGuessesFromEverywhere(t *testing.T) {
	for _, username := range []string{issuertest.Username, "nobody-has-this-name"} {
		server := issuertest.New(t, issuertest.People())
		for _, wait := range []string{"1", "2", "4", "8", "16", "32", "60", "60"} {
			page := attack(t, server, username)
			if page.Status != http.StatusTooManyRequests || page.Header.Get("Retry-After") != wait {
				t.Fatalf("%s: status %d, Retry-After %q, want 429 and %s", username, page.Status, page.Header.Get("Retry-After"), wait)
			}
			if !strings.Contains(page.Body, "Too many attempts at this account. Please wait ") {
				t.Errorf("%s: the page does not say how long to wait:\n%s", username, page.Body)
			}
			seconds, _ := time.ParseDuration(wait + "s")
			server.Clock.Step(seconds)
		}
	}
}

// Who was logged in before is not locked out by others, and the cookie that tells so is good for nothing else.
func TestOwnersAreNotLockedOut(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	alices, bobs := browserAt(t, server, "192.0.2.1"), browserAt(t, server, "192.0.2.2")
	for browser, username := range map[*issuertest.Browser]string{alices: issuertest.Username, bobs: "bob"} {
		if page := tryIn(t, browser, username, issuertest.Password); page.URL.Path != "/consent" {
			t.Fatalf("%s: at %v, status %d", username, page.URL, page.Status)
		}
	}
	familiar := browserAt(t, server, "192.0.2.3") // as alice's, when its session is over
	for _, cookie := range alices.Cookies() {
		if cookie.Name == login.FamiliarCookie {
			familiar.AddCookie(cookie)
		}
	}
	if answer := familiar.Visit(request("prompt", "none")).Answer(t); answer.Get("error") != "login_required" {
		t.Errorf("the cookie alone: %v", answer)
	}
	attack(t, server, issuertest.Username)
	for _, tc := range []struct {
		name    string
		browser *issuertest.Browser
		status  int
	}{
		{"a new browser", browserAt(t, server, "192.0.2.4"), http.StatusTooManyRequests},
		{"another's browser", bobs, http.StatusTooManyRequests},
		{"her browser", alices, http.StatusOK},
		{"her browser, without a session", familiar, http.StatusOK},
	} {
		if page := tryIn(t, tc.browser, issuertest.Username, issuertest.Password); page.Status != tc.status {
			t.Errorf("%s: status %d, want %d", tc.name, page.Status, tc.status)
		}
	}
	attack(t, server, "bob")
	server.UseUsers(t, changedPassword(t))
	if page := tryIn(t, bobs, "bob", "another horse"); page.Status != http.StatusTooManyRequests {
		t.Errorf("after a change of the password: status %d, want 429", page.Status)
	}
}

// changedPassword is the file of users with another password.
func changedPassword(t *testing.T) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte("another horse"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("users: [{username: bob, passwordHash: %s}]", hash)
}

// In her own browser, too, passwords are not tried for ever.
func TestGuessesInAFamiliarBrowser(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := browserAt(t, server, "192.0.2.1")
	tryIn(t, browser, issuertest.Username, issuertest.Password)
	var statuses []int
	for range login.PairBudget.Burst + 1 {
		statuses = append(statuses, tryIn(t, browser, issuertest.Username, "guess").Status)
	}
	if first, last := statuses[0], statuses[len(statuses)-1]; first != http.StatusForbidden || last != http.StatusTooManyRequests {
		t.Errorf("statuses %v", statuses)
	}
}

// Behind a proxy that is not trusted all come from one address: what costs no hash locks nobody out there.
func TestWhatCostsNoHashSpendsNothing(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	browser := server.NewBrowser(t)
	page := browser.Visit(request())
	for range 2 * login.SourceBudget.Burst {
		if got := browser.Submit(page, "username", issuertest.Username, "password", strings.Repeat("x", login.MaxPassword+1)); got.Status != http.StatusForbidden {
			t.Fatalf("a password that is too long: status %d", got.Status)
		}
		browser.Submit(page, "username", "mallory", "password", "x") // who has to wait soon
	}
	for _, username := range []string{issuertest.Username, "bob"} {
		if got := browser.Submit(page, "username", username, "password", issuertest.Password); got.URL.Path != "/consent" {
			t.Errorf("%s: at %v, status %d", username, got.URL, got.Status)
		}
		page = browser.Visit(request("prompt", "login"))
	}
}

// Who may read the log sees which account is attacked, and no name that is nobody's: it may be a password.
func TestRefusedLoginsNameTheAccount(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	for _, username := range []string{"ALICE", "hunter2", " Hunter2 ", "other"} {
		tryAt(t, server, "198.51.100.1", username, "hunter3")
	}
	attack(t, server, issuertest.Username)
	if text := server.Log.String(); strings.Contains(strings.ToLower(text), "hunter") {
		t.Errorf("the log shows what was typed:\n%s", text)
	}
	lines := refusedLogins(t, server)
	known, unknown, again, other, last := lines[0], lines[1], lines[2], lines[3], lines[len(lines)-1]
	want := refusedLogin{Account: issuertest.Username, Subject: issuertest.Subject, Cause: login.ErrCredentials.Error()}
	if known != want {
		t.Errorf("a known account: %+v, want %+v", known, want)
	}
	want.Cause = "too many attempts to log in to this account"
	if last != want {
		t.Errorf("an attack: %+v, want %+v", last, want)
	}
	if unknown.AccountHash == "" || unknown.Account+unknown.Subject != "" || unknown != again || unknown == other {
		t.Errorf("unknown ones: %+v\n%+v\n%+v", unknown, again, other)
	}
}

// refusedLogin is what the log says of one.
type refusedLogin struct{ Account, Subject, AccountHash, Cause string }

// refusedLogins reads them, in their order.
func refusedLogins(t *testing.T, server *issuertest.Server) []refusedLogin {
	t.Helper()
	var found []refusedLogin
	for line := range strings.Lines(server.Log.String()) {
		var entry struct {
			refusedLogin

			Message string `json:"msg"`
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Message == "login.refused" {
			found = append(found, entry.refusedLogin)
		}
	}
	return found
}

// A file whose hashes cost too much lets nobody log in, and says so; whoever is logged in stays.
func TestTooCostlyHashes(t *testing.T) {
	server := issuertest.New(t, issuertest.People(), issuertest.With(func(c *issuer.Config) { c.HashingMemory = 1 << 20 }))
	browser := server.NewBrowser(t)
	logIn(t, browser, request())
	server.Registry.ForgetUsers("staff-users")
	costly := "$argon2id$v=19$m=2048,t=1,p=1$c2FsdHNhbHRzYWx0MTIzNA$mU4Ul2/LiEGvVNCwmZc+/XUJFVsAQ79/5Lrc48iv3XI"
	file := issuertest.Users(t) + "\n- {username: carol, passwordHash: '" + costly + "'}\n"
	if err := server.Registry.UseUsers("staff-users", []byte(file)); err == nil {
		t.Fatal("a costly file was taken without a word")
	}
	page := server.NewBrowser(t).Visit(request())
	if page.Status != http.StatusServiceUnavailable || !strings.Contains(page.Body, "Logging in is not possible at present") {
		t.Errorf("status %d:\n%s", page.Status, page.Body)
	}
	if page := browser.Visit("/account"); page.Status != http.StatusOK {
		t.Errorf("whoever was logged in: status %d", page.Status)
	}
}

// However many try at the same time, one account has no more guesses than one after the other.
func TestGuessesAtTheSameTime(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	var (
		mu       sync.Mutex
		statuses = map[int]int{}
		all      sync.WaitGroup
	)
	pages := map[*issuertest.Browser]*issuertest.Page{}
	for i := range 30 {
		browser := browserAt(t, server, fmt.Sprintf("198.51.100.%d", i))
		pages[browser] = browser.Visit(request())
	}
	for browser, page := range pages {
		all.Go(func() {
			got := browser.Submit(page, "username", issuertest.Username, "password", "guess")
			mu.Lock()
			defer mu.Unlock()
			statuses[got.Status]++
		})
	}
	all.Wait()
	if statuses[http.StatusForbidden] != login.AccountDelay.Free || statuses[http.StatusTooManyRequests] != 30-login.AccountDelay.Free {
		t.Errorf("statuses %v", statuses)
	}
}
