package endpoint_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

const heardAt = "https://web.example/heard?by=issuer"

// listener is the servers of all clients. It is safe for concurrent use.
type listener struct {
	mu     sync.Mutex
	heard  []*http.Request
	forms  []url.Values
	answer func(attempt int, r *http.Request) (int, error) // 200 when nil
}

// RoundTrip takes a request.
func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.heard, l.forms = append(l.heard, r), append(l.forms, form)
	attempt := len(l.heard)
	l.mu.Unlock()
	status := http.StatusOK
	if l.answer != nil {
		if status, err = l.answer(attempt, r); err != nil {
			return nil, err
		}
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Location": {"https://elsewhere.example/"}}, Body: http.NoBody, Request: r}, nil
}

// announcing is a server whose clients are at l, with a Web that listens.
func announcing(t *testing.T, l http.RoundTripper, options ...issuertest.Option) *issuertest.Server {
	t.Helper()
	server := issuertest.New(t, append(options, issuertest.People(), issuertest.With(func(c *issuer.Config) { c.Outbound = l }))...)
	web := issuertest.Web()
	web.BackchannelLogoutURI = heardAt
	server.Register(web)
	return server
}

// logOut ends the browser's session by Web's wish.
func logOut(t *testing.T, browser *issuertest.Browser, tokens map[string]any) {
	t.Helper()
	page := browser.Visit("/logout?" + issuertest.Form("id_token_hint", tokens["id_token"].(string)).Encode())
	if page.Status != http.StatusOK || !strings.Contains(page.Body, "You are logged out") {
		t.Fatalf("logout: status %d:\n%s", page.Status, page.Body)
	}
}

// events are those called name, of all that was logged.
func events(t *testing.T, server *issuertest.Server, name string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(server.Log.String()) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if event["msg"] == name {
			found = append(found, event)
		}
	}
	return found
}

// TestBackchannelLogout holds LO-08, LO-09 and LO-11: of the clients of the session, each that listens hears of its end
// once, also if all that it holds outlives the session.
func TestBackchannelLogout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clients := &listener{}
		server := announcing(t, clients)
		deaf := issuertest.Web()
		deaf.ClientID, deaf.Owner.UID = "shop.deaf", "uid-deaf"
		server.Register(deaf)
		browser := server.NewBrowser(t)
		online := redeem(t, server, logIn(t, browser, request()).Get("code"))
		page := browser.Visit(request("scope", "openid offline_access"))
		offline := redeem(t, server, browser.Submit(page, "decision", "allow").Answer(t).Get("code"))
		page = browser.Visit(request("client_id", "shop.deaf"))
		deafs := issuertest.Form("grant_type", "authorization_code", "code_verifier", verifier,
			"code", browser.Submit(page, "decision", "allow").Answer(t).Get("code"))
		if w := server.PostForm("/token", deafs, issuertest.Basic("shop.deaf", issuertest.WebSecret)); w.Code != http.StatusOK {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
		server.Clock.Step(time.Minute)
		logOut(t, browser, online)
		synctest.Wait()

		if len(clients.heard) != 1 {
			t.Fatalf("%d requests, want one", len(clients.heard))
		}
		heard, form := clients.heard[0], clients.forms[0]
		if heard.Method != http.MethodPost || heard.URL.String() != heardAt ||
			heard.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(form) != 1 {
			t.Errorf("%s %s, headers %v, form %v", heard.Method, heard.URL, heard.Header, form)
		}
		header, claims := claimsOf(t, server, form.Get("logout_token"))
		idHeader, id := claimsOf(t, server, online["id_token"].(string))
		if header.ExtraHeaders["typ"] != "logout+jwt" || header.Algorithm != idHeader.Algorithm || header.KeyID != idHeader.KeyID {
			t.Errorf("header %+v", header)
		}
		now := float64(server.Clock.Now().Unix())
		want := map[string]any{
			"iss": issuertest.URL, "aud": issuertest.WebID, "sub": issuertest.Subject, "sid": id["sid"],
			"iat": now, "exp": now + 120, "jti": claims["jti"],
			"events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}},
		}
		if diff := cmp.Diff(want, claims); diff != "" || claims["jti"] == "" {
			t.Errorf("claims (-want +got):\n%s", diff)
		}
		said := events(t, server, "logout.delivered")
		if len(said) != 1 || said[0]["clientID"] != issuertest.WebID || said[0]["tokenID"] != claims["jti"] || said[0]["sessionID"] != id["sid"] {
			t.Errorf("events %v", said)
		}
		for name, tc := range map[string]struct {
			tokens map[string]any
			lives  bool
		}{"online": {online, false}, "offline_access": {offline, true}} {
			w := server.PostForm("/token", issuertest.Form("grant_type", "refresh_token", "refresh_token", tc.tokens["refresh_token"].(string)),
				issuertest.Basic(issuertest.WebID, issuertest.WebSecret))
			if (w.Code == http.StatusOK) != tc.lives {
				t.Errorf("LO-11, %s: status %d: %s", name, w.Code, w.Body)
			}
		}
	})
}

