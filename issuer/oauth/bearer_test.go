package oauth_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"tokenwright.dev/issuer/oauth"
)

const (
	bare         = `Bearer realm="tokenwright"`
	invalidToken = bare + `, error="invalid_token", error_description="the access token is malformed, expired, revoked or not for this"`
)

// asks makes a request to userinfo.
func asks(method, authorization, query, contentType, body string) *http.Request {
	r := post(body, authorization)
	r.Method, r.URL.RawQuery = method, query
	r.Header.Set("Content-Type", contentType)
	return r
}

// TestParseBearer holds BR-01 to BR-03 and BR-05 to BR-07.
func TestParseBearer(t *testing.T) {
	const get, put = http.MethodGet, http.MethodPut
	const sent = "tw_at_x.y-z~1+2/3=="
	const inBody = "access_token=tw_at_x"
	for _, tc := range []struct {
		name   string
		r      *http.Request
		want   string // the token, or how the challenge begins
		status int    // 0: accepted
	}{
		{"header", asks(get, "Bearer "+sent, "", "", ""), sent, 0},
		{"header of a POST", asks(http.MethodPost, "Bearer "+sent, "", "", ""), sent, 0},
		{"header of a POST with a form", asks(http.MethodPost, "Bearer "+sent, "", formType, "x=y"), sent, 0},
		{"header and an empty parameter", asks(http.MethodPost, "Bearer "+sent, "", formType, "access_token="), sent, 0},
		{"scheme in any case", asks(get, "bEaReR  "+sent, "", "", ""), sent, 0},
		{"body", asks(http.MethodPost, "", "", formType, inBody), "tw_at_x", 0},
		{"body, and a scheme that proves nothing", asks(http.MethodPost, basic("a:b"), "", formType, inBody), "tw_at_x", 0},
		{"nothing", asks(get, "", "", "", ""), bare, 401},
		{"nothing in a form", asks(http.MethodPost, "", "", formType, ""), bare, 401},
		{"another scheme", asks(get, basic("a:b"), "", "", ""), bare, 401},
		{"scheme that only begins so", asks(get, "Bearers x", "", "", ""), bare, 401},
		{"body of a PUT", asks(put, "", "", formType, inBody), bare, 401},
		{"body of another type", asks(http.MethodPost, "", "", "text/plain", inBody), bare, 401},
		{"body of a GET", asks(get, "", "", formType, inBody), bare, 401},
		{"scheme alone", asks(get, "Bearer", "", "", ""), invalidToken, 401},
		{"scheme and space alone", asks(get, "Bearer ", "", "", ""), invalidToken, 401},
		{"no token68", asks(get, "Bearer a,b", "", "", ""), invalidToken, 401},
		{"two tokens", asks(get, "Bearer a b", "", "", ""), invalidToken, 401},
		{"padding alone", asks(get, "Bearer ==", "", "", ""), invalidToken, 401},
		{"padding amid", asks(get, "Bearer a=b", "", "", ""), invalidToken, 401},
		{"quoted", asks(get, `Bearer "a"`, "", "", ""), invalidToken, 401},
		{"not ASCII", asks(get, "Bearer ü", "", "", ""), invalidToken, 401},
		{"no token68 in the body", asks(http.MethodPost, "", "", formType, "access_token=a%20b"), invalidToken, 401},
		{"header and body", asks(http.MethodPost, "Bearer "+sent, "", formType, inBody), bare + `, error="invalid_request"`, 400},
		{"twice in the body", asks(http.MethodPost, "", "", formType, inBody+"&"+inBody), bare + `, error="invalid_request"`, 400},
		{"malformed body", asks(http.MethodPost, "", "", formType, "%"), bare + `, error="invalid_request"`, 400},
		{"query", asks(get, "", inBody, "", ""), bare + `, error="invalid_request"`, 400},
		{"query and header", asks(get, "Bearer "+sent, inBody, "", ""), bare + `, error="invalid_request"`, 400},
		{"malformed query", asks(get, "Bearer "+sent, "%zz", "", ""), bare + `, error="invalid_request"`, 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := oauth.ParseBearer(tc.r)
			if tc.status == 0 {
				if got != tc.want || err != nil {
					t.Errorf("%q, %v; want %q", got, err, tc.want)
				}
				return
			}
			refusal := oauth.From(err)
			if header := refusal.BearerHeader(); got != "" || refusal.Status() != tc.status || !strings.HasPrefix(header, tc.want) {
				t.Errorf("%q, status %d, %s; want %d, %s", got, refusal.Status(), header, tc.status, tc.want)
			}
			if tc.want == bare && refusal.BearerHeader() != bare {
				t.Errorf("%s says more than that a token is needed", refusal.BearerHeader())
			}
		})
	}
}

func TestTwoBearerTokens(t *testing.T) {
	r := asks(http.MethodGet, "Bearer a", "", "", "")
	r.Header.Add("Authorization", "Bearer a")
	if _, err := oauth.ParseBearer(r); oauth.CodeOf(err) != oauth.InvalidRequest {
		t.Errorf("%v, want invalid_request", err)
	}
}

// TestBearerHeader holds BR-03 and BR-04, and that no text of a request ends up where it could end a header.
func TestBearerHeader(t *testing.T) {
	for _, tc := range []struct {
		name   string
		err    error
		status int
		want   string
	}{
		{"no token", oauth.RefuseToken(errors.New("expired")), 401, invalidToken},
		{"no scope", oauth.RefuseScope("openid"), 403, bare + `, error="insufficient_scope", error_description="the access token lacks scope openid", scope="openid"`},
		{"nobody's", oauth.RefuseImpersonal(), 403, bare + `, error="insufficient_scope", error_description="the access token is a client's own, and this is about people who log in"`},
		{"hostile", &oauth.Error{Code: "x", Description: "a\"\r\nb", Bearer: &oauth.BearerChallenge{Scope: "a\"\r\nb"}}, 400, bare + `, error="x", error_description="ab", scope="ab"`},
		{"no description", &oauth.Error{Code: oauth.InvalidToken, Bearer: &oauth.BearerChallenge{}}, 401, bare + `, error="invalid_token"`},
		{"of another scheme", oauth.InvalidClient.Refusef("no"), 401, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			refusal := oauth.From(tc.err)
			if got := refusal.BearerHeader(); got != tc.want || refusal.Status() != tc.status {
				t.Errorf("status %d, %s; want %d, %s", refusal.Status(), got, tc.status, tc.want)
			}
		})
	}
}

// FuzzParseBearer holds two laws: every failure is a refusal in the protocol's words with a challenge, and what is
// accepted is a token68 that stands in the request.
func FuzzParseBearer(f *testing.F) {
	f.Add("Bearer abc", "", "")
	f.Add("", "", "access_token=abc")
	f.Add("bearer  a=", "access_token=x", "access_token=%20")
	f.Fuzz(func(t *testing.T, authorization, query, body string) {
		got, err := oauth.ParseBearer(asks(http.MethodPost, authorization, query, formType, body))
		if err != nil {
			if refusal := oauth.From(err); refusal.Status() >= 500 || !strings.HasPrefix(refusal.BearerHeader(), bare) {
				t.Errorf("%q %q %q: %v", authorization, query, body, err)
			}
			return
		}
		const token68 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
		if got == "" || strings.Trim(got, token68) != "" || !strings.HasSuffix(authorization, got) && !strings.Contains(body, "=") {
			t.Errorf("%q %q %q: accepted as %q", authorization, query, body, got)
		}
	})
}
