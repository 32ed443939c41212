package oauth_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

const (
	formType = "application/x-www-form-urlencoded"
	minimal  = "grant_type=client_credentials&client_id=a&client_secret=b"
)

func post(body, authorization string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(body))
	r.Header.Set("Content-Type", formType)
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	return r
}

func TestParseTokenRequest(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       oauth.TokenRequest
	}{
		{"minimal", "", oauth.TokenRequest{}},
		{"scopes", "&scope=read+write", oauth.TokenRequest{Scopes: oauth.Scopes{"read", "write"}}},
		{"scope without a value", "&scope=", oauth.TokenRequest{}},
		{"resource", "&resource=https://orders.example/api?v=1", oauth.TokenRequest{Resources: []string{"https://orders.example/api?v=1"}}},
		{"resource, escaped", "&resource=https%3A%2F%2Forders.example", oauth.TokenRequest{Resources: []string{"https://orders.example"}}},
		{"resources", "&resource=urn:x&resource=b:2&resource=urn:x", oauth.TokenRequest{Resources: []string{"urn:x", "b:2"}}},
		{"resource without a value", "&resource=&resource=b:2", oauth.TokenRequest{Resources: []string{"b:2"}}},
		{"sixteen resources", resources(16), oauth.TokenRequest{Resources: sixteen}},
		{"unknown parameters", "&foo=bar&_=1", oauth.TokenRequest{}},
		{"code", "&code=tw_ac_x&redirect_uri=https://a.example/cb&code_verifier=v", oauth.TokenRequest{Code: "tw_ac_x", RedirectURI: "https://a.example/cb", CodeVerifier: "v"}},
		{"code, escaped", "&co%64e=a%2Bb", oauth.TokenRequest{Code: "a+b"}},
		{"code without a value", "&code=&redirect_uri&code_verifier=", oauth.TokenRequest{}},
		{"refresh token", "&refresh_token=tw_rt_x&scope=read", oauth.TokenRequest{RefreshToken: "tw_rt_x", Scopes: oauth.Scopes{"read"}}},
		{"device code", "&device_code=tw_dc_x", oauth.TokenRequest{DeviceCode: "tw_dc_x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := oauth.ParseTokenRequest(post(minimal+tc.body, ""))
			if err != nil {
				t.Fatal(err)
			}
			tc.want.Credentials = oauth.Credentials{ClientID: "a", Secret: "b", Method: oauth.MethodPost}
			tc.want.GrantType = "client_credentials"
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.body, diff)
			}
		})
	}
}

var sixteen = strings.Split("urn:0 urn:1 urn:2 urn:3 urn:4 urn:5 urn:6 urn:7 urn:8 urn:9 urn:10 urn:11 urn:12 urn:13 urn:14 urn:15", " ")

func resources(n int) string {
	var body strings.Builder
	for i := range n {
		fmt.Fprintf(&body, "&resource=urn:%d", i)
	}
	return body.String()
}