// A client without refresh tokens listens as long as the session lasts, though its access token is long gone; one of the same
// name that came later has never heard of the session.
func TestBackchannelLogoutMuchLater(t *testing.T) {
	for name, later := range map[string]bool{"the same client": false, "one that came later": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clients := &listener{}
				server := announcing(t, clients)
				web := issuertest.Web()
				web.GrantTypes, web.RefreshToken, web.BackchannelLogoutURI = []string{"authorization_code"}, nil, heardAt
				server.Register(web)
				browser := server.NewBrowser(t)
				page := browser.Submit(browser.Visit(request()), "username", issuertest.Username, "password", issuertest.Password)
				if !strings.Contains(page.Body, "at most 1 day") {
					t.Errorf("people are not told how long the grant is kept:\n%s", page.Body)
				}
				tokens := redeem(t, server, browser.Submit(page, "decision", "allow").Answer(t).Get("code"))
				server.Clock.Step(7 * time.Hour)
				want := 1
				if later {
					other := *web
					other.Owner.UID, want = "uid-later", 0
					server.Register(&other)
				}
				logOut(t, browser, tokens)
				synctest.Wait()
				if len(clients.heard) != want {
					t.Errorf("%d requests, want %d", len(clients.heard), want)
				}
			})
		})
	}
}

var errAway = errors.New("connection refused")

// TestBackchannelOutcome holds LO-10: what is tried again and how often, while nobody waits for it.
func TestBackchannelOutcome(t *testing.T) {
	hang := func(r *http.Request) (int, error) {
		<-r.Context().Done()
		return 0, r.Context().Err()
	}
	statuses := func(all ...int) func(int, *http.Request) (int, error) {
		return func(attempt int, r *http.Request) (int, error) {
			switch status := all[min(attempt, len(all))-1]; status {
			case 0:
				return 0, &url.Error{Op: "Post", URL: heardAt, Err: errAway}
			case -1:
				return hang(r)
			default:
				return status, nil
			}
		}
	}
	for _, tc := range []struct {
		name      string
		statuses  []int // 0: no connection, -1: no answer
		attempts  int
		delivered bool
		within    time.Duration
	}{
		{"OK", []int{200}, 1, true, 0},
		{"no content", []int{204}, 1, true, 0},
		{"refused", []int{400}, 1, false, 0},
		{"not there", []int{404}, 1, false, 0},
		{"a redirect", []int{302}, 1, false, 0},
		{"in trouble, then well", []int{503, 200}, 2, true, time.Second},
		{"busy, then well", []int{429, 204}, 2, true, time.Second},
		{"away, then well", []int{0, 0, 200}, 3, true, 5 * time.Second},
		{"in trouble", []int{500}, 3, false, 5 * time.Second},
		{"slow", []int{-1}, 3, false, 20 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clients := &listener{answer: statuses(tc.statuses...)}
				server := announcing(t, clients)
				browser := server.NewBrowser(t)
				tokens := redeem(t, server, logIn(t, browser, request()).Get("code"))
				began := time.Now()
				logOut(t, browser, tokens)
				if waited := time.Since(began); waited > 0 {
					t.Errorf("the person waited for %v", waited)
				}
				server.Finish(t.Context())
				if took := time.Since(began); took != tc.within {
					t.Errorf("it took %v, want %v", took, tc.within)
				}
				jtis := map[any]bool{}
				for _, form := range clients.forms {
					_, claims := claimsOf(t, server, form.Get("logout_token"))
					jtis[claims["jti"]] = true
				}
				if len(clients.heard) != tc.attempts || len(jtis) != 1 {
					t.Errorf("%d requests with %d logout tokens, want %d with one", len(clients.heard), len(jtis), tc.attempts)
				}
				good, bad := events(t, server, "logout.delivered"), events(t, server, "logout.undelivered")
				if len(good)+len(bad) != 1 || (len(good) == 1) != tc.delivered {
					t.Fatalf("events %v and %v, want one: delivered %v", good, bad, tc.delivered)
				}
				if strings.Contains(server.Log.String(), "by=issuer") {
					t.Errorf("the client's URI is in the log: %s", server.Log)
				}
			})
		})
	}
}

