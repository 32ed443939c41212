package login_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

const (
	ourID     = "tokenwright"
	ourSecret = "hush-hush-hush"
	redirect  = issuerURL + "/login/callback/corp"
)

// other is an OpenID provider that does as a test tells it, right or wrong.
type other struct {
	*httptest.Server

	t     testing.TB
	key   *ecdsa.PrivateKey
	clock time.Time
	// asked counts requests by path.
	discoveries, redemptions atomic.Int32

	// What a test may change.
	metadata, header, claims, info, tokens map[string]any
	raw                                    string // in place of the ID token
	serve                                  map[string]http.HandlerFunc
	form                                   url.Values // of the last request for tokens
}

func newOther(tb testing.TB) *other {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	o := &other{t: tb, key: key, clock: start, header: map[string]any{}, serve: map[string]http.HandlerFunc{}}
	o.Server = httptest.NewTLSServer(o)
	tb.Cleanup(o.Close)
	o.metadata = map[string]any{
		"issuer": o.URL, "authorization_endpoint": o.URL + "/authorize", "token_endpoint": o.URL + "/token",
		"jwks_uri": o.URL + "/keys", "userinfo_endpoint": o.URL + "/userinfo",
	}
	o.claims = map[string]any{
		"iss": o.URL, "sub": "4711", "aud": ourID, "iat": start.Unix(), "exp": start.Add(time.Hour).Unix(), "amr": []string{"pwd", "otp"},
		"auth_time": start.Add(-time.Minute).Unix(), "email": "alice@corp.example", "email_verified": true,
	}
	o.info = map[string]any{"sub": "4711", "preferred_username": "alice", "groups": []string{"dev"}, "email": "other@corp.example"}
	o.tokens = map[string]any{"access_token": "at", "token_type": "Bearer", "expires_in": 60, "refresh_token": "rt-1"}
	return o
}

// ServeHTTP plays the provider.
func (o *other) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if serve := o.serve[r.URL.Path]; serve != nil {
		serve(w, r)
		return
	}
	var answer any
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		o.discoveries.Add(1)
		answer = o.metadata
	case "/keys":
		answer = jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: o.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
	case "/token":
		o.redemptions.Add(1)
		_ = r.ParseForm()
		o.form = r.PostForm
		tokens := maps.Clone(o.tokens)
		if tokens["id_token"] == nil {
			tokens["id_token"] = o.idToken()
		}
		answer = tokens
	case "/userinfo":
		answer = o.info
	default:
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// fail answers a path with an error of OAuth.
func (o *other) fail(path string, status int, code string) {
	o.serve[path] = func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]string{"error": code, "error_description": "secret-detail"})
	}
}

func (o *other) idToken() string {
	if o.raw != "" {
		return o.raw
	}
	return o.sign(jose.ES256, o.key)
}

func (o *other) sign(algorithm jose.SignatureAlgorithm, key any) string {
	o.t.Helper()
	options := new(jose.SignerOptions).WithHeader("kid", "k")
	for name, value := range o.header {
		options = options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, options)
	if err != nil {
		o.t.Fatal(err)
	}
	signed, err := signer.Sign(o.payload())
	if err != nil {
		o.t.Fatal(err)
	}
	compact, err := signed.CompactSerialize()
	if err != nil {
		o.t.Fatal(err)
	}
	return compact
}

func (o *other) payload() []byte {
	text, err := json.Marshal(o.claims)
	if err != nil {
		o.t.Fatal(err)
	}
	return text
}

// unsigned is an ID token that anybody can make.
func (o *other) unsigned() string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode(o.payload()) + "."
}

// client is this issuer as the provider's client.
func (o *other) client(changes ...func(*registration.OIDCProvider)) *login.Upstream {
	o.t.Helper()
	rules := &registration.OIDCProvider{Issuer: o.URL, ClientID: ourID, Scopes: []string{"openid", "profile"}}
	for _, change := range changes {
		change(rules)
	}
	upstream, err := login.NewUpstream(registration.IdentityProvider{Name: "corp", OIDC: rules}, ourSecret, redirect,
		o.Client().Transport, func() time.Time { return o.clock })
	if err != nil {
		o.t.Fatal(err)
	}
	return upstream
}
