package conformance

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"golang.org/x/oauth2"
)

// loggedIn is a person with a session at the issuer, and the ID token that came of it.
type loggedIn struct {
	*person

	idToken string
}

// logIn has a new person log in to web and stay.
func (j *judged) logIn(t *testing.T) loggedIn {
	t.Helper()
	somebody := j.person()
	request := form("client_id", clients["web"].ID, "redirect_uri", j.callback, "response_type", "code", "scope", "openid",
		"code_challenge", oauth2.S256ChallengeFromVerifier(verifier), "code_challenge_method", "S256")
	arrived, err := somebody.visit(t.Context(), j.url+"/authorize?"+request.Encode())
	if err != nil {
		t.Fatal(err)
	}
	tokens := j.token(t, "web", "grant_type", "authorization_code", "code", arrived.params().Get("code"), "code_verifier", verifier)
	return loggedIn{somebody, tokens.text("id_token")}
}

// endsSessions proves that a person who is sent there comes back with the state, and is nobody's any more.
func endsSessions(t *testing.T, j *judged, said any) {
	somebody := j.logIn(t)
	request := form("id_token_hint", somebody.idToken, "post_logout_redirect_uri", j.callback, "state", "s")
	arrived, err := somebody.visit(t.Context(), said.(string)+"?"+request.Encode())
	if err != nil || arrived.params().Get("state") != "s" {
		t.Fatalf("arrived %v, %v", arrived, err)
	}
	request = form("client_id", clients["web"].ID, "redirect_uri", j.callback, "response_type", "code", "scope", "openid", "prompt", "none",
		"code_challenge", oauth2.S256ChallengeFromVerifier(verifier), "code_challenge_method", "S256")
	if arrived, err = somebody.visit(t.Context(), j.url+"/authorize?"+request.Encode()); err != nil || arrived.params().Get("error") != "login_required" {
		t.Errorf("afterwards: %v, %v", arrived, err)
	}
}

// announces tells whether a client hears of a logout, with a claim in the logout token.
func announces(claim string) func(*testing.T, *judged) bool {
	return func(t *testing.T, j *judged) bool {
		heard := make(chan string, 1)
		client := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { heard <- r.PostFormValue("logout_token") }))
		defer client.Close()
		web := register("web", j.callback)
		web.BackchannelLogoutURI = client.URL
		j.register(web)
		defer j.register(register("web", j.callback))
		somebody := j.logIn(t)
		if _, err := somebody.visit(t.Context(), j.url+"/logout?"+form("id_token_hint", somebody.idToken).Encode()); err != nil {
			t.Fatal(err)
		}
		j.Finish(t.Context())
		select {
		case token := <-heard:
			return claimsOf(t, token).text(claim) == claimsOf(t, somebody.idToken).text(claim)
		default:
			return false
		}
	}
}

// signsUserinfoBy tells whether a client that is registered for an algorithm gets its userinfo by that.
func signsUserinfoBy(t *testing.T, j *judged, algorithm string) bool {
	registered := register("web", j.callback)
	registered.UserInfoAlgorithm = algorithm
	j.register(registered)
	defer j.register(register("web", j.callback))
	access := j.login(t, "web").text("access_token")
	return signedBy(t, j, algorithm, "/userinfo", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+access) })
}

// signsIntrospectionBy tells the same of a resource server that asks for a signed answer.
func signsIntrospectionBy(t *testing.T, j *judged, algorithm string) bool {
	registered := register("guard", j.callback)
	registered.IntrospectionAlgorithm = algorithm
	j.register(registered)
	defer j.register(register("guard", j.callback))
	about := form("token", j.login(t, "web").text("access_token"), "client_id", clients["guard"].ID, "client_secret", clients["guard"].Secret)
	return signedBy(t, j, algorithm, "/introspect", about.Encode(), func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Accept", "application/token-introspection+jwt")
	})
}

// signedBy tells whether what an endpoint answers is a JWT by an algorithm.
func signedBy(t *testing.T, j *judged, algorithm, path, body string, change func(*http.Request)) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, j.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	change(request)
	response, err := j.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.ParseSigned(string(answer), []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	return err == nil && token.Headers[0].Algorithm == algorithm
}