func TestParseTokenRequestRefuses(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       oauth.Code
	}{
		{"empty body", "", oauth.InvalidClient},
		{"no grant_type", "client_id=a&client_secret=b", oauth.InvalidRequest},
		{"empty grant_type", "grant_type=&client_id=a&client_secret=b", oauth.InvalidRequest},
		{"grant_type twice", minimal + "&grant_type=client_credentials", oauth.InvalidRequest},
		{"code twice", minimal + "&code=a&code=b", oauth.InvalidRequest},
		{"redirect_uri twice", minimal + "&redirect_uri=a&redirect_uri=a", oauth.InvalidRequest},
		{"code_verifier twice", minimal + "&code_verifier=a&code_verifier=b", oauth.InvalidRequest},
		{"refresh_token twice", minimal + "&refresh_token=a&refresh_token=", oauth.InvalidRequest},
		{"device_code twice", minimal + "&device_code=a&device_code=a", oauth.InvalidRequest},
		{"scope twice", minimal + "&scope=a&scope=b", oauth.InvalidRequest},
		{"unknown parameter twice", minimal + "&x=1&x=2", oauth.InvalidRequest},
		{"malformed body", minimal + "&x=%", oauth.InvalidRequest},
		{"malformed scope", minimal + "&scope=a++b", oauth.InvalidScope},
		{"too many resources", minimal + resources(17), oauth.InvalidTarget},
		{"relative resource", minimal + "&resource=/api", oauth.InvalidTarget},
		{"host alone", minimal + "&resource=orders.example", oauth.InvalidTarget},
		{"scheme alone", minimal + "&resource=https:", oauth.InvalidTarget},
		{"no scheme", minimal + "&resource=://orders.example", oauth.InvalidTarget},
		{"scheme that begins with a digit", minimal + "&resource=1a:b", oauth.InvalidTarget},
		{"scheme of other characters", minimal + "&resource=a_b:c", oauth.InvalidTarget},
		{"fragment", minimal + "&resource=https://orders.example%23x", oauth.InvalidTarget},
		{"empty fragment", minimal + "&resource=https://orders.example%23", oauth.InvalidTarget},
		{"space in a resource", minimal + "&resource=https://orders.example/a+b", oauth.InvalidTarget},
		{"not ASCII in a resource", minimal + "&resource=https://%C3%BC.example", oauth.InvalidTarget},
		{"long resource", minimal + "&resource=urn:" + strings.Repeat("x", 509), oauth.InvalidTarget},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := oauth.ParseTokenRequest(post(tc.body, "")); oauth.CodeOf(err) != tc.want || got != nil {
				t.Errorf("%v, %v; want %s", got, err, tc.want)
			}
		})
	}
}

// TestGrantTypeIsNotJudged: which grants there are is not known here (TK-03).
func TestGrantTypeIsNotJudged(t *testing.T) {
	got, err := oauth.ParseTokenRequest(post("grant_type=password&client_id=a", ""))
	if err != nil || got.GrantType != "password" {
		t.Errorf("%v, %v; want the grant type as it was sent", got, err)
	}
}

func TestParseIntrospectionRequest(t *testing.T) {
	got, err := oauth.ParseIntrospectionRequest(post("token=x.y.z&token_type_hint=nonsense", basic("a:b")))
	want := &oauth.IntrospectionRequest{Credentials: oauth.Credentials{ClientID: "a", Secret: "b", Method: oauth.MethodBasic}, Token: "x.y.z"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, tc := range []struct {
		name, body, authorization string
		want                      oauth.Code
	}{
		{"no token", "token_type_hint=access_token", basic("a:b"), oauth.InvalidRequest},
		{"empty token", "token=", basic("a:b"), oauth.InvalidRequest},
		{"token twice", "token=a&token=b", basic("a:b"), oauth.InvalidRequest},
		{"nobody asks", "token=a", "", oauth.InvalidClient},
		{"malformed body", "token=%", basic("a:b"), oauth.InvalidRequest},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := oauth.ParseIntrospectionRequest(post(tc.body, tc.authorization)); oauth.CodeOf(err) != tc.want || got != nil {
				t.Errorf("%v, %v; want %s", got, err, tc.want)
			}
		})
	}
}

