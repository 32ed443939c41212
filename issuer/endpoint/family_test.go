package endpoint_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

const (
	formerURL  = issuertest.URL
	presentURL = "https://id.example/auth"
	nextURL    = "https://next.example:8443"
)

// overlap is how long formerURL counts after its change.
const overlap = 24 * time.Hour

// at sends a request to the host of a URL.
func at(host string) issuertest.Request { return func(r *http.Request) { r.Host = host } }

// moved is the configuration of server after a change from formerURL, with another change prepared.
func moved(server *issuertest.Server) {
	config := *server.Registry.Snapshot().Config()
	config.URL, config.SealedUnder = presentURL, formerURL
	config.Others = []registration.OtherURL{{URL: formerURL, Until: server.Clock.Now().Add(overlap)}, {URL: nextURL}}
	server.Registry.Configure(config)
}

// The host and the path of a request say which of its names the issuer bears.
func TestNameOfTheIssuer(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	moved(server)
	const place = "/.well-known/openid-configuration"
	for _, tc := range []struct {
		host, path string
		after      time.Duration
		want       any // nil for nothing there
	}{
		{"id.example", "/auth" + place, 0, presentURL},
		{"ID.example:443", place + "/auth", 0, presentURL},
		{"id.example", "/.well-known/oauth-authorization-server/auth", 0, presentURL},
		{"issuer.example", place, 0, formerURL},
		{"issuer.example", "/.well-known/oauth-authorization-server", 0, formerURL},
		{"next.example:8443", place, 0, nextURL},
		{"next.example", place, 0, formerURL}, // no host of ours: the path decides, and what is listed first
		{"10.0.0.7:8443", "/auth" + place, 0, presentURL},
		{"issuer.example", "/auth" + place, 0, presentURL},
		{"id.example", "/other" + place, 0, nil},
		{"issuer.example", place, overlap - time.Second, formerURL},
		{"issuer.example", place, time.Second, nextURL}, // the former is over, so its host is none of ours
	} {
		server.Clock.Step(tc.after)
		w := server.Get(tc.path, at(tc.host))
		if tc.want == nil {
			if w.Code != http.StatusNotFound {
				t.Errorf("%s%s: status %d, want 404", tc.host, tc.path, w.Code)
			}
			continue
		}
		about := issuertest.JSON(t, w)
		if about["issuer"] != tc.want || !strings.HasPrefix(about["token_endpoint"].(string), tc.want.(string)+"/") {
			t.Errorf("%s%s: %v, %v, want %v", tc.host, tc.path, about["issuer"], about["token_endpoint"], tc.want)
		}
	}
}

// An application that knows the former name goes on with it until its end, in whatever it began before; one that moves takes
// along what it has.
func TestURLChange(t *testing.T) {
	server := issuertest.New(t, issuertest.People())
	before := redeem(t, server, logIn(t, server.NewBrowser(t), request("scope", "openid offline_access orders:read")).Get("code"))
	old := server.Token(t)
	moved(server)

	answer := logIn(t, server.NewBrowser(t), request()) // at the former host
	if answer.Get("iss") != formerURL {
		t.Errorf("RFC 9207: iss %q, want %s", answer.Get("iss"), formerURL)
	}
	form := issuertest.Form("grant_type", "authorization_code", "code", answer.Get("code"), "code_verifier", verifier)
	web, present := issuertest.Basic(issuertest.WebID, issuertest.WebSecret), at("id.example")
	crossed := issuertest.JSON(t, server.PostForm("/auth/token", form, web, present))
	if got := issuerOf(t, server, crossed["id_token"]); got != presentURL {
		t.Errorf("a code of the former name, redeemed under the present one: iss %v", got)
	}
	refresh := issuertest.Form("grant_type", "refresh_token", "refresh_token", before["refresh_token"].(string))
	for _, tc := range []struct{ host, path, want string }{
		{"issuer.example", "/token", formerURL},
		{"id.example", "/auth/token", presentURL},
		{"next.example:8443", "/token", nextURL},
	} {
		tokens := issuertest.JSON(t, server.PostForm(tc.path, refresh, web, at(tc.host)))
		got := []any{issuerOf(t, server, tokens["access_token"]), issuerOf(t, server, tokens["id_token"]), tokens["refresh_token"]}
		if diff := cmp.Diff([]any{tc.want, tc.want, before["refresh_token"]}, got); diff != "" {
			t.Errorf("refresh at %s (-want +got):\n%s", tc.host, diff)
		}
	}

	for _, tc := range []struct {
		host, path string
		token      any
		want       any
	}{
		{"issuer.example", "/introspect", old, formerURL},
		{"id.example", "/auth/introspect", old, presentURL},
		{"id.example", "/auth/introspect", before["access_token"], presentURL},
		{"issuer.example", "/introspect", crossed["access_token"], formerURL},
	} {
		found := issuertest.JSON(t, server.PostForm(tc.path, issuertest.Form("token", tc.token.(string)),
			issuertest.Basic(issuertest.GuardID, issuertest.GuardSecret), at(tc.host)))
		if found["active"] != true || found["iss"] != tc.want {
			t.Errorf("introspection at %s: %v, want iss %v", tc.host, found, tc.want)
		}
	}
	if w := server.Get("/auth/userinfo", issuertest.Header("Authorization", "Bearer "+before["access_token"].(string)), present); w.Code != http.StatusOK {
		t.Errorf("userinfo with a token of the former name: status %d: %s", w.Code, w.Body)
	}

	server.Clock.Step(overlap)
	if tokens := issuertest.JSON(t, server.PostForm("/auth/token", refresh, web, present)); issuerOf(t, server, tokens["id_token"]) != presentURL {
		t.Errorf("a refresh token outlives the name that it was issued under: %v", tokens)
	}
}

