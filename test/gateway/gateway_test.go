package gateway

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
)

// claims are those of somebody in so many groups with long names.
func claims(count int) map[string]any {
	groups := make([]string, count)
	for i := range groups {
		groups[i] = fmt.Sprintf("the-%03d-department-of-people-with-long-names", i)
	}
	return map[string]any{"name": "Alice Example", "email": "alice@example.org", "email_verified": true, "groups": groups}
}

// TestDocumentShowsTheExample keeps what people copy from the document the same as what is tested.
func TestDocumentShowsTheExample(t *testing.T) {
	document, err := os.ReadFile("../../docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	example, err := os.ReadFile("../../config/examples/gateway/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(document), "\n```nginx\n"+string(example)+"```\n") {
		t.Error("docs/deployment.md does not show config/examples/gateway/nginx.conf as it is")
	}
}

// People come by way of nginx, at its defaults, whatever is known of them elsewhere.
func TestLoginByWayOfNginx(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		for _, token := range []int{0, 100, 1500, 4000, 5000} {
			for _, groups := range []int{0, 5, 20, 200} {
				t.Run(fmt.Sprintf("%s, a token of %d bytes and %d groups", protocol, token, groups), func(t *testing.T) {
					w := newWorld(t, protocol)
					w.foreigner.Says(claims(groups), strings.Repeat("r", token))
					if groups == 200 {
						if page := w.logIn(t, w.browser.Visit(authorize())); page.Status != http.StatusInternalServerError ||
							!strings.Contains(page.Body, "cannot be used here yet") {
							t.Errorf("status %d:\n%s", page.Status, page.Body)
						}
						return
					}
					w.tour(t, groups)
				})
			}
		}
	}
}

// tour is what people do in some hours, each time with a session that is renewed.
func (w *world) tour(t *testing.T, groups int) {
	t.Helper()
	for range 20 {
		w.browser.Visit(authorize()) // unfinished logins
	}
	page := w.logIn(t, w.browser.Visit(authorize()))
	if page.Left == nil {
		page = w.browser.Submit(page, "decision", "allow")
	}
	if got := w.groups(t, page.Answer(t).Get("code")); len(got) != groups {
		t.Errorf("%d groups, want %d", len(got), groups)
	}
	w.issuer.Clock.Step(time.Hour)
	if got := w.groups(t, w.browser.Visit(authorize()).Answer(t).Get("code")); len(got) != groups {
		t.Errorf("another code: %d groups, want %d", len(got), groups)
	}
	w.issuer.Clock.Step(time.Hour)
	w.want(t, http.StatusOK, w.browser.Visit("/account"))
	w.want(t, http.StatusOK, w.browser.Visit(authorize("prompt", "login")))
	page = w.browser.PostForm("/authorize", issuertest.Form("client_id", issuertest.WebID, "redirect_uri", issuertest.WebRedirect,
		"login_hint", strings.Repeat("l", 3000)))
	w.want(t, http.StatusOK, page)
	page = w.browser.Visit("/logout")
	w.want(t, http.StatusOK, page)
	w.want(t, http.StatusOK, w.browser.Submit(page))
}

// A browser with all that it may have of ours asks for the longest page that there is.
func TestCookiesByWayOfNginx(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		w := newWorld(t, protocol)
		for range 40 {
			other := issuertest.NewBrowser(t, issuertest.URL, w.transport)
			other.Visit(authorize())
			w.browser.AddCookie(other.Cookies()[0])
		}
		w.want(t, http.StatusOK, w.browser.Visit(authorize("nonce", strings.Repeat("n", 512))))
	}
}

// The longest state comes back by way of nginx with the sizes that its example names, and with a refusal without them.
func TestLongStateByWayOfNginx(t *testing.T) {
	long := strings.Repeat("s", 2048)
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		w := newWorld(t, protocol, "# proxy_buffer", "proxy_buffer")
		w.foreigner.Says(claims(20), strings.Repeat("r", 1500))
		page := w.logIn(t, w.browser.Visit(authorize("state", long)))
		if page.Left == nil {
			page = w.browser.Submit(page, "decision", "allow")
		}
		if got := page.Answer(t); got.Get("state") != long || got.Get("code") == "" {
			t.Errorf("%s: %v", protocol, got)
		}
		w = newWorld(t, protocol)
		if got := w.browser.Visit(authorize("state", long+strings.Repeat("s", 900))).Answer(t); len(got.Get("state")) != 2948 {
			t.Errorf("%s: a state of %d characters comes back", protocol, len(got.Get("state")))
		}
		for _, size := range []int{300, 1000} { // that need neither
			w = newWorld(t, protocol)
			w.foreigner.Says(claims(20), strings.Repeat("r", 1500))
			page := w.logIn(t, w.browser.Visit(authorize("state", long[:size])))
			if answer := w.browser.Submit(page, "decision", "allow").Answer(t); len(answer.Get("state")) != size {
				t.Errorf("%s: %v", protocol, answer)
			}
		}
	}
}

// What is longer than the bound of 3 KiB and a bit does not pass, or all of this proves nothing.
func TestNginxIsStrict(t *testing.T) {
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		w := newWorld(t, protocol)
		for size, want := range map[int]int{3 << 10: http.StatusOK, 4 << 10: http.StatusBadGateway} {
			w.longest.Store(int64(size))
			w.want(t, want, w.browser.Visit("/long"))
		}
		if got := w.protocols(); !slices.Equal(got, []string{protocol}) {
			t.Errorf("spoken: %v, want %s", got, protocol)
		}
	}
}
