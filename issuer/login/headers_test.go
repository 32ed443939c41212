package login_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
)

const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"

func headersOf(tb testing.TB, s sample) http.Header {
	tb.Helper()
	w := httptest.NewRecorder()
	page := s.page(tb, "benign")
	page.Write(w, http.StatusTeapot)
	if w.Code != http.StatusTeapot || w.Body.String() != string(page.Body) {
		tb.Errorf("%s: status %d, %d bytes", s.name, w.Code, w.Body.Len())
	}
	return w.Header()
}

// every page comes with all headers.
func TestPageHeaders(t *testing.T) {
	stay := policy + "; form-action 'self'"
	policies := map[string]string{"error": stay, "account": stay, "account-empty": stay, "account-middle": stay, "signedout": stay, "front": stay, "front-without-people": stay,
		"answered": stay, "answered-denied": stay}
	for _, s := range samples {
		if s.name == "formpost" {
			continue // see TestFormPostPolicy
		}
		t.Run(s.name, func(t *testing.T) {
			want := http.Header{
				"Content-Type":               {"text/html; charset=utf-8"},
				"Content-Security-Policy":    {policy},
				"X-Frame-Options":            {"DENY"},
				"Referrer-Policy":            {"no-referrer"},
				"X-Content-Type-Options":     {"nosniff"},
				"Cache-Control":              {"no-store"},
				"Cross-Origin-Opener-Policy": {"same-origin"},
			}
			if other, ok := policies[s.name]; ok {
				want.Set("Content-Security-Policy", other)
			}
			if diff := cmp.Diff(want, headersOf(t, s)); diff != "" {
				t.Errorf("headers (-want +got):\n%s", diff)
			}
		})
	}
}

// The one script that runs is the one that was sent.
func TestFormPostPolicy(t *testing.T) {
	s := samples[len(samples)-1]
	script := parse(t, s.page(t, "benign").Body).texts("script")[0]
	sum := sha256.Sum256([]byte(script))
	want := policy + "; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if got := headersOf(t, s).Get("Content-Security-Policy"); got != want {
		t.Errorf("policy %s, want %s", got, want)
	}
}

func TestAssets(t *testing.T) {
	pages := newPages(t, "")
	for _, tc := range []struct {
		name      string
		asset     *login.Asset
		mediaType string
	}{
		{"style", pages.Style(), "text/css; charset=utf-8"},
		{"logo", pages.Logo(), "image/svg+xml"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			first := get(tc.asset, "")
			if first.Code != http.StatusOK || first.Body.String() != string(tc.asset.Body) {
				t.Errorf("status %d, %d bytes", first.Code, first.Body.Len())
			}
			h := first.Header()
			if h.Get("Content-Type") != tc.mediaType || h.Get("X-Content-Type-Options") != "nosniff" ||
				!strings.HasSuffix(h.Get("Content-Security-Policy"), "; sandbox") || strings.Contains(h.Get("Cache-Control"), "no-store") {
				t.Errorf("headers %v", h)
			}
			if again := get(tc.asset, h.Get("ETag")); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
				t.Errorf("with its ETag: status %d, %d bytes", again.Code, again.Body.Len())
			}
		})
	}
}

func get(asset *login.Asset, etag string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	if etag != "" {
		r.Header.Set("If-None-Match", etag)
	}
	asset.ServeHTTP(w, r)
	return w
}