// TestParseRevocationRequest holds RV-01, RV-04 and RV-05, as far as a request alone decides them.
func TestParseRevocationRequest(t *testing.T) {
	for _, tc := range []struct{ name, body, token, hint string }{
		{"no hint", "token=x", "x", ""},
		{"hint", "token=x&token_type_hint=refresh_token", "x", "refresh_token"},
		{"hint that nobody knows", "token=x&token_type_hint=nonsense", "x", "nonsense"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := oauth.ParseRevocationRequest(post(tc.body, basic("a:b")))
			if err != nil || got.Token != tc.token || got.TypeHint != tc.hint || got.ClientID != "a" || got.Secret != "b" {
				t.Errorf("%v, %v; want token %q, hint %q", got, err, tc.token, tc.hint)
			}
		})
	}
	for _, tc := range []struct {
		name, body, authorization string
		want                      oauth.Code
	}{
		{"no token", "token_type_hint=access_token", basic("a:b"), oauth.InvalidRequest},
		{"empty token", "token=", basic("a:b"), oauth.InvalidRequest},
		{"token twice", "token=a&token=b", basic("a:b"), oauth.InvalidRequest},
		{"hint twice", "token=a&token_type_hint=b&token_type_hint=b", basic("a:b"), oauth.InvalidRequest},
		{"nobody asks", "token=a", "", oauth.InvalidClient},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := oauth.ParseRevocationRequest(post(tc.body, tc.authorization)); oauth.CodeOf(err) != tc.want || got != nil {
				t.Errorf("%v, %v; want %s", got, err, tc.want)
			}
		})
	}
}

// TestContentType holds X-09.
func TestContentType(t *testing.T) {
	for _, tc := range []struct {
		name   string
		values []string
		ok     bool
	}{
		{"exact", []string{formType}, true},
		{"with charset", []string{formType + "; charset=UTF-8"}, true},
		{"with charset, no space", []string{formType + ";charset=utf-8"}, true},
		{"in another case", []string{"Application/X-WWW-Form-URLEncoded"}, true},
		{"none", nil, false},
		{"empty", []string{""}, false},
		{"JSON", []string{"application/json"}, false},
		{"multipart", []string{"multipart/form-data; boundary=x"}, false},
		{"text", []string{"text/plain"}, false},
		{"longer", []string{formType + "-v2"}, false},
		{"malformed", []string{formType + "; charset"}, false},
		{"two", []string{formType, "application/json"}, false},
		{"two in one", []string{formType + ", application/json"}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := post(minimal, "")
			r.Header["Content-Type"] = tc.values
			if _, err := oauth.ParseTokenRequest(r); (err == nil) != tc.ok || !tc.ok && oauth.CodeOf(err) != oauth.InvalidRequest {
				t.Errorf("Content-Type %q: %v, want accepted: %v", tc.values, err, tc.ok)
			}
		})
	}
}

// TestQuery holds X-09: nothing in the URL is honoured, and what is secret there is refused.
func TestQuery(t *testing.T) {
	for _, tc := range []struct {
		query string
		ok    bool
	}{
		{"tenant=x", true},
		{"scope=admin&grant_type=password&client_id=b&resource=urn:x", true},
		{"token_type_hint=x", true},
		{"client_secret=x", false},
		{"client%5fsecret=x", false},
		{"a=b&client_secret", false},
		{"client_assertion=x", false},
		{"token=x", false},
		{"access_token=x", false},
		{"refresh_token=x", false},
		{"code=x", false},
		{"password=x", false},
		{"a=%zz", false},
		{"a=b;client_secret=x", false},
	} {
		r := post(minimal, "")
		r.URL.RawQuery = tc.query
		got, err := oauth.ParseTokenRequest(r)
		if (err == nil) != tc.ok || !tc.ok && oauth.CodeOf(err) != oauth.InvalidRequest {
			t.Errorf("?%s: %v, want accepted: %v", tc.query, err, tc.ok)
		}
		if err == nil && (got.ClientID != "a" || got.GrantType != "client_credentials" || got.Scopes != nil || got.Resources != nil) {
			t.Errorf("?%s was honoured: %v", tc.query, got)
		}
	}
	r := post("grant_type=client_credentials", "")
	r.URL.RawQuery = "client_id=a"
	if _, err := oauth.ParseTokenRequest(r); oauth.CodeOf(err) != oauth.InvalidClient {
		t.Errorf("a client_id in the URL alone: %v, want invalid_client", err)
	}
}

