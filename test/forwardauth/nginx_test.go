package forwardauth

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
)

func host(url string) string { return strings.TrimPrefix(url, "http://") }

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestNginx lets clients ask for orders by way of nginx.
func TestNginx(t *testing.T) {
	w := newWorld(t)
	const lacksWrite = `Bearer realm="tokenwright", error="insufficient_scope", ` +
		`error_description="the access token lacks scope orders:read orders:write", scope="orders:read orders:write"` + more
	read, both := "Bearer "+w.issuer.Token(t), "Bearer "+w.issuer.Token(t, "scope", "orders:read orders:write")
	for _, tc := range []struct {
		name, method, path, authorization string
		status                            int
		challenge                         string
	}{
		{"a good token", "GET", "/orders/1", read, 200, ""},
		{"a POST", "POST", "/orders", read, 200, ""},
		{"a DELETE", "DELETE", "/orders/1?force", read, 200, ""},
		{"no token", "GET", "/orders/1", "", 401, `Bearer realm="tokenwright"` + moreRead},
		{"a bad token", "GET", "/orders/1", read + "x", 401, w.invalidToken()},
		{"a scope too few", "GET", "/admin/", read, 403, lacksWrite},
		{"both scopes", "GET", "/admin/", both, 200, ""},
		{"a scope in the query", "GET", "/admin/?scope=orders:read", read, 403, lacksWrite},
		{"dots", "GET", "/orders/../admin/", read, 403, lacksWrite},
		{"escaped dots", "GET", "/orders/%2e%2e/admin/x", read, 403, lacksWrite},
		{"dots out of there", "GET", "/admin/../orders/1", read, 200, ""},
		{"what nginx itself asks", "GET", "/-/read", read, 404, ""},
		{"the guard's own path", "GET", "/verify", "", 401, `Bearer realm="tokenwright"` + moreRead},
		{"100 KB", "GET", "/orders/1", "Bearer " + strings.Repeat("a", 100<<10), 400, ""},
		{"8 KB", "GET", "/orders/1", "Bearer " + strings.Repeat("a", 8000), 401, w.invalidToken()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := w.ask(t, tc.method, tc.path, issuertest.Header("Authorization", tc.authorization))
			challenges := strings.Join(got.Header["Www-Authenticate"], " and ")
			if got.StatusCode != tc.status || challenges != tc.challenge {
				t.Errorf("status %d, challenge %q; want %d, %q", got.StatusCode, challenges, tc.status, tc.challenge)
			}
			if passed := w.arrived() != nil; passed != (tc.status == http.StatusOK) {
				t.Errorf("the application saw the request: %v", passed)
			}
		})
	}
}

// TestSmuggledHeaders has a client introduce itself to the application, in whatever spelling: the application hears the
// guard alone.
func TestSmuggledHeaders(t *testing.T) {
	w := newWorld(t)
	token := "Bearer " + w.issuer.Token(t)
	for _, name := range []string{"X-Auth-Subject", "x-auth-subject", "X_Auth_Subject", "X-Auth_Subject", "X-Auth-Client-Id", "X-Auth-Scope", "X-Auth-Expires"} {
		got := w.ask(t, "GET", "/orders/1", issuertest.Header("Authorization", token), func(r *http.Request) {
			r.Header[name] = []string{"root", "root"} // as it is spelled
		})
		seen := w.arrived()
		if got.StatusCode != http.StatusOK || seen == nil {
			t.Errorf("%s: status %d", name, got.StatusCode)
			continue
		}
		for header, want := range map[string]string{
			"X-Auth-Subject": issuertest.ClientID, "X-Auth-Client-Id": issuertest.ClientID, "X-Auth-Scope": "orders:read",
		} {
			if got := strings.Join(seen[header], ","); got != want {
				t.Errorf("%s: the application got %s %q, want %q", name, header, got, want)
			}
		}
		for header, values := range seen {
			if strings.Contains(strings.Join(values, ","), "root") {
				t.Errorf("%s: the application got %s %q", name, header, values)
			}
		}
	}
}

// TestSmuggledToken sends two tokens: the application must not get another one than the guard has seen.
func TestSmuggledToken(t *testing.T) {
	w := newWorld(t)
	good, other := "Bearer "+w.issuer.Token(t), "Bearer other"
	for _, tokens := range [][]string{{good, other}, {other, good}, {good, good}} {
		got := w.ask(t, "GET", "/orders/1", func(r *http.Request) { r.Header["Authorization"] = tokens })
		seen := w.arrived()
		if got.StatusCode == http.StatusOK && (len(seen["Authorization"]) != 1 || seen["Authorization"][0] != good) {
			t.Errorf("the application got %q", seen["Authorization"])
		}
	}
}

// TestGuardSeesTheTokenOnly keeps cookies and bodies from the guard. What nginx tells of the request replaces what a
// client sends by the same name.
func TestGuardSeesTheTokenOnly(t *testing.T) {
	w := newWorld(t)
	token := "Bearer " + w.issuer.Token(t)
	got := w.ask(t, "POST", "/orders?x", issuertest.Header("Authorization", token), issuertest.Header("Cookie", "session=1"),
		issuertest.Header("X-Original-Method", "OPTIONS"), issuertest.Header("X-Original-Url", "/free"))
	if got.StatusCode != http.StatusOK {
		t.Fatalf("status %d", got.StatusCode)
	}
	want := http.Header{"Authorization": {token}, "X-Original-Method": {"POST"}, "X-Original-Url": {"/orders?x"}}
	if diff := cmp.Diff(want, *w.asked.Load()); diff != "" {
		t.Errorf("what the guard got (-want +got):\n%s", diff)
	}
}

// TestOutage takes the issuer away: nginx answers 500, since it has no other word for a 503 of the guard, and lets
// nobody through. When the issuer is back, so is everything.
func TestOutage(t *testing.T) {
	w := newWorld(t)
	token := issuertest.Header("Authorization", "Bearer "+w.issuer.Token(t))
	for _, step := range []struct {
		name   string
		change func()
		want   int
	}{
		{"before", func() {}, 200},
		{"away", func() { w.away.Store(true) }, 500},
		{"back", func() { w.away.Store(false); w.issuer.Clock.Step(2e9) }, 200},
	} {
		step.change()
		got := w.ask(t, "GET", "/orders/1", token)
		if passed := w.arrived() != nil; got.StatusCode != step.want || passed != (step.want == 200) {
			t.Errorf("%s: status %d, the application saw it: %v; want %d", step.name, got.StatusCode, passed, step.want)
		}
	}
}
