package conformance

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// methods are the registered ways to authenticate a client (RFC 8414 section 2).
var methods = []string{
	"client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none",
	"tls_client_auth", "self_signed_tls_client_auth",
}

// authenticatesAt tells whether a client is known at an endpoint by a method. Whoever is known is not told invalid_client.
func authenticatesAt(endpoint string) func(*testing.T, *judged, string) bool {
	requests := map[string]struct {
		path string
		form url.Values
	}{
		"token_endpoint":         {"/token", form("grant_type", "refresh_token", "refresh_token", "x")},
		"revocation_endpoint":    {"/revoke", form("token", "x")},
		"introspection_endpoint": {"/introspect", form("token", "x")},
	}
	request := requests[endpoint]
	return func(t *testing.T, j *judged, method string) bool {
		values := url.Values{}
		for name := range request.form {
			values.Set(name, request.form.Get(name))
		}
		answer := j.post(t, request.path, values, authenticate(t, j, method, values))
		return answer["status"] != http.StatusUnauthorized && answer.text("error") != "invalid_client"
	}
}

// authenticate adds to a form, or returns what adds to the request, all that a client by a method would send.
func authenticate(t *testing.T, j *judged, method string, values url.Values) func(*http.Request) {
	t.Helper()
	who := clients["web"]
	if method == "none" {
		who = clients["app"]
	}
	switch method {
	case "client_secret_basic":
		return func(r *http.Request) { r.SetBasicAuth(url.QueryEscape(who.ID), url.QueryEscape(who.Secret)) }
	case "client_secret_post":
		values.Set("client_secret", who.Secret)
	case "client_secret_jwt":
		assert(t, j, values, jose.SigningKey{Algorithm: jose.HS256, Key: []byte(who.Secret)})
	case "private_key_jwt":
		assert(t, j, values, jose.SigningKey{Algorithm: jose.ES256, Key: newKey(t)})
	}
	values.Set("client_id", who.ID)
	return func(*http.Request) {}
}

// assert adds an assertion by web about itself (RFC 7523 section 2.2).
func assert(t *testing.T, j *judged, values url.Values, key jose.SigningKey) {
	t.Helper()
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	assertion, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: clients["web"].ID, Subject: clients["web"].ID, Audience: jwt.Audience{j.url}, ID: rand.Text(),
		IssuedAt: jwt.NewNumericDate(time.Now()), Expiry: jwt.NewNumericDate(time.Now().Add(time.Minute)),
	}).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	values.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	values.Set("client_assertion", assertion)
}
