package endpoint_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registry"
)

// claimsOf verifies a token by another implementation than ours, with a key from the key set endpoint.
func claimsOf(t *testing.T, server *issuertest.Server, token string) (jose.Header, map[string]any) {
	t.Helper()
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(server.Get("/jwks").Body.Bytes(), &set); err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.ES256, jose.RS256, jose.EdDSA})
	if err != nil {
		t.Fatalf("%v: %s", err, token)
	}
	header := parsed.Headers[0]
	matching := set.Key(header.KeyID)
	if len(matching) != 1 {
		t.Fatalf("%d keys with kid %q", len(matching), header.KeyID)
	}
	var claims map[string]any
	if err := parsed.Claims(matching[0].Key, &claims); err != nil {
		t.Fatalf("%v: %s", err, token)
	}
	return header, claims
}

func TestToken(t *testing.T) {
	for _, algorithm := range []string{keys.ES256, keys.RS256, keys.EdDSA} {
		t.Run("AT-02 "+algorithm, func(t *testing.T) {
			server := issuertest.New(t, issuertest.Signing(algorithm))
			w := server.PostForm("/token", issuertest.ClientCredentials)
			answer := issuertest.JSON(t, w)
			header, claims := claimsOf(t, server, answer["access_token"].(string))
			if diff := cmp.Diff(map[string]any{
				"token_type": "Bearer", "expires_in": 600.0, "scope": "orders:read", "access_token": answer["access_token"],
			}, answer); diff != "" || w.Code != http.StatusOK {
				t.Errorf("TK-01, TK-12: status %d, answer (-want +got):\n%s", w.Code, diff)
			}
			if cc, ct := w.Header().Get("Cache-Control"), w.Header().Get("Content-Type"); cc != "no-store" || ct != "application/json" {
				t.Errorf("X-02, X-03: Cache-Control %q, Content-Type %q", cc, ct)
			}
			if header.Algorithm != algorithm || header.ExtraHeaders["typ"] != "at+jwt" || header.JSONWebKey != nil {
				t.Errorf("AT-01, AT-15: header %+v", header)
			}
			id, _ := claims["jti"].(string)
			if len(id) < 22 {
				t.Errorf("AT-03: jti %q", id)
			}
			if diff := cmp.Diff(map[string]any{
				"iss": issuertest.URL, "sub": issuertest.ClientID, "client_id": issuertest.ClientID, "aud": issuertest.Audience,
				"scope": "orders:read", "jti": id,
				"iat": float64(issuertest.Start.Unix()), "exp": float64(issuertest.Start.Add(10 * time.Minute).Unix()),
			}, claims); diff != "" {
				t.Errorf("AT-03, AT-04, AT-06, AT-15: claims (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTokenByRequest(t *testing.T) {
	for _, tc := range []struct {
		name     string
		form     url.Values
		change   issuertest.Request
		scope    string
		audience any
	}{
		{"CA-01 Basic", issuertest.Form(), nil, "orders:read", issuertest.Audience},
		{"CA-02 post", issuertest.Form("client_id", issuertest.ClientID, "client_secret", issuertest.ClientSecret), issuertest.Anonymous, "orders:read", issuertest.Audience},
		{"a scope", issuertest.Form("scope", "orders:write"), nil, "orders:write", issuertest.Audience},
		{"two scopes", issuertest.Form("scope", "orders:write orders:read"), nil, "orders:write orders:read", issuertest.Audience},
		{"X-06 empty scope", issuertest.Form("scope", ""), nil, "orders:read", issuertest.Audience},
		{"X-05 unknown parameter", issuertest.Form("shoe_size", "47"), nil, "orders:read", issuertest.Audience},
		{"AT-04 a resource", issuertest.Form("resource", "https://stock.example"), nil, "orders:read", "https://stock.example"},
		{"AT-04 two resources", issuertest.Form("resource", issuertest.Audience, "resource", "https://stock.example"), nil, "orders:read", []any{issuertest.Audience, "https://stock.example"}},
		{"CA-05 the same client_id twice told", issuertest.Form("client_id", issuertest.ClientID), nil, "orders:read", issuertest.Audience},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server := issuertest.New(t)
			tc.form.Set("grant_type", "client_credentials")
			change := tc.change
			if change == nil {
				change = func(*http.Request) {}
			}
			w := server.PostForm("/token", tc.form, change)
			answer := issuertest.JSON(t, w)
			if w.Code != http.StatusOK || answer["scope"] != tc.scope {
				t.Fatalf("status %d: %v", w.Code, answer)
			}
			_, claims := claimsOf(t, server, answer["access_token"].(string))
			if diff := cmp.Diff([]any{tc.scope, tc.audience}, []any{claims["scope"], claims["aud"]}); diff != "" {
				t.Errorf("scope and aud (-want +got):\n%s", diff)
			}
		})
	}
}

// CA-01: identifier and secret are form-encoded inside Basic.
func TestTokenBasicEncoding(t *testing.T) {
	const id, secret = "shop.café", `p%s:+ "ü\`
	server := issuertest.New(t)
	server.Register(issuertest.NewRegistration(id, secret))
	if w := server.PostForm("/token", issuertest.ClientCredentials, issuertest.Basic(id, secret)); w.Code != http.StatusOK {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// A client without any scope gets a token without one, and nothing claims otherwise.
func TestTokenWithoutScope(t *testing.T) {
	server := issuertest.New(t)
	r := issuertest.NewRegistration("shop.plain", "secret")
	r.Scopes, r.DefaultScopes = nil, nil
	server.Register(r)
	answer := issuertest.JSON(t, server.PostForm("/token", issuertest.ClientCredentials, issuertest.Basic("shop.plain", "secret")))
	if _, ok := answer["scope"]; ok {
		t.Errorf("scope in %v", answer)
	}
	if _, claims := claimsOf(t, server, answer["access_token"].(string)); claims["scope"] != nil {
		t.Errorf("scope in %v", claims)
	}
}

// panicking is a live reader with a fault.
type panicking struct{}

func (panicking) Read(context.Context, string) (registry.Update, error) { panic("tw_cs_in-a-panic") }

// TestTokenRefusals holds a row for each way to be refused, and each code that the endpoint answers with.
func TestTokenRefusals(t *testing.T) {
	form := func(pairs ...string) url.Values {
		f := issuertest.Form(pairs...)
		if !f.Has("grant_type") {
			f.Set("grant_type", "client_credentials")
		}
		return f
	}
	raw := func(method, query, media, body string) issuertest.Request {
		return func(r *http.Request) {
			fresh := httptest.NewRequest(method, "/token"+query, strings.NewReader(body))
			fresh.Header.Set("Content-Type", media)
			fresh.Header.Set("Authorization", r.Header.Get("Authorization"))
			*r = *fresh
		}
	}
	const media = "application/x-www-form-urlencoded"
	hit := map[oauth.Code]bool{}
	for _, tc := range []struct {
		name   string
		form   url.Values
		change issuertest.Request
		status int
		code   oauth.Code
	}{
		{"TK-02 no grant_type", url.Values{}, nil, 400, oauth.InvalidRequest},
		{"TK-02 grant_type twice", url.Values{"grant_type": {"client_credentials", "client_credentials"}}, nil, 400, oauth.InvalidRequest},
		{"TK-03 unknown grant_type", form("grant_type", "magic"), nil, 400, oauth.UnsupportedGrantType},
		{"TK-03 password", form("grant_type", "password"), nil, 400, oauth.UnsupportedGrantType},
		{"TK-04 not allowed", form(), issuertest.Basic(issuertest.GuardID, issuertest.GuardSecret), 400, oauth.UnauthorizedClient},
		{"TK-13 scope not granted", form("scope", "admin"), nil, 400, oauth.InvalidScope},
		{"scope malformed", form("scope", "a  b"), nil, 400, oauth.InvalidScope},
		{"resource not granted", form("resource", "https://other.example"), nil, 400, oauth.InvalidTarget},
		{"resource malformed", form("resource", "other"), nil, 400, oauth.InvalidTarget},
		{"CA-03 wrong secret by Basic", form(), issuertest.Basic(issuertest.ClientID, "wrong"), 401, oauth.InvalidClient},
		{"CA-03 wrong secret in the body", form("client_id", issuertest.ClientID, "client_secret", "wrong"), issuertest.Anonymous, 401, oauth.InvalidClient},
		{"CA-04 two methods", form("client_id", issuertest.ClientID, "client_secret", issuertest.ClientSecret), nil, 400, oauth.InvalidRequest},
		{"CA-05 another client_id", form("client_id", issuertest.GuardID), nil, 400, oauth.InvalidRequest},
		{"CA-07, CA-08 client_id alone", form("client_id", issuertest.ClientID), issuertest.Anonymous, 401, oauth.InvalidClient},
		{"CA-08 nothing", form(), issuertest.Anonymous, 401, oauth.InvalidClient},
		{"CA-09 unknown scheme", form(), issuertest.Header("Authorization", "Negotiate abc"), 401, oauth.InvalidClient},
		{"X-20 unknown client", form(), issuertest.Basic("nobody", "x"), 401, oauth.InvalidClient},
		{"X-07 scope twice", url.Values{"grant_type": {"client_credentials"}, "scope": {"orders:read", "orders:write"}}, nil, 400, oauth.InvalidRequest},
		{"X-08 GET", nil, raw("GET", "", media, ""), 405, oauth.InvalidRequest},
		{"X-08 PUT", nil, raw("PUT", "", media, "grant_type=client_credentials"), 405, oauth.InvalidRequest},
		{"X-09 JSON", nil, raw("POST", "", "application/json", `{"grant_type":"client_credentials"}`), 400, oauth.InvalidRequest},
		{"X-09 multipart", nil, raw("POST", "", "multipart/form-data; boundary=x", "--x--"), 400, oauth.InvalidRequest},
		{"X-09 secret in the query", nil, raw("POST", "?client_secret=x", media, "grant_type=client_credentials"), 400, oauth.InvalidRequest},
		{"X-10 large body", nil, raw("POST", "", media, "grant_type=client_credentials&x="+strings.Repeat("x", 1<<20)), 413, oauth.InvalidRequest},
		{"X-11 bad escape", nil, raw("POST", "", media, "grant_type=client_credentials&x=%zz"), 400, oauth.InvalidRequest},
		{"X-11 semicolon", nil, raw("POST", "", media, "grant_type=client_credentials;scope=a"), 400, oauth.InvalidRequest},
		{"X-11 no UTF-8", nil, raw("POST", "", media, "grant_type=client_credentials&x=%ff"), 400, oauth.InvalidRequest},
		{"a fault of ours", form(), issuertest.Basic("nobody", "panic"), 500, oauth.ServerError},
		{"not configured", form(), nil, 503, oauth.TemporarilyUnavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var options []issuertest.Option
			switch tc.status {
			case http.StatusServiceUnavailable:
				options = append(options, issuertest.Bare())
			case http.StatusInternalServerError:
				options = append(options, issuertest.With(func(c *issuer.Config) { c.Reader = panicking{} }))
			}
			server := issuertest.New(t, options...)
			change := tc.change
			if change == nil {
				change = func(*http.Request) {}
			}
			w := server.PostForm("/token", tc.form, change)
			answer := issuertest.JSON(t, w)
			if w.Code != tc.status || answer["error"] != string(tc.code) || answer["access_token"] != nil {
				t.Errorf("status %d: %v, want %d %s", w.Code, answer, tc.status, tc.code)
			}
			checkRefusal(t, w, answer)
			hit[tc.code] = true
		})
	}
	for _, code := range []oauth.Code{
		oauth.InvalidRequest, oauth.InvalidClient, oauth.UnauthorizedClient, oauth.UnsupportedGrantType, oauth.InvalidScope,
		oauth.InvalidTarget, oauth.ServerError, oauth.TemporarilyUnavailable,
	} {
		if !hit[code] {
			t.Errorf("no row hits %s", code)
		}
	}
}

// checkRefusal holds what is true of every refusal of token and introspection endpoint.
func checkRefusal(t *testing.T, w *httptest.ResponseRecorder, answer map[string]any) {
	t.Helper()
	header := w.Header()
	if header.Get("Cache-Control") != "no-store" || header.Get("Content-Type") != "application/json" {
		t.Errorf("X-02, X-03: headers %v", header)
	}
	if (w.Code == http.StatusMethodNotAllowed) != (header.Get("Allow") == "POST, OPTIONS") {
		t.Errorf("X-08: Allow %q with status %d", header.Get("Allow"), w.Code)
	}
	if (w.Code == http.StatusServiceUnavailable || w.Code == http.StatusTooManyRequests) != (header.Get("Retry-After") != "") {
		t.Errorf("Retry-After %q with status %d", header.Get("Retry-After"), w.Code)
	}
	description, _ := answer["error_description"].(string)
	if strings.ContainsFunc(description, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }) {
		t.Errorf("X-04: description %q", description)
	}
}

// CA-03: whoever authenticated by the Authorization header is told the scheme, the others are not.
func TestTokenChallenge(t *testing.T) {
	server := issuertest.New(t)
	for _, tc := range []struct {
		name   string
		form   url.Values
		change issuertest.Request
		want   string
	}{
		{"Basic", issuertest.ClientCredentials, issuertest.Basic(issuertest.ClientID, "wrong"), "Basic "},
		{"malformed Basic", issuertest.ClientCredentials, issuertest.Header("Authorization", "Basic !"), "Basic "},
		{"another scheme", issuertest.ClientCredentials, issuertest.Header("Authorization", "Bearer x"), "Basic "},
		{"body", issuertest.Form("grant_type", "client_credentials", "client_id", "x", "client_secret", "y"), issuertest.Anonymous, ""},
	} {
		w := server.PostForm("/token", tc.form, tc.change)
		got := w.Header().Get("WWW-Authenticate")
		if w.Code != http.StatusUnauthorized || !strings.HasPrefix(got, tc.want) || (tc.want == "") != (got == "") {
			t.Errorf("%s: status %d, WWW-Authenticate %q", tc.name, w.Code, got)
		}
	}
}

// TK-14: a client that is gone gets nothing more.
func TestTokenOfUnregisteredClient(t *testing.T) {
	server := issuertest.New(t)
	server.Token(t)
	server.Unregister(issuertest.ClientID)
	if w := server.PostForm("/token", issuertest.ClientCredentials); w.Code != http.StatusUnauthorized {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// TK-15: a shorter lifetime holds for the next token.
func TestTokenLifetime(t *testing.T) {
	server := issuertest.New(t)
	r := issuertest.Client()
	r.AccessTokenLifetime = 1
	server.Register(r)
	answer := issuertest.JSON(t, server.PostForm("/token", issuertest.ClientCredentials))
	if answer["expires_in"] != 1.0 {
		t.Errorf("%v", answer)
	}
}

// Without a key that is scheduled there is no token, until there is one.
func TestTokenWithoutScheduledKey(t *testing.T) {
	server := issuertest.New(t)
	pending := issuertest.NewRing(t, 2, keys.ES256)
	pending.Keys[0].SignFrom, pending.Keys[0].CreatedAt = time.Time{}, issuertest.Start
	server.UseRing(t, pending)
	w := server.PostForm("/token", issuertest.ClientCredentials)
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	server.UseRing(t, issuertest.NewRing(t, 3, keys.ES256))
	server.Token(t)
}

// who fails too often is told to slow down, and a right credential is never refused.
func TestTokenThrottle(t *testing.T) {
	server := issuertest.New(t)
	wrong := issuertest.Basic(issuertest.ClientID, "wrong")
	statuses := map[int]int{}
	for range 50 {
		w := server.PostForm("/token", issuertest.ClientCredentials, wrong)
		statuses[w.Code]++
		checkRefusal(t, w, issuertest.JSON(t, w))
	}
	if diff := cmp.Diff(map[int]int{401: 20, 429: 30}, statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	server.Token(t)
	server.Clock.Step(time.Minute)
	if w := server.PostForm("/token", issuertest.ClientCredentials, wrong); w.Code != http.StatusUnauthorized {
		t.Errorf("status %d after a minute", w.Code)
	}
}

// BenchmarkToken is the hot path of the project; test/bench compares it with its floor.
func BenchmarkToken(b *testing.B) {
	server := issuertest.New(b)
	b.ReportAllocs()
	for b.Loop() {
		if w := server.PostForm("/token", issuertest.ClientCredentials); w.Code != http.StatusOK {
			b.Fatalf("status %d: %s", w.Code, w.Body)
		}
	}
}
