package conformance

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// members is a JSON object.
type members map[string]any

// text is a member that is a string, or empty.
func (m members) text(name string) string {
	value, _ := m[name].(string)
	return value
}

// verifier is that of all attempts.
var verifier = oauth2.GenerateVerifier()

// form is a form of pairs: name, value, name, value.
func form(pairs ...string) url.Values {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return values
}

// send has a new person bring an authorization request to the issuer, with changes of the usual one. It returns nil if
// they do not come back.
func (j *judged) send(t *testing.T, name string, changes ...string) *arrival {
	t.Helper()
	request := form("client_id", clients[name].ID, "redirect_uri", j.callback, "response_type", "code", "scope", "openid",
		"nonce", "n", "code_challenge", oauth2.S256ChallengeFromVerifier(verifier), "code_challenge_method", "S256")
	maps.Copy(request, form(changes...))
	arrived, err := j.person().visit(t.Context(), j.url+"/authorize?"+request.Encode())
	if err != nil || arrived.Method == "" {
		t.Log(err)
		return nil
	}
	return arrived
}

// login gets the tokens of a new person for a client with a secret; none if anything fails.
func (j *judged) login(t *testing.T, name string, changes ...string) members {
	t.Helper()
	arrived := j.send(t, name, changes...)
	if arrived == nil {
		return nil
	}
	return j.token(t, name, "grant_type", "authorization_code", "code", arrived.params().Get("code"),
		"redirect_uri", j.callback, "code_verifier", verifier)
}

// token asks the token endpoint as a client with a secret.
func (j *judged) token(t *testing.T, name string, pairs ...string) members {
	t.Helper()
	who := clients[name]
	return j.post(t, "/token", form(append(pairs, "client_id", who.ID, "client_secret", who.Secret)...))
}

// post returns what an endpoint answers; status is the HTTP status.
func (j *judged) post(t *testing.T, path string, values url.Values, changes ...func(*http.Request)) members {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, j.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, change := range changes {
		change(request)
	}
	return j.do(t, request)
}

// userinfo returns what the userinfo endpoint tells of the bearer of an access token.
func (j *judged) userinfo(t *testing.T, access string) members {
	t.Helper()
	return j.post(t, "/userinfo", nil, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+access) })
}

func (j *judged) do(t *testing.T, request *http.Request) members {
	t.Helper()
	response, err := j.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer := members{}
	_ = json.NewDecoder(response.Body).Decode(&answer) // some answers have no body
	answer["status"] = response.StatusCode
	return answer
}

// wasIssued tells whether an answer holds what a client came for.
func wasIssued(answer members) bool { return answer.text("access_token") != "" }

// includes tells whether a space-separated list holds a word.
func includes(list, word string) bool { return slices.Contains(strings.Fields(list), word) }
