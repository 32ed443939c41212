package oauth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

// TestReadLogout holds LO-01: the same request by GET and by POST. A form of our own comes by POST alone.
func TestReadLogout(t *testing.T) {
	whole := oauth.LogoutRequest{IDTokenHint: "a.b.c", ClientID: "web", PostLogoutRedirectURI: "https://web.example/left?x=y", State: "ü &"}
	formed := whole
	formed.FormToken = "sealed"
	for _, tc := range []struct {
		name, sent string
		byGet      *oauth.LogoutRequest // nil when refused
		byPost     *oauth.LogoutRequest
	}{
		{"nothing", "", &oauth.LogoutRequest{}, &oauth.LogoutRequest{}},
		{"all", whole.Encode(), &whole, &whole},
		{"what is ignored", whole.Encode() + "&logout_hint=alice&ui_locales=de&x=", &whole, &whole},
		{"empty ones", "client_id=&state=", &oauth.LogoutRequest{}, &oauth.LogoutRequest{}},
		{"a form of ours", whole.Encode() + "&token=sealed", &whole, &formed},
		{"X-07 a parameter twice", "client_id=a&client_id=a", nil, nil},
		{"X-11 malformed", "state=%zz", nil, nil},
		{"X-11 a control character", "state=%00", nil, nil},
		{"long state", "state=" + strings.Repeat("x", 2049), nil, nil},
		{"long in all", "id_token_hint=" + strings.Repeat("x", 8192), nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			post := httptest.NewRequest(http.MethodPost, "/logout", strings.NewReader(tc.sent))
			post.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			get := httptest.NewRequest(http.MethodGet, "/logout", nil)
			get.URL.RawQuery = tc.sent
			for want, r := range map[**oauth.LogoutRequest]*http.Request{&tc.byGet: get, &tc.byPost: post} {
				got, err := oauth.ReadLogout(r)
				if diff := cmp.Diff(*want, got); diff != "" {
					t.Errorf("by %s (-want +got):\n%s", r.Method, diff)
				}
				if (err != nil) != (*want == nil) || *want == nil && oauth.CodeOf(err) != oauth.InvalidRequest {
					t.Errorf("by %s: %v", r.Method, err)
				}
			}
		})
	}
}

// FuzzParseLogout holds two laws: parsing never panics, and what parses survives being written and read again.
func FuzzParseLogout(f *testing.F) {
	for _, seed := range []string{"", "client_id=web&state=s", "id_token_hint=a.b.c&post_logout_redirect_uri=https%3A%2F%2Fweb.example%2F", "token=x", "a=%zz", ";"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		req, err := oauth.ParseLogout(in)
		if err != nil {
			return
		}
		again, err := oauth.ParseLogout(req.Encode())
		if err != nil || *again != *req {
			t.Errorf("%q parsed to %+v, then to %+v (%v)", in, req, again, err)
		}
	})
}