// TestBodySize holds X-10, with and without a Content-Length that tells the truth.
func TestBodySize(t *testing.T) {
	const limit = 64 << 10
	for _, tc := range []struct {
		name   string
		size   int
		length int64 // as announced
		status int   // 0: accepted
	}{
		{"at the limit", limit, limit, 0},
		{"at the limit, not announced", limit, -1, 0},
		{"beyond", limit + 1, limit + 1, 413},
		{"beyond, not announced", limit + 1, -1, 413},
		{"far beyond, not announced", 10 * limit, -1, 413},
		{"small, but announced as large", len(minimal) + 10, limit + 1, 413},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := post(minimal+"&x="+strings.Repeat("y", tc.size-len(minimal)-3), "")
			r.ContentLength = tc.length
			_, err := oauth.ParseTokenRequest(r)
			if tc.status == 0 && err != nil {
				t.Error(err)
			}
			if tc.status != 0 && (oauth.CodeOf(err) != oauth.InvalidRequest || oauth.From(err).Status() != tc.status) {
				t.Errorf("%v, want invalid_request with status %d", err, tc.status)
			}
		})
	}
}

func TestBodyReading(t *testing.T) {
	errLine := errors.New("line is down")
	for _, tc := range []struct {
		name   string
		body   io.Reader
		code   oauth.Code // empty when accepted
		status int
	}{
		{"byte by byte", iotest.OneByteReader(strings.NewReader(minimal)), "", 0},
		{"end together with data", iotest.DataErrReader(strings.NewReader(minimal)), "", 0},
		{"too large, end together with data", iotest.DataErrReader(strings.NewReader(strings.Repeat("x", 64<<10+1))), oauth.InvalidRequest, 413},
		{"broken off", io.MultiReader(strings.NewReader(minimal), iotest.ErrReader(errLine)), oauth.InvalidRequest, 400},
		{"cut by the server", http.MaxBytesReader(nil, io.NopCloser(strings.NewReader(minimal)), 10), oauth.InvalidRequest, 413},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := post(minimal, "")
			r.Body = io.NopCloser(tc.body)
			_, err := oauth.ParseTokenRequest(r)
			if oauth.CodeOf(err) != tc.code || err != nil && oauth.From(err).Status() != tc.status {
				t.Errorf("%v, want %q with status %d", err, tc.code, tc.status)
			}
		})
	}
	r := post("", "")
	r.Body = nil
	if _, err := oauth.ParseTokenRequest(r); oauth.CodeOf(err) != oauth.InvalidClient {
		t.Errorf("no body at all: %v, want invalid_client", err)
	}
}

// FuzzParseTokenRequest holds two laws: every failure is a refusal in the protocol's words, never a fault of ours; and
// what is accepted holds what later code relies on.
func FuzzParseTokenRequest(f *testing.F) {
	f.Add("", "", minimal)
	f.Add(basic("a:b"), "", "grant_type=client_credentials&scope=x&resource=urn:x")
	f.Add("Bearer x", "token=x", "grant_type=x&client_assertion=y")
	f.Add("", "", "grant_type=authorization_code&client_id=a&code=x&redirect_uri=y:z&code_verifier=v")
	f.Add("", "", "grant_type=refresh_token&client_id=a&refresh_token=x&scope=y")
	f.Fuzz(func(t *testing.T, authorization, query, body string) {
		r := post(body, authorization)
		r.URL = &url.URL{Path: "/token", RawQuery: query}
		got, err := oauth.ParseTokenRequest(r)
		if err != nil {
			if oauth.From(err).Status() >= 500 {
				t.Errorf("%q %q %q: %v", authorization, query, body, err)
			}
			return
		}
		if got.ClientID == "" || got.GrantType == "" || got.Secret == "" && got.Method == oauth.MethodPost ||
			got.Secret != "" && got.Method == oauth.MethodNone {
			t.Errorf("%q %q %q: accepted as %v by %s", authorization, query, body, got, got.Method)
		}
		for _, resource := range got.Resources {
			if u, err := url.Parse(resource); err == nil && (!u.IsAbs() || u.Fragment != "") {
				t.Errorf("%q: accepted as a resource", resource)
			}
		}
	})
}
