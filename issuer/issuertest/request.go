package issuertest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// ClientCredentials is the form that asks for a token with the default scopes.
var ClientCredentials = url.Values{"grant_type": {"client_credentials"}}

// Form is a form of pairs: name, value, name, value.
func Form(pairs ...string) url.Values {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return form
}

// Request changes a request before it is sent.
type Request func(*http.Request)

// Basic authenticates a request by client_secret_basic (RFC 6749 section 2.3.1).
func Basic(id, secret string) Request {
	return func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(id), url.QueryEscape(secret)) }
}

// Anonymous removes what authenticates a request.
func Anonymous(r *http.Request) { r.Header.Del("Authorization") }

// Header sets a header.
func Header(name, value string) Request {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

// PostForm posts form to path as Client, unless changes say otherwise.
func (s *Server) PostForm(path string, form url.Values, changes ...Request) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	Basic(ClientID, ClientSecret)(r)
	return s.Do(r, changes...)
}

// Introspect asks for token as Guard, unless changes say otherwise.
func (s *Server) Introspect(token string, changes ...Request) *httptest.ResponseRecorder {
	return s.PostForm("/introspect", Form("token", token), append([]Request{Basic(GuardID, GuardSecret)}, changes...)...)
}

// Get asks for path.
func (s *Server) Get(path string, changes ...Request) *httptest.ResponseRecorder {
	return s.Do(httptest.NewRequest(http.MethodGet, path, nil), changes...)
}

// Do serves r.
func (s *Server) Do(r *http.Request, changes ...Request) *httptest.ResponseRecorder {
	for _, change := range changes {
		change(r)
	}
	w := httptest.NewRecorder()
	s.Handler.ServeHTTP(w, r)
	return w
}

// Token gets an access token as Client.
func (s *Server) Token(tb testing.TB, pairs ...string) string {
	tb.Helper()
	form := Form(pairs...)
	form.Set("grant_type", "client_credentials")
	w := s.PostForm("/token", form)
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		tb.Fatalf("no token: status %d: %s", w.Code, w.Body)
	}
	return answer.AccessToken
}

// JSON decodes the body of an answer.
func JSON(tb testing.TB, w *httptest.ResponseRecorder) map[string]any {
	tb.Helper()
	var members map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &members); err != nil {
		tb.Fatalf("status %d, no JSON object: %s", w.Code, w.Body)
	}
	return members
}
