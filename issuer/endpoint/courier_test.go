package endpoint_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"tokenwright.dev/issuer/endpoint"
	"tokenwright.dev/issuer/fair"
	"tokenwright.dev/issuer/issuertest"
)

// silent is a listener where all clients are well but those of the namespace noisy, which never answer. It is told of
// each request to one that is well.
func silent(well func(r *http.Request)) *listener {
	return &listener{answer: func(_ int, r *http.Request) (int, error) {
		if r.URL.Host == "noisy.example" {
			<-r.Context().Done()
			return 0, r.Context().Err()
		}
		well(r)
		return http.StatusOK, nil
	}}
}

// Clients that never answer delay their own namespace's notices and nobody else's, at whatever moment these come: while
// the noise is tried, and while it pauses.
func TestBackchannelNoise(t *testing.T) {
	const noisy = 32
	for _, after := range []time.Duration{0, 3 * time.Second, 5*time.Second + 1, 6 * time.Second, 11 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told time.Time
				server := announcing(t, silent(func(*http.Request) { told = time.Now() }))
				noise, quiet := server.NewBrowser(t), server.NewBrowser(t)
				noises := redeem(t, server, logIn(t, noise, request()).Get("code"))
				logInToMany(t, server, noise, "noisy", noisy)
				tokens := redeem(t, server, logIn(t, quiet, request()).Get("code"))
				logOut(t, noise, noises)
				<-time.After(after)
				synctest.Wait()
				told = time.Time{}
				began := time.Now()
				logOut(t, quiet, tokens)
				synctest.Wait()
				if told.IsZero() || told.Sub(began) != 0 {
					t.Errorf("another team's notice has not left at once: %v", told)
				}
				server.Finish(t.Context())
				if undelivered := len(events(t, server, "logout.undelivered")); undelivered != noisy {
					t.Errorf("%d undelivered, want %d", undelivered, noisy)
				}
				if waiting := waitingNotices(server); waiting != "0" {
					t.Errorf("%s wait in the end", waiting)
				}
			})
		})
	}
}

// waitingNotices is what the metric says.
func waitingNotices(server *issuertest.Server) string {
	_, rest, _ := strings.Cut(server.Get("/metrics").Body.String(), "\ntokenwright_issuer_logout_notices_waiting ")
	waiting, _, _ := strings.Cut(rest, "\n")
	return waiting
}

// When there is no room for more, the namespace that has the most waiting loses what it tried in vain first. That is told
// and counted.
func TestBackchannelOverflow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard atomic.Int32
		server := announcing(t, silent(func(*http.Request) { heard.Add(1) }))
		endpoint.LimitNotices(server.Handler.(*endpoint.Server), fair.Limits{Waiting: 4, WaitingPerOwner: 3, Hands: 4})
		browser := server.NewBrowser(t)
		tokens := redeem(t, server, logIn(t, browser, request()).Get("code"))
		logInToMany(t, server, browser, "noisy", 8)
		logInToMany(t, server, browser, "calm", 2)
		logOut(t, browser, tokens)
		synctest.Wait()
		if heard.Load() != 3 {
			t.Errorf("%d were heard at once, want all 3 that are well", heard.Load())
		}
		server.Finish(t.Context())
		crowded := 0
		undelivered := events(t, server, "logout.undelivered")
		for _, event := range undelivered {
			if !strings.HasPrefix(event["clientID"].(string), "noisy.") {
				t.Errorf("%v was given up", event["clientID"])
			}
			if event["cause"] == "too many other clients are being told" {
				crowded++
			}
		}
		// Two are under way at first and three wait: how many of the eight are dropped depends on the order in which they come.
		if len(undelivered) != 8 || crowded < 3 {
			t.Errorf("%d undelivered, %d of them dropped, want 8 and at least 3", len(undelivered), crowded)
		}
		metrics := server.Get("/metrics").Body.String()
		for outcome, want := range map[string]int{"delivered": 3, "dropped": crowded, "undelivered": 8 - crowded} {
			if line := fmt.Sprintf("tokenwright_issuer_logout_notices_total{outcome=%q} %d\n", outcome, want); !strings.Contains(metrics, line) {
				t.Errorf("no line %s", line)
			}
		}
	})
}