// logInToMany logs the person at browser in to n clients of a namespace, which listen.
func logInToMany(t *testing.T, server *issuertest.Server, browser *issuertest.Browser, namespace string, n int) {
	t.Helper()
	for i := range n {
		client := issuertest.Web()
		client.ClientID, client.BackchannelLogoutURI = fmt.Sprintf("%s.web-%d", namespace, i), "https://"+namespace+".example/heard?by=issuer"
		client.Owner = registration.Owner{Namespace: namespace, Name: fmt.Sprint("web-", i), UID: client.ClientID}
		server.Register(client)
		page := browser.Visit(request("client_id", client.ClientID))
		if page.Left == nil {
			page = browser.Submit(page, "decision", "allow")
		}
		form := issuertest.Form("grant_type", "authorization_code", "code", page.Answer(t).Get("code"), "code_verifier", verifier)
		if w := server.PostForm("/token", form, issuertest.Basic(client.ClientID, issuertest.WebSecret)); w.Code != http.StatusOK {
			t.Fatalf("status %d: %s", w.Code, w.Body)
		}
	}
}

// LO-10: many clients are told beside each other, so many at a time, and the end of the server waits for them, but not for
// ever.
func TestBackchannelCrowd(t *testing.T) {
	const crowd, hands = 40, 16 // half of all, since they are of one namespace
	for name, patience := range map[string]time.Duration{"until all are told": time.Hour, "no longer than it may": 6 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var now, most, told atomic.Int64
				server := announcing(t, &listener{answer: func(_ int, r *http.Request) (int, error) {
					for here := now.Add(1); ; {
						if seen := most.Load(); here <= seen || most.CompareAndSwap(seen, here) {
							break
						}
					}
					defer now.Add(-1)
					slow, cancel := context.WithTimeout(r.Context(), 4*time.Second)
					defer cancel()
					<-slow.Done()
					told.Add(1)
					return http.StatusOK, nil
				}})
				browser := server.NewBrowser(t)
				tokens := redeem(t, server, logIn(t, browser, request()).Get("code"))
				logInToMany(t, server, browser, "shop", crowd-1)
				logOut(t, browser, tokens)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				began := time.Now()
				server.Finish(ctx)
				want, took := int64(crowd), 12*time.Second
				if patience < took {
					want, took = hands, patience
				}
				if time.Since(began) != took || told.Load() != want || most.Load() != hands {
					t.Errorf("after %v %d were told, at most %d at once; want %v, %d, %d", time.Since(began), told.Load(), most.Load(), took, want, hands)
				}
				server.Finish(t.Context())
			})
		})
	}
}

// roundTrip serves requests without a network.
type roundTrip struct{ http.Handler }

// RoundTrip serves r.
func (h roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	served := r.Clone(r.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	h.ServeHTTP(w, served)
	answer := w.Result()
	answer.Request = r
	return answer, nil
}

// LO-10: an issuer on a loopback address reaches a client beside it and follows it nowhere; any other issuer does not reach it.
func TestBackchannelReach(t *testing.T) {
	for _, tc := range []struct {
		issuer string
		status int
		heard  int64
		event  string
	}{
		{"https://localhost:8443", http.StatusOK, 1, "logout.delivered"},
		{"https://127.0.0.1", http.StatusTemporaryRedirect, 1, "logout.undelivered"},
		{"https://issuer.example", http.StatusOK, 0, "logout.undelivered"},
	} {
		t.Run(tc.issuer, func(t *testing.T) {
			var heard atomic.Int64
			client := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				heard.Add(1)
				w.Header().Set("Location", "/again")
				w.WriteHeader(tc.status)
			}))
			defer client.Close()
			server := announcing(t, nil, issuertest.AtURL(tc.issuer))
			web := issuertest.Web()
			web.BackchannelLogoutURI = client.URL + "/heard?by=issuer"
			server.Register(web)
			browser := issuertest.NewBrowser(t, tc.issuer, roundTrip{server.Handler})
			tokens := redeem(t, server, logIn(t, browser, request()).Get("code"))
			logOut(t, browser, tokens)
			server.Finish(t.Context())
			if heard.Load() != tc.heard || len(events(t, server, tc.event)) != 1 {
				t.Errorf("%d requests, want %d; log:\n%s", heard.Load(), tc.heard, server.Log)
			}
			if strings.Contains(server.Log.String(), "by=issuer") {
				t.Errorf("the client's URI is in the log: %s", server.Log)
			}
		})
	}
}
