package issuertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Foreigner is an identity provider elsewhere that is none of ours: whoever comes is logged in at once, and a test decides
// what is said of them. It is safe for concurrent use.
type Foreigner struct {
	*httptest.Server

	key *ecdsa.PrivateKey

	mu           sync.Mutex
	nonces       map[string]string // by code
	claims       map[string]any
	refreshToken string
}

// NewForeigner starts one, which knows a person by the sub alice and gives no refresh token.
func NewForeigner(tb testing.TB) *Foreigner {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	f := &Foreigner{key: key, nonces: map[string]string{}}
	f.Server = httptest.NewTLSServer(f)
	tb.Cleanup(f.Close)
	return f
}

// Says changes what is said of the person who comes next, and their refresh token; empty for none.
func (f *Foreigner) Says(claims map[string]any, refreshToken string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.claims, f.refreshToken = maps.Clone(claims), refreshToken
}

// ServeHTTP plays the provider (OpenID Connect Core section 3.1).
func (f *Foreigner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		f.write(w, map[string]any{
			"issuer": f.URL, "authorization_endpoint": f.URL + "/authorize", "token_endpoint": f.URL + "/token", "jwks_uri": f.URL + "/keys",
		})
	case "/keys":
		f.write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	case "/authorize":
		query, code := r.URL.Query(), rand.Text()
		f.nonces[code] = query.Get("nonce")
		answer := url.Values{"code": {code}, "state": {query.Get("state")}}
		http.Redirect(w, r, query.Get("redirect_uri")+"?"+answer.Encode(), http.StatusSeeOther)
	case "/token":
		f.write(w, f.tokens(r.PostFormValue("code")))
	default:
		http.NotFound(w, r)
	}
}

func (f *Foreigner) tokens(code string) map[string]any {
	claims := map[string]any{
		"iss": f.URL, "sub": "alice", "aud": WebID, "iat": Start.Unix(), "exp": Start.Add(365 * 24 * time.Hour).Unix(), "nonce": f.nonces[code],
	}
	maps.Copy(claims, f.claims)
	tokens := map[string]any{"access_token": "at", "token_type": "Bearer", "expires_in": 60, "id_token": f.sign(claims)}
	if f.refreshToken != "" {
		tokens["refresh_token"] = f.refreshToken
	}
	return tokens
}

func (f *Foreigner) sign(claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: f.key, KeyID: "k"}}, nil)
	if err != nil {
		return err.Error()
	}
	text, err := json.Marshal(claims)
	if err != nil {
		return err.Error()
	}
	signed, err := signer.Sign(text)
	if err != nil {
		return err.Error()
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		return err.Error()
	}
	return token
}

func (f *Foreigner) write(w http.ResponseWriter, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text)
}
