package endpoint_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/oauth"
)

// CA-07, CA-08: Basic with an empty secret names a public client, as oidc-agent and x/oauth2 do it, at every endpoint where
// clients authenticate. It is nothing for a client that has a secret, and nobody learns which client that is.
func TestEmptySecret(t *testing.T) {
	server := withDevices(t)
	public, secretive, unknown := issuertest.Basic(boxID, ""), issuertest.Basic(deskID, ""), issuertest.Basic("shop.nobody", "")
	wrong := issuertest.Basic(boxID, "x")
	code := begin(t, server)["device_code"].(string)
	poll := issuertest.Form("grant_type", grant.DeviceCode, "device_code", code)
	device, ended := issuertest.Form("scope", "openid"), issuertest.Form("token", "tw_rt_x")
	for _, tc := range []struct {
		name, path string
		form       url.Values
		as         issuertest.Request
		status     int
		code       oauth.Code
	}{
		{"token, public", "/token", poll, public, 400, oauth.AuthorizationPending},
		{"token, public, with a secret", "/token", poll, wrong, 401, oauth.InvalidClient},
		{"token, with a secret to show", "/token", poll, secretive, 401, oauth.InvalidClient},
		{"token, unknown", "/token", poll, unknown, 401, oauth.InvalidClient},
		{"devices, public", "/device_authorization", device, public, 200, ""},
		{"devices, public, with a secret", "/device_authorization", device, wrong, 401, oauth.InvalidClient},
		{"devices, with a secret to show", "/device_authorization", device, secretive, 401, oauth.InvalidClient},
		{"devices, unknown", "/device_authorization", device, unknown, 401, oauth.InvalidClient},
		{"revocation, public", "/revoke", ended, public, 200, ""},
		{"revocation, public, with a secret", "/revoke", ended, wrong, 401, oauth.InvalidClient},
		{"revocation, with a secret to show", "/revoke", ended, secretive, 401, oauth.InvalidClient},
		{"revocation, unknown", "/revoke", ended, unknown, 401, oauth.InvalidClient},
		{"introspection, public: anybody can say its name", "/introspect", ended, public, 401, oauth.InvalidClient},
		{"introspection, public, with a secret", "/introspect", ended, wrong, 401, oauth.InvalidClient},
		{"introspection, with a secret to show", "/introspect", ended, secretive, 401, oauth.InvalidClient},
		{"introspection, unknown", "/introspect", ended, unknown, 401, oauth.InvalidClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := server.PostForm(tc.path, tc.form, tc.as)
			var answer struct {
				Error       oauth.Code `json:"error"`
				Description string     `json:"error_description"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil && w.Body.Len() > 0 {
				t.Fatal(err)
			}
			if w.Code != tc.status || answer.Error != tc.code {
				t.Errorf("status %d: %s, want %d %s", w.Code, w.Body, tc.status, tc.code)
			}
			refused := tc.code == oauth.InvalidClient
			if challenge := w.Header().Get("WWW-Authenticate"); strings.HasPrefix(challenge, "Basic ") != refused {
				t.Errorf("CA-03: WWW-Authenticate %q", challenge)
			}
			if refused && answer.Description != "client authentication failed" {
				t.Errorf("X-20: %q tells why", answer.Description)
			}
		})
	}
}

// A public client of x/oauth2 that leaves the style to the library gets its tokens at the first try: Basic with an empty
// secret. Refused, the library would send the code again in another style.
func TestEmptySecretOfXOAuth2(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	var styles []string
	at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, ok := r.BasicAuth()
		styles = append(styles, fmt.Sprintf("Basic %t %s:%s", ok, id, secret))
		server.Handler.ServeHTTP(w, r)
	}))
	defer at.Close()
	code := logIn(t, server.NewBrowser(t), request("client_id", issuertest.AppID, "redirect_uri", issuertest.AppRedirect)).Get("code")
	config := oauth2.Config{ClientID: issuertest.AppID, Endpoint: oauth2.Endpoint{TokenURL: at.URL + "/token"}}
	token, err := config.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatalf("%v; the library sent %q", err, styles)
	}
	token.Expiry = issuertest.Start // so that it refreshes
	if _, err := config.TokenSource(t.Context(), token).Token(); err != nil {
		t.Errorf("refresh: %v", err)
	}
	if want := "Basic true " + issuertest.AppID + ":"; !slices.Equal(styles, []string{want, want}) {
		t.Errorf("the library sent %q, want %q twice", styles, want)
	}
}

// librdkafka writes its form without encoding it: a scope of two words has a blank in it as it is. A parser that is strict
// beyond need would refuse all of Kafka's clients.
func TestRawBlankInTheBody(t *testing.T) {
	server := issuertest.New(t)
	at := httptest.NewServer(server.Handler)
	defer at.Close()
	conn, err := net.Dial("tcp", at.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const body = "grant_type=client_credentials&scope=orders:read orders:write"
	request := httptest.NewRequest(http.MethodPost, "/token", nil)
	issuertest.Basic(issuertest.ClientID, issuertest.ClientSecret)(request)
	if _, err := fmt.Fprintf(conn, "POST /token HTTP/1.1\r\nHost: issuer\r\nAuthorization: %s\r\nAccept: application/json\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s",
		request.Header.Get("Authorization"), len(body), body); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer struct{ Scope, Error string }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || answer.Scope != "orders:read orders:write" {
		t.Errorf("status %d, %+v (%v), want both scopes", response.StatusCode, answer, err)
	}
}
