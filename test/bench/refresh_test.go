package bench

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// verifier and challenge belong together (RFC 7636 appendix B).
const (
	verifier  = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
)

// counter is an issuer that people log in to, and the client that asks it.
type counter struct {
	*issuertest.Server

	client *registration.Registration
	secret string
}

func newCounter(tb testing.TB, client *registration.Registration, secret string) *counter {
	tb.Helper()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = null.Close() })
	server := issuertest.New(tb, issuertest.People(), issuertest.With(func(c *issuer.Config) {
		c.Log = slog.NewJSONHandler(null, nil)
		c.Now = time.Now
	}))
	return &counter{server, client, secret}
}

// code seals a code, as the authorization endpoint would.
func (c *counter) code(tb testing.TB) string {
	tb.Helper()
	now := time.Now()
	code := grant.Code{
		ID: rand.Text(), ClientID: c.client.ClientID, ClientUID: c.client.Owner.UID, RedirectURI: c.client.RedirectURIs[0],
		Challenge: challenge, Scopes: []string{"orders:read"}, Resources: []string{issuertest.Audience},
		Subject: issuertest.Subject, Username: issuertest.Username, Provider: issuertest.Provider, SessionID: rand.Text(),
		AuthTime: now.Unix(), AMR: []string{"pwd"}, Issued: now.Unix(),
	}
	issued, err := code.Issue(tb.Context(), grant.Parking{Sealer: c.Registry.Snapshot().Sealer()}, now)
	if err != nil {
		tb.Fatal(err)
	}
	return issued.Value
}

// ask posts a form and returns the refresh token of the answer, which must be one.
func (c *counter) ask(form url.Values) string {
	if c.secret == "" {
		form.Set("client_id", c.client.ClientID)
	}
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.secret != "" {
		r.SetBasicAuth(c.client.ClientID, c.secret)
	}
	w := httptest.NewRecorder()
	c.Handler.ServeHTTP(w, r)
	var answer struct {
		RefreshToken string `json:"refresh_token"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != http.StatusOK {
		panic(fmt.Sprintf("status %d: %s", w.Code, w.Body))
	}
	return answer.RefreshToken
}

func (c *counter) redeem(code string) string {
	return c.ask(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "code_verifier": {verifier}})
}

func (c *counter) refresh(token string) string {
	return c.ask(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
}

// BenchmarkPeople measures what people's tokens cost beside client_credentials at the same issuer, in memory: the ratio is
// reported for each way.
func BenchmarkPeople(b *testing.B) {
	web := newCounter(b, issuertest.Web(), issuertest.WebSecret)
	app := newCounter(b, issuertest.App(), "")
	b.Run("refresh-confidential", func(b *testing.B) {
		token := web.redeem(web.code(b))
		b.Run("ratio", func(b *testing.B) { beside(b, web, func() { web.refresh(token) }) })
	})
	b.Run("refresh-public", func(b *testing.B) {
		token := app.redeem(app.code(b))
		b.Run("ratio", func(b *testing.B) { beside(b, app, func() { token = app.refresh(token) }) })
	})
	b.Run("code", func(b *testing.B) {
		b.Run("ratio", func(b *testing.B) {
			codes := make(chan string, (rounds+1)*perRound)
			for range cap(codes) {
				codes <- web.code(b)
			}
			beside(b, web, func() { web.redeem(<-codes) })
		})
	})
}

// beside compares with client_credentials at the same server.
func beside(b *testing.B, c *counter, ask func()) {
	b.Helper()
	for b.Loop() {
		compare(b, func() time.Duration { return cpuOf(c.Handler) }, func() time.Duration {
			before := cpuTime()
			for range perRound {
				ask()
			}
			return cpuTime() - before
		})
	}
}
