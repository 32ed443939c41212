package hostile

import (
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
)

// mostGuesses is how many guesses at one account a replica looks at, from wherever, before it asks for patience.
const mostGuesses = 100

// guesses tries passwords of one account, each from an address of its own, until somebody says to wait. Whoever has logged
// in to that account before does not notice.
func (s *street) guesses(t *testing.T, _ *world) {
	home := s.browser(t, "192.0.2.10")
	s.web.logIn(t, home, carol)
	waits := 0
	for i := range mostGuesses {
		page := s.guess(t, i)
		if page.Status != http.StatusTooManyRequests {
			continue
		}
		waits = i
		seconds, err := strconv.Atoi(page.Header.Get("Retry-After"))
		if err != nil || seconds < 1 || seconds > 60 {
			t.Errorf("Retry-After is %q, want 1 to 60 seconds", page.Header.Get("Retry-After"))
		}
		break
	}
	s.figures.note("guesses", "at one account, from as many addresses", waits, "before 429")
	if waits == 0 {
		t.Errorf("%d guesses at one account were looked at", mostGuesses)
	}
	page, _ := s.web.begin(home, oauth2.SetAuthURLParam("prompt", "login"))
	page = home.Submit(page, "username", carol, "password", password)
	if page.Status == http.StatusTooManyRequests || page.Left == nil && strings.Contains(page.Body, `name="password"`) {
		t.Errorf("who was logged in there before is asked again: status %d", page.Status)
	}
}

// guess tries one password from a browser that nobody has used.
func (s *street) guess(t *testing.T, i int) *issuertest.Page {
	t.Helper()
	stranger := s.browser(t, address(i))
	page, _ := s.web.begin(stranger)
	return stranger.Submit(page, "username", carol, "password", "guess "+strconv.Itoa(i))
}

// costsNothing sends from one address, as an office or a gateway has, passwords that are too long to be looked at.
func (s *street) costsNothing(t *testing.T, _ *world) {
	const office = "192.0.2.20"
	noise := s.browser(t, office)
	form, _ := s.web.begin(noise)
	long := strings.Repeat("x", login.MaxPassword+1)
	for i := range login.SourceBudget.Burst + 10 {
		noise.Submit(form, "username", "nobody-"+strconv.Itoa(i), "password", long)
	}
	colleague := s.browser(t, office)
	page, _ := s.web.begin(colleague)
	if page = colleague.Submit(page, "username", bob, "password", password); page.Status == http.StatusTooManyRequests {
		t.Error("somebody else at that address has to wait")
	}
}

// strangers is how many log in at the same moment.
const strangers = 24

// manyPasswords lets strangers try accounts that nobody has, at one replica, all at once.
func (s *street) manyPasswords(t *testing.T, _ *world) {
	before := memory(t, s.Issuer.PID, "VmHWM")
	var ready []func() *issuertest.Page
	for i := range strangers {
		stranger := s.browser(t, address(1000+i))
		page, _ := s.web.begin(stranger)
		ready = append(ready, func() *issuertest.Page {
			return stranger.Submit(page, "username", "nobody-"+strconv.Itoa(i), "password", "a guess")
		})
	}
	answers := make([]int, strangers)
	var running sync.WaitGroup
	for i, submit := range ready {
		running.Go(func() { answers[i] = submit().Status })
	}
	running.Wait()
	count := map[int]int{}
	for _, status := range answers {
		count[status]++
	}
	peak := memory(t, s.Issuer.PID, "VmHWM")
	s.figures.note("passwords", "peak of the issuer, before and after", before>>20, peak>>20, "MiB; answers", count)
	if peak > podMemory {
		t.Errorf("%d logins at once took the issuer from %d to %d MiB, and its Pod has %d", strangers, before>>20, peak>>20, podMemory>>20)
	}
	if count[0] > 0 || count[http.StatusInternalServerError] > 0 {
		t.Errorf("answers by status: %v, want each of them told to try again, or that it was wrong", count)
	}
}
