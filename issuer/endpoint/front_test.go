package endpoint_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// The issuer's own address names it and its documents, all of which are there; a host that it shares keeps its root.
func TestFrontPage(t *testing.T) {
	people := []issuertest.Option{issuertest.People()}
	for _, tc := range []struct {
		issuer       string
		options      []issuertest.Option
		found, other []string // paths
		names        []string
	}{
		{"https://issuer.example", people, []string{"/"}, []string{"//", "/index.html"}, []string{
			"https://issuer.example/.well-known/oauth-authorization-server", "https://issuer.example/.well-known/openid-configuration",
			"https://issuer.example/jwks", `href="/account"`,
		}},
		{"https://issuer.example", nil, []string{"/"}, nil, []string{"https://issuer.example/jwks"}},
		{"https://shared.example/t1", people, []string{"/t1", "/t1/"}, []string{"/", "/t1//", "/t2"}, []string{
			"https://shared.example/.well-known/oauth-authorization-server/t1", "https://shared.example/t1/.well-known/openid-configuration",
			"https://shared.example/t1/jwks", `href="/t1/account"`,
		}},
	} {
		server := issuertest.New(t, append(tc.options, issuertest.AtURL(tc.issuer))...)
		for _, path := range tc.found {
			w := server.Get(path, issuertest.Header("Accept", "application/json"))
			body := w.Body.String()
			for _, want := range append(tc.names, "The issuer is <code>"+tc.issuer+"</code>") {
				if !strings.Contains(body, want) {
					t.Errorf("%s of %s does not name %s:\n%s", path, tc.issuer, want, body)
				}
			}
			wantFrontHeaders(t, w)
			for _, place := range places(body) {
				if got := server.Get(place).Code; got != http.StatusOK && got != http.StatusBadRequest { // no session
					t.Errorf("%s of %s refers to %s, which answers %d", path, tc.issuer, place, got)
				}
			}
			head := server.Do(httptest.NewRequest(http.MethodHead, path, nil))
			if head.Code != http.StatusOK || head.Header().Get("Content-Type") != w.Header().Get("Content-Type") {
				t.Errorf("HEAD %s: status %d, %v", path, head.Code, head.Header())
			}
		}
		for _, path := range tc.other {
			if w := server.Get(path); w.Code != http.StatusNotFound {
				t.Errorf("%s of %s: status %d", path, tc.issuer, w.Code)
			}
		}
	}
}

func wantFrontHeaders(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	for header, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "Strict-Transport-Security": "max-age=31536000", "Access-Control-Allow-Origin": "",
	} {
		if got := w.Header().Get(header); w.Code != http.StatusOK || got != want {
			t.Errorf("status %d, %s: %q, want %q", w.Code, header, got, want)
		}
	}
	if policy := w.Header().Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("Content-Security-Policy: %q", policy)
	}
}

// places are the paths that a page refers to.
func places(body string) []string {
	var out []string
	for _, part := range strings.Split(body, `href="`)[1:] {
		address, _, _ := strings.Cut(part, `"`)
		if _, rest, found := strings.Cut(address, "://"); found {
			_, path, _ := strings.Cut(rest, "/")
			address = "/" + path
		}
		out = append(out, address)
	}
	return out
}

// The page is in the dress of the issuer where nobody logs in, too, and asks nothing of the request.
func TestFrontPageIgnoresTheRequest(t *testing.T) {
	server := issuertest.New(t)
	server.Registry.Configure(registration.IssuerConfig{
		URL: issuertest.URL, Algorithms: []string{"ES256"}, Branding: registration.Branding{Name: "Example Corp"},
	})
	first := server.Get("/")
	second := server.Get("/?issuer=https://evil.example", issuertest.Header("X-Forwarded-Host", "evil.example"))
	if first.Body.String() != second.Body.String() || !strings.Contains(first.Body.String(), "Example Corp") {
		t.Errorf("%s\n%s", first.Body, second.Body)
	}
	if w := issuertest.New(t, issuertest.Bare()).Get("/"); w.Code != http.StatusServiceUnavailable {
		t.Errorf("before there is a configuration: status %d", w.Code)
	}
}
