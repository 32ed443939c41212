package hostile

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/test/stack/live"
)

// A flood of device requests: from so many addresses, so many of each, which is what one address may ask for at once.
const (
	floodSources = 60
	floodEach    = 20
	floodHands   = 16
)

// manyDevices floods a public client with device requests. Meanwhile somebody looks at the request of their own device, and
// another one begins.
func (s *street) manyDevices(t *testing.T, _ *world) {
	owner := s.browser(t, "192.0.2.50")
	s.cli.logIn(t, owner, carol)
	waits := s.device(t, "192.0.2.50")
	page := owner.Submit(owner.Visit("/device"), "user_code", waits.UserCode)
	began := time.Now()
	answers := s.flood(t)
	s.figures.note("devices", "answers to", floodSources*floodEach, "requests", answers, "in", time.Since(began).Round(100*time.Millisecond))

	later := s.device(t, "192.0.2.51")
	for name, each := range map[string]struct {
		device *oauth2.DeviceAuthResponse
		page   *issuertest.Page
	}{
		"a device that was looked at before":      {waits, page},
		"a device that came after all the others": {later, owner.Submit(owner.Visit("/device"), "user_code", later.UserCode)},
	} {
		if !strings.Contains(each.page.Body, `name="decision"`) {
			t.Errorf("%s: nobody is asked: status %d", name, each.page.Status)
			continue
		}
		owner.Submit(each.page, "decision", "allow")
		answer := s.postDevice(t, "192.0.2.50", "/token", "grant_type", grant.DeviceCode, "device_code", each.device.DeviceCode)
		if answer.Status != http.StatusOK {
			t.Errorf("%s: %s, want a token", name, answer.Says())
		}
	}
}

// device begins a request at an address; a zero value is none.
func (s *street) device(t *testing.T, source string) *oauth2.DeviceAuthResponse {
	t.Helper()
	codes := new(oauth2.DeviceAuthResponse)
	answer := s.postDevice(t, source, "/device_authorization", "scope", "orders:read")
	if err := json.Unmarshal(answer.Body, codes); err != nil || answer.Status != http.StatusOK {
		t.Errorf("a device at %s: %s", source, answer.Says())
	}
	return codes
}

func (s *street) postDevice(t *testing.T, source, path string, pairs ...string) live.Answer {
	t.Helper()
	answer, err := s.post(t.Context(), s.IssuerURL, source, path, pairs...)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// post sends a form of the command line to a replica, from an address.
func (s *street) post(ctx context.Context, base, source, path string, pairs ...string) (live.Answer, error) {
	form := issuertest.Form(append(pairs, "client_id", s.cli.ClientID)...)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return live.Answer{}, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("X-Forwarded-For", source)
	return s.Send(request)
}

// flood begins as many requests as it can, at both replicas, and counts what it was told.
func (s *street) flood(t *testing.T) map[int]int {
	t.Helper()
	next, count := make(chan int), map[int]int{}
	var mu sync.Mutex
	var running sync.WaitGroup
	for range floodHands {
		running.Go(func() {
			for i := range next {
				base := []string{s.IssuerURL, s.ReplicaURL}[i%2]
				answer, err := s.post(t.Context(), base, address(2000+i%floodSources), "/device_authorization", "scope", "orders:read")
				if err != nil {
					t.Errorf("request %d: %v", i, err)
				}
				mu.Lock()
				count[answer.Status]++
				mu.Unlock()
			}
		})
	}
	for i := range floodSources * floodEach {
		next <- i
	}
	close(next)
	running.Wait()
	return count
}
