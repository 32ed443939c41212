package conformance

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// MD-05: what the metadata says is true. Every value that it lists works, and every other one that a client could think of
// fails. A member without a proof fails as well, so nobody promises anything here without showing it.
func TestMetadataIsTrue(t *testing.T) {
	j := judge(t, "/tenant")
	said := j.metadata(t, j.url+"/.well-known/openid-configuration")
	for member, value := range said {
		prove, known := proofs[member]
		if !known {
			t.Errorf("nothing proves %s: %v", member, value)
			continue
		}
		t.Run(member, func(t *testing.T) { prove(t, j, value) })
	}
	for member := range proofs {
		if _, there := said[member]; !there {
			t.Errorf("%s is not said, though it could be proved", member)
		}
	}
	for member, paths := range otherEndpoints {
		for _, path := range paths {
			if status := j.knock(t, j.url+path); (status != http.StatusNotFound) != (said[member] != nil) {
				t.Errorf("%s is %v, but %s answers %d", member, said[member], path, status)
			}
		}
	}
}

// otherEndpoints are where other issuers have what this one does not tell of.
var otherEndpoints = map[string][]string{
	"backchannel_authentication_endpoint":   {"/bc-authorize", "/ciba"},
	"check_session_iframe":                  {"/session", "/check_session"},
	"pushed_authorization_request_endpoint": {"/par", "/request"},
	"registration_endpoint":                 {"/register", "/reg"},
}

// proofs hold each member to its word.
var proofs = map[string]func(t *testing.T, j *judged, said any){
	"issuer":                 func(t *testing.T, j *judged, said any) { same(t, j.url, said) },
	"authorization_endpoint": listens,
	"token_endpoint":         listens,
	"userinfo_endpoint":      listens,
	"revocation_endpoint":    listens,
	"introspection_endpoint": listens,
	"jwks_uri":               servesKeys,

	"device_authorization_endpoint": listens,
	"end_session_endpoint":          endsSessions,

	"response_types_supported": lists(answersType,
		"code", "token", "id_token", "code token", "code id_token", "id_token token", "code id_token token", "none"),
	"response_modes_supported": lists(answersMode,
		"query", "fragment", "form_post", "web_message", "jwt", "query.jwt", "fragment.jwt", "form_post.jwt"),
	"grant_types_supported": lists(grants,
		"client_credentials", "authorization_code", "refresh_token", "password", "implicit",
		deviceCode, "urn:ietf:params:oauth:grant-type:token-exchange",
		"urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:saml2-bearer",
		"urn:openid:params:grant-type:ciba"),
	"code_challenge_methods_supported":           lists(challenges, "S256", "plain", "S512"),
	"id_token_signing_alg_values_supported":      lists(signsBy, algorithms...),
	"userinfo_signing_alg_values_supported":      lists(signsUserinfoBy, algorithms...),
	"introspection_signing_alg_values_supported": lists(signsIntrospectionBy, algorithms...),
	"subject_types_supported":                    lists(names, "public", "pairwise"),

	"token_endpoint_auth_methods_supported":         lists(authenticatesAt("token_endpoint"), methods...),
	"revocation_endpoint_auth_methods_supported":    lists(authenticatesAt("revocation_endpoint"), methods...),
	"introspection_endpoint_auth_methods_supported": lists(authenticatesAt("introspection_endpoint"), methods...),

	// Scopes and claims of one's own may be left out of the lists (RFC 8414 section 2, Discovery section 3).
	"scopes_supported": lists(grantsScope),
	"claims_supported": lists(tells),

	"authorization_response_iss_parameter_supported": holds(namesItself),
	"claims_parameter_supported":                     holds(tellsWhatIsAsked),
	"backchannel_logout_supported":                   holds(announces("sub")),
	"backchannel_logout_session_supported":           holds(announces("sid")),
	"request_parameter_supported":                    holds(takesRequestObjects("request")),
	"request_uri_parameter_supported":                holds(takesRequestObjects("request_uri")),
}

// algorithms are those that clients may think of.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA", "HS256", "none"}

// lists proves a list: exactly its values work, of all that are known.
func lists(works func(t *testing.T, j *judged, value string) bool, known ...string) func(*testing.T, *judged, any) {
	return func(t *testing.T, j *judged, said any) {
		var listed []string
		for _, value := range said.([]any) {
			listed = append(listed, value.(string))
		}
		for _, value := range slices.Compact(slices.Sorted(slices.Values(slices.Concat(listed, known)))) {
			if got, want := works(t, j, value), slices.Contains(listed, value); got != want {
				t.Errorf("%s: works %t, listed %t", value, got, want)
			}
		}
	}
}

// holds proves a yes or a no.
func holds(works func(*testing.T, *judged) bool) func(*testing.T, *judged, any) {
	return func(t *testing.T, j *judged, said any) { same(t, any(works(t, j)), said) }
}

func same(t *testing.T, want, said any) {
	t.Helper()
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("(-true +said):\n%s", diff)
	}
}

// listens proves that there is an endpoint, which refuses a request that says nothing.
func listens(t *testing.T, j *judged, said any) {
	if status := j.knock(t, said.(string)); status != http.StatusBadRequest && status != http.StatusUnauthorized {
		t.Errorf("%v answers %d", said, status)
	}
}

// servesKeys proves that the key set has a key of each algorithm of ID tokens, and only public ones.
func servesKeys(t *testing.T, j *judged, said any) {
	var found []string
	for _, key := range j.metadata(t, said.(string))["keys"].([]any) {
		jwk := key.(map[string]any)
		found = append(found, jwk["alg"].(string))
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
			if _, there := jwk[private]; there {
				t.Errorf("key %v tells its %s", jwk["kid"], private)
			}
		}
	}
	slices.Sort(found)
	same(t, []string{"ES256", "RS256"}, any(found))
}

// metadata reads a document.
func (j *judged) metadata(t *testing.T, address string) map[string]any {
	t.Helper()
	response, err := j.client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var document map[string]any
	if err := json.NewDecoder(response.Body).Decode(&document); err != nil {
		t.Fatalf("%s: %s: %v", address, response.Status, err)
	}
	return document
}

// knock posts nothing.
func (j *judged) knock(t *testing.T, address string) int {
	t.Helper()
	response, err := j.client.PostForm(address, url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}
