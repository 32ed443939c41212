package forwardauth_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/forwardauth"
	"tokenwright.dev/issuer/issuertest"
)

// inProcess has a handler answer without a network between.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	arrived := r.Clone(r.Context())
	arrived.RequestURI = r.URL.RequestURI()
	w := httptest.NewRecorder()
	p.ServeHTTP(w, arrived)
	return w.Result(), nil
}

// BenchmarkVerify is the hot path of a guarded resource server: what the issuer alone does for an introspection, and
// what a guard makes of that, in one process.
func BenchmarkVerify(b *testing.B) {
	server := issuertest.New(b)
	token := server.Token(b)
	b.Run("introspection alone", func(b *testing.B) {
		body := url.Values{"token": {token}, "token_type_hint": {"access_token"}}.Encode()
		ask := func() (*http.Response, error) {
			r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, issuertest.URL+"/introspect", strings.NewReader(body))
			if err != nil {
				return nil, err
			}
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			issuertest.Basic(issuertest.GuardID, issuertest.GuardSecret)(r)
			return inProcess{server.Handler}.RoundTrip(r)
		}
		b.ReportAllocs()
		for b.Loop() {
			if answer, err := ask(); err != nil || answer.StatusCode != http.StatusOK {
				b.Fatalf("%v: %v", answer, err)
			}
		}
	})
	for name, cache := range map[string]time.Duration{"verify": 0, "verify, cached": time.Minute} {
		b.Run(name, func(b *testing.B) {
			guard := forwardauth.New(forwardauth.Config{
				Credentials: func(bool) (forwardauth.Credentials, error) {
					return forwardauth.Credentials{
						Issuer: issuertest.URL, ClientID: issuertest.GuardID, ClientSecret: issuertest.GuardSecret,
					}, nil
				},
				Transport: inProcess{server.Handler}, Cache: cache, Now: server.Clock.Now,
			})
			r := httptest.NewRequest(http.MethodGet, "/verify/scope/orders:read", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			b.ReportAllocs()
			for b.Loop() {
				w := httptest.NewRecorder()
				if guard.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatalf("status %d", w.Code)
				}
			}
		})
	}
}
