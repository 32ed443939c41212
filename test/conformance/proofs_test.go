package conformance

import (
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tokenwright.dev/issuer/registration"
)

// answersType tells whether a response type gets what it asks for.
func answersType(t *testing.T, j *judged, value string) bool {
	arrived := j.send(t, "web", "response_type", value)
	return arrived != nil && arrived.params().Get("error") == ""
}

// answersMode tells whether a response mode brings a code in its way.
func answersMode(t *testing.T, j *judged, value string) bool {
	arrived := j.send(t, "web", "response_mode", value)
	if arrived == nil || arrived.params().Get("code") == "" {
		return false
	}
	method := map[string]string{"query": http.MethodGet, "form_post": http.MethodPost}[value]
	return arrived.Method == method
}

// grants tells whether a grant type gets an access token.
func grants(t *testing.T, j *judged, grantType string) bool {
	switch grantType {
	case "client_credentials":
		return wasIssued(j.token(t, "robot", "grant_type", grantType))
	case "authorization_code":
		return wasIssued(j.login(t, "web"))
	case "refresh_token":
		return wasIssued(j.token(t, "web", "grant_type", grantType, "refresh_token", j.login(t, "web").text("refresh_token")))
	case deviceCode:
		return wasIssued(j.connect(t))
	default:
		answer := j.token(t, "web", "grant_type", grantType, "username", username, "password", password,
			"assertion", "x", "subject_token", "x", "auth_req_id", "x")
		return answer.text("error") != "unsupported_grant_type"
	}
}

// connect gets the tokens of a device, whose owner has allowed it before it asks for the first time.
func (j *judged) connect(t *testing.T) members {
	t.Helper()
	id := clients["tv"].ID
	device := j.post(t, "/device_authorization", form("client_id", id, "scope", "openid"))
	if _, err := j.person().visit(t.Context(), device.text("verification_uri_complete")); err != nil {
		t.Error(err)
	}
	return j.post(t, "/token", form("client_id", id, "grant_type", deviceCode, "device_code", device.text("device_code")))
}

// challenges tells whether a method of PKCE leads to tokens.
func challenges(t *testing.T, j *judged, method string) bool {
	if method == "S256" {
		return wasIssued(j.login(t, "web"))
	}
	return wasIssued(j.login(t, "web", "code_challenge", verifier, "code_challenge_method", method))
}

// signsBy tells whether a client that is registered for an algorithm gets its ID tokens by that.
func signsBy(t *testing.T, j *judged, algorithm string) bool {
	registered := register("web", j.callback)
	registered.IDToken = &registration.IDTokenRules{Lifetime: 600, Algorithm: algorithm}
	j.register(registered)
	defer j.register(register("web", j.callback))
	raw := j.login(t, "web").text("id_token")
	if raw == "" {
		return false
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	return err == nil && token.Headers[0].Algorithm == algorithm
}

// names tells whether two clients know a person by the same sub, or by different ones.
func names(t *testing.T, j *judged, kind string) bool {
	one := j.userinfo(t, j.login(t, "web").text("access_token")).text("sub")
	other := j.userinfo(t, j.login(t, "modern").text("access_token")).text("sub")
	return one != "" && (one == other) == (kind == "public")
}

// grantsScope tells whether a scope is in the token that was asked for with it.
func grantsScope(t *testing.T, j *judged, scope string) bool {
	return includes(j.login(t, "web", "scope", "openid "+scope).text("scope"), scope)
}

// tells reports whether a claim is in the ID token or at the userinfo endpoint, once everything is asked for.
func tells(t *testing.T, j *judged, claim string) bool {
	tokens := j.login(t, "web", "scope", strings.Join(standardScopes, " "))
	_, there := j.userinfo(t, tokens.text("access_token"))[claim]
	return there || claimsOf(t, tokens.text("id_token"))[claim] != nil
}

// claimsOf reads an ID token without a look at its signature, which others judge.
func claimsOf(t *testing.T, raw string) members {
	t.Helper()
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatal(err)
	}
	claims := members{}
	if err := token.UnsafeClaimsWithoutVerification(&claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// namesItself tells whether the issuer says who it is with every answer (RFC 9207 section 2).
func namesItself(t *testing.T, j *judged) bool {
	for _, prompt := range []string{"login", "none"} {
		if arrived := j.send(t, "web", "prompt", prompt); arrived == nil || arrived.params().Get("iss") != j.url {
			return false
		}
	}
	return true
}

// tellsWhatIsAsked tells whether the claims parameter brings a claim into the ID token.
func tellsWhatIsAsked(t *testing.T, j *judged) bool {
	tokens := j.login(t, "web", "claims", `{"id_token": {"nickname": null}}`)
	return claimsOf(t, tokens.text("id_token")).text("nickname") == "Al"
}

// takesRequestObjects tells whether a request in a JWT is not refused as something unknown.
func takesRequestObjects(parameter string) func(*testing.T, *judged) bool {
	return func(t *testing.T, j *judged) bool {
		arrived := j.send(t, "web", parameter, "https://web.example/request.jwt")
		return arrived == nil || arrived.params().Get("error") != parameter+"_not_supported"
	}
}
