package oauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tokenwright.dev/issuer/oauth"
)

// asked is a good authorization request, without its client_id and redirect_uri.
const asked = "response_type=code&code_challenge_method=S256&code_challenge=" + challenge

// whole is a good authorization request.
const whole = "client_id=a&redirect_uri=https%3A%2F%2Fa.example%2Fcb&" + asked

func visit(query string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/authorize", nil)
	r.URL.RawQuery = query
	return r
}

// TestReadAuthorization holds AZ-01: both methods say the same.
func TestReadAuthorization(t *testing.T) {
	for name, r := range map[string]*http.Request{"GET": visit(whole), "POST": post(whole, "")} {
		t.Run(name, func(t *testing.T) {
			got, err := oauth.ReadAuthorization(r)
			if err != nil || got.ClientID != "a" || got.RedirectURI != "https://a.example/cb" {
				t.Fatalf("%+v, %v", got, err)
			}
			if _, err := got.Request(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPostIsReadFromItsBody: what a POST has in its URL is no part of the request.
func TestPostIsReadFromItsBody(t *testing.T) {
	r := post(whole, "")
	r.URL.RawQuery = "client_id=b&state=x"
	got, err := oauth.ReadAuthorization(r)
	if err != nil || got.ClientID != "a" || got.State() != "" {
		t.Errorf("%+v, %v; want what stands in the body", got, err)
	}
	r = post(whole, "")
	r.Header.Set("Content-Type", "application/json")
	if _, err := oauth.ReadAuthorization(r); oauth.CodeOf(err) != oauth.InvalidRequest {
		t.Errorf("a body of JSON: %v, want invalid_request", err)
	}
}

// TestReadAuthorizationForAPage holds AZ-02, AZ-03 and AZ-09, X-10 and X-11: with these nobody is sent anywhere.
func TestReadAuthorizationForAPage(t *testing.T) {
	for _, tc := range []struct {
		name, query string
		ok          bool
	}{
		{"client_id alone", "client_id=a", true},
		{"redirect_uri without a value", "client_id=a&redirect_uri=", true},
		{"openid and redirect_uri", "client_id=a&redirect_uri=b:c&scope=openid", true},
		{"scope that looks like openid", "client_id=a&scope=openid2+x.openid", true},
		{"other parameters in doubt", "client_id=a&state=x&state=y&prompt=x&claims=%7B", true},
		{"empty", "", false},
		{"no client_id", "redirect_uri=b:c&" + asked, false},
		{"empty client_id", "client_id=&" + asked, false},
		{"client_id twice", "client_id=a&client_id=b&" + asked, false},
		{"client_id twice the same", "client_id=a&client_id=a&" + asked, false},
		{"client_id twice, once empty", "client_id=a&client_id=&" + asked, false},
		{"client_id twice, once escaped", "client_id=a&client%5fid=b&" + asked, false},
		{"redirect_uri twice", whole + "&redirect_uri=b:c", false},
		{"redirect_uri twice, once empty", whole + "&redirect_uri", false},
		{"openid without redirect_uri", "client_id=a&scope=openid", false},
		{"openid without redirect_uri, among others", "client_id=a&scope=x++openid", false},
		{"openid without redirect_uri, in the second scope", "client_id=a&scope=x&scope=openid", false},
		{"bad escape", whole + "&x=%zz", false},
		{"not UTF-8", whole + "&x=%ff", false},
		{"NUL", whole + "&state=%00", false},
		{"line break", whole + "&state=%0d%0a", false},
		{"semicolon", whole + ";x=1", false},
		{"empty name", whole + "&=1", false},
		{"too many parameters", whole + "&" + many("x", 64), false},
		{"at the limit", whole + "&x=" + strings.Repeat("y", 8<<10-len(whole)-3), true},
		{"too long", whole + "&x=" + strings.Repeat("y", 8<<10-len(whole)-2), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, r := range []*http.Request{visit(tc.query), post(tc.query, "")} {
				got, err := oauth.ReadAuthorization(r)
				if (err == nil) != tc.ok || (got != nil) != tc.ok || !tc.ok && oauth.CodeOf(err) != oauth.InvalidRequest {
					t.Errorf("%s %q: %v, %v; want accepted: %v", r.Method, tc.query, got, err, tc.ok)
				}
			}
		})
	}
}

func many(name string, n int) string { return strings.TrimSuffix(strings.Repeat(name+"=1&", n), "&") }

// TestAnswerInDoubt holds AZ-08, AZ-15 and AZ-20: how a request is answered that Request refuses.
func TestAnswerInDoubt(t *testing.T) {
	long, returned := strings.Repeat("x", 2048), strings.Repeat("x", 2948)
	for _, tc := range []struct {
		name, query, state string
		mode               oauth.ResponseMode
	}{
		{"nothing said", "", "", oauth.ModeQuery},
		{"said", "&state=s&response_mode=form_post", "s", oauth.ModeFormPost},
		{"query", "&response_mode=query", "", oauth.ModeQuery},
		{"reserved and other characters", "&state=%26%3D%2B+%25%3B%22%C3%BC", `&=+ %;"ü`, oauth.ModeQuery},
		{"long state", "&state=" + long, long, oauth.ModeQuery},
		{"too long a state", "&state=x" + long, "x" + long, oauth.ModeQuery},
		{"the longest that an address fits", "&state=" + returned, returned, oauth.ModeQuery},
		{"a state that no address fits", "&state=x" + returned, "", oauth.ModeQuery},
		{"in a form", "&response_mode=form_post&state=x" + returned, "x" + returned, oauth.ModeFormPost},
		{"state twice", "&state=s&state=s", "", oauth.ModeQuery},
		{"state twice, once empty", "&state=&state=s", "", oauth.ModeQuery},
		{"mode twice", "&response_mode=form_post&response_mode=form_post", "", oauth.ModeQuery},
		{"unknown mode", "&response_mode=web_message", "", oauth.ModeQuery},
		{"fragment", "&response_mode=fragment", "", oauth.ModeQuery},
	} {
		t.Run(tc.name, func(t *testing.T) {
			form, err := oauth.ParseAuthorizationForm("client_id=a" + tc.query)
			if err != nil {
				t.Fatal(err)
			}
			if form.State() != tc.state || form.ResponseMode() != tc.mode {
				t.Errorf("state %q by %s, want %q by %s", form.State(), form.ResponseMode(), tc.state, tc.mode)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"sorted", "state=s&client_id=a", "client_id=a&state=s"},
		{"one spelling", "client_id=%61&state=%2f+%20", "client_id=a&state=%2F++"},
		{"empty ones are left out", "client_id=a&state=&nonce", "client_id=a"},
		{"unknown ones are left out", "client_id=a&ui_locales=de&utm_source=x", "client_id=a"},
		{"resources keep their order", "client_id=a&resource=b:2&resource=a:1", "client_id=a&resource=b%3A2&resource=a%3A1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			form, err := oauth.ParseAuthorizationForm(tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if got := form.Encode(); got != tc.want {
				t.Errorf("%q is encoded as %q, want %q", tc.in, got, tc.want)
			}
		})
	}
}
