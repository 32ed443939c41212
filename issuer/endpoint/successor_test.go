package endpoint_test

import (
	"net/http"
	"strings"
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// A token of a client that was deleted does not become active when a client of that name is made anew, whatever the format
// and with whatever scopes: they are judged by the UID that they were issued under. The same client's go on, whatever is
// changed of it.
func TestTokenOfFormerClient(t *testing.T) {
	for _, format := range []string{registration.FormatJWT, registration.FormatOpaque} {
		t.Run(format, func(t *testing.T) {
			server := issuertest.New(t, issuertest.People())
			client := func(uid string, scopes ...string) *registration.Registration {
				r := issuertest.Client()
				r.Owner.UID, r.AccessTokenFormat, r.Scopes = uid, format, scopes
				return r
			}
			server.Register(client("first", "orders:read", "orders:write"))
			former := server.Token(t, "scope", "orders:write")
			if w := server.Introspect(former); !strings.Contains(w.Body.String(), `"active":true`) {
				t.Fatalf("at first: %s", w.Body)
			}
			server.Register(client("first", "orders:read"))
			if w := server.Introspect(former); !strings.Contains(w.Body.String(), `"active":true`) {
				t.Errorf("of a client that was changed: %s", w.Body)
			}
			server.Unregister(issuertest.ClientID)
			server.Register(client("second", "orders:read"))
			if w := server.Introspect(former); w.Body.String() != `{"active":false}` {
				t.Errorf("of the former client: %s", w.Body)
			}
			present := server.Token(t)
			if w := server.Introspect(present); !strings.Contains(w.Body.String(), `"active":true`) {
				t.Errorf("of the present client: %s", w.Body)
			}
			if w := server.PostForm("/revoke", issuertest.Form("token", former)); w.Code != http.StatusOK {
				t.Errorf("revoke: status %d", w.Code)
			}
			if log := server.Log.String(); !strings.Contains(log, "former client of that name") || strings.Contains(log, `"token.revoked"`) {
				t.Errorf("log:\n%s", log)
			}
		})
	}
}