// A token does not outlive the name that it bears, by a second neither way, in either format.
func TestNameEnds(t *testing.T) {
	for _, format := range []string{registration.FormatJWT, registration.FormatOpaque} {
		t.Run(format, func(t *testing.T) {
			server := issuertest.New(t, issuertest.People())
			client := issuertest.Client()
			client.AccessTokenFormat = format
			server.Register(client)
			moved(server)
			server.Clock.Step(overlap - time.Minute)
			answer := issuertest.JSON(t, server.PostForm("/token", issuertest.ClientCredentials, at("issuer.example")))
			if answer["expires_in"] != 60.0 {
				t.Errorf("expires_in %v, want 60", answer["expires_in"])
			}
			token := answer["access_token"].(string)
			ask := func() any {
				return issuertest.JSON(t, server.PostForm("/auth/introspect", issuertest.Form("token", token),
					issuertest.Basic(issuertest.GuardID, issuertest.GuardSecret), at("id.example")))["active"]
			}
			server.Clock.Step(time.Minute - time.Second)
			if ask() != true {
				t.Error("inactive a second before the end")
			}
			server.Clock.Step(time.Second)
			if ask() != false {
				t.Error("active at the end")
			}
		})
	}
}

// What was issued before the change under a name that ends early ends with it, though its own end is later.
func TestNameEndsBeforeItsTokens(t *testing.T) {
	for _, format := range []string{registration.FormatJWT, registration.FormatOpaque} {
		server := issuertest.New(t, issuertest.People())
		client := issuertest.Client()
		client.AccessTokenFormat = format
		server.Register(client)
		token := server.Token(t)
		moved(server)
		config := *server.Registry.Snapshot().Config()
		config.Others = nil
		server.Registry.Configure(config)
		found := issuertest.JSON(t, server.PostForm("/auth/introspect", issuertest.Form("token", token),
			issuertest.Basic(issuertest.GuardID, issuertest.GuardSecret)))
		if found["active"] != false {
			t.Errorf("%s: %v", format, found)
		}
	}
}

// Who has yet to move stands in the log and in the metrics.
func TestOtherNamesAreTold(t *testing.T) {
	server := issuertest.New(t)
	moved(server)
	server.PostForm("/token", issuertest.ClientCredentials, at("issuer.example"))
	server.PostForm("/auth/token", issuertest.ClientCredentials, at("id.example"))
	if got := strings.Count(server.Log.String(), `"issuer":"`+formerURL+`"`); got != 1 {
		t.Errorf("%d lines name the former URL, want 1:\n%s", got, server.Log)
	}
	exposed := server.Get("/metrics").Body.String()
	if want := `tokenwright_issuer_other_url_requests_total{url="` + formerURL + `"} 1`; !strings.Contains(exposed, want) {
		t.Errorf("no line %s", want)
	}
}

// issuerOf is the iss of a JWT of the server's.
func issuerOf(t *testing.T, server *issuertest.Server, jwt any) any {
	t.Helper()
	text, ok := jwt.(string)
	if !ok {
		t.Fatalf("no token: %v", jwt)
	}
	_, claims := claimsOf(t, server, text)
	return claims["iss"]
}
