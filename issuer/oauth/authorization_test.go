package oauth_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

func request(t *testing.T, query string) (*oauth.AuthorizationRequest, error) {
	t.Helper()
	form, err := oauth.ParseAuthorizationForm(query)
	if err != nil {
		t.Fatal(err)
	}
	return form.Request()
}

func TestAuthorizationRequest(t *testing.T) {
	for _, tc := range []struct {
		name, query string
		want        oauth.AuthorizationRequest
	}{
		{"minimal", "", oauth.AuthorizationRequest{}},
		{"state", "&state=%C3%BC+%26", oauth.AuthorizationRequest{State: "ü &"}},
		{"query", "&response_mode=query", oauth.AuthorizationRequest{}},
		{"form post", "&response_mode=form_post", oauth.AuthorizationRequest{ResponseMode: oauth.ModeFormPost}},
		{"scopes", "&scope=openid+read", oauth.AuthorizationRequest{Scopes: oauth.Scopes{"openid", "read"}}},
		{"resources", "&resource=urn:x&resource=b:2&resource=urn:x", oauth.AuthorizationRequest{Resources: []string{"urn:x", "b:2"}}},
		{"nonce", "&nonce=" + strings.Repeat("n", 64), oauth.AuthorizationRequest{Nonce: strings.Repeat("n", 64)}},
		{"prompt none", "&prompt=none", oauth.AuthorizationRequest{Prompt: oauth.Prompt{None: true}}},
		{"prompts", "&prompt=login+consent+select_account", oauth.AuthorizationRequest{Prompt: oauth.Prompt{Login: true, Consent: true, SelectAccount: true}}},
		{"prompt repeated", "&prompt=login+login", oauth.AuthorizationRequest{Prompt: oauth.Prompt{Login: true}}},
		{"max_age", "&max_age=3600", oauth.AuthorizationRequest{MaxAge: new(time.Hour)}},
		{"max_age zero", "&max_age=0", oauth.AuthorizationRequest{MaxAge: new(time.Duration(0))}},
		{"hints", "&login_hint=jane@shop.example&id_token_hint=x.y.z", oauth.AuthorizationRequest{LoginHint: "jane@shop.example", IDTokenHint: "x.y.z"}},
		{"acr_values", "&acr_values=b+a", oauth.AuthorizationRequest{ACRValues: []string{"b", "a"}}},
		{"claims", "&claims=%7B%22id_token%22:%7B%22acr%22:null%7D%7D", oauth.AuthorizationRequest{Claims: &oauth.ClaimsRequest{IDToken: map[string]oauth.ClaimRequest{"acr": {}}}}},
		{"what causes no error", "&display=popup&ui_locales=xx&claims_locales=++&registration=x", oauth.AuthorizationRequest{}},
		{"unknown parameters", "&foo=bar&_=1", oauth.AuthorizationRequest{}},
		{"without a value", "&state=&scope=&prompt=&max_age=&claims=&resource=&request=&request_uri=&response_mode=", oauth.AuthorizationRequest{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := request(t, whole+tc.query)
			if err != nil {
				t.Fatal(err)
			}
			tc.want.ClientID, tc.want.RedirectURI = "a", "https://a.example/cb"
			tc.want.ResponseType, tc.want.CodeChallenge = "code", challenge
			if tc.want.ResponseMode == "" {
				tc.want.ResponseMode = oauth.ModeQuery
			}
			if diff := cmp.Diff(&tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.query, diff)
			}
		})
	}
}

// TestAuthorizationRequestRefuses holds what a client is told by way of its redirect URI: X-07, AZ-08, AZ-10, AZ-11,
// AZ-14, AZ-20, AZ-24, PK-01 to PK-03, OI-08 and OI-15.
func TestAuthorizationRequestRefuses(t *testing.T) {
	const client = "client_id=a&redirect_uri=b:c&"
	const challenged = client + "response_type=code&code_challenge_method=S256&code_challenge="
	for _, tc := range []struct {
		name, query string
		want        oauth.Code
	}{
		{"state twice", whole + "&state=s&state=s", oauth.InvalidRequest},
		{"scope twice", whole + "&scope=a&scope=b", oauth.InvalidRequest},
		{"nonce twice, once empty", whole + "&nonce=&nonce=n", oauth.InvalidRequest},
		{"unknown parameter twice", whole + "&x=1&x=2", oauth.InvalidRequest},
		{"no response_type", strings.Replace(whole, "response_type=code", "response_type=", 1), oauth.InvalidRequest},
		{"token", client + "response_type=token", oauth.UnsupportedResponseType},
		{"id_token", client + "response_type=id_token", oauth.UnsupportedResponseType},
		{"code token", client + "response_type=code+token", oauth.UnsupportedResponseType},
		{"code id_token", client + "response_type=code+id_token", oauth.UnsupportedResponseType},
		{"code twice", client + "response_type=code+code", oauth.UnsupportedResponseType},
		{"code in another case", client + "response_type=Code", oauth.UnsupportedResponseType},
		{"none", client + "response_type=none", oauth.UnsupportedResponseType},
		{"fragment", whole + "&response_mode=fragment", oauth.InvalidRequest},
		{"unknown mode", whole + "&response_mode=web_message", oauth.InvalidRequest},
		{"mode in another case", whole + "&response_mode=Query", oauth.InvalidRequest},
		{"too long a state", whole + "&state=" + strings.Repeat("x", 2049), oauth.InvalidRequest},
		{"too long a nonce", whole + "&nonce=" + strings.Repeat("x", 513), oauth.InvalidRequest},
		{"no challenge", client + "response_type=code", oauth.InvalidRequest},
		{"no challenge, but a method", client + "response_type=code&code_challenge_method=S256", oauth.InvalidRequest},
		{"no method", client + "response_type=code&code_challenge=" + challenge, oauth.InvalidRequest},
		{"plain", client + "response_type=code&code_challenge_method=plain&code_challenge=" + challenge, oauth.InvalidRequest},
		{"method in another case", client + "response_type=code&code_challenge_method=s256&code_challenge=" + challenge, oauth.InvalidRequest},
		{"short challenge", challenged + challenge[:42], oauth.InvalidRequest},
		{"long challenge", challenged + challenge + "A", oauth.InvalidRequest},
		{"padded challenge", challenged + challenge + "%3D", oauth.InvalidRequest},
		{"padding for its last character", challenged + challenge[:42] + "%3D", oauth.InvalidRequest},
		{"challenge in Base64", challenged + challenge[:42] + "%2B", oauth.InvalidRequest},
		{"unreserved, but not base64url", challenged + challenge[:42] + "~", oauth.InvalidRequest},
		{"challenge that is not ASCII", challenged + challenge[:41] + "%C3%BC", oauth.InvalidRequest},
		{"malformed scope", whole + "&scope=a++b", oauth.InvalidScope},
		{"malformed resource", whole + "&resource=/api", oauth.InvalidTarget},
		{"prompt none and another", whole + "&prompt=none+login", oauth.InvalidRequest},
		{"another and prompt none", whole + "&prompt=consent+none", oauth.InvalidRequest},
		{"unknown prompt", whole + "&prompt=Login", oauth.InvalidRequest},
		{"prompt create", whole + "&prompt=create", oauth.InvalidRequest},
		{"two spaces in prompt", whole + "&prompt=login++consent", oauth.InvalidRequest},
		{"max_age of words", whole + "&max_age=1h", oauth.InvalidRequest},
		{"negative max_age", whole + "&max_age=-1", oauth.InvalidRequest},
		{"fraction of max_age", whole + "&max_age=1.5", oauth.InvalidRequest},
		{"signed max_age", whole + "&max_age=%2B1", oauth.InvalidRequest},
		{"endless max_age", whole + "&max_age=4294967296", oauth.InvalidRequest},
		{"malformed claims", whole + "&claims=%7B", oauth.InvalidRequest},
		{"request object", whole + "&request=x.y.z", oauth.RequestNotSupported},
		{"reference to a request object", whole + "&request_uri=https://a.example/r", oauth.RequestURINotSupported},
		{"request object and nothing else", client + "request=x.y.z", oauth.RequestNotSupported},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := request(t, tc.query); oauth.CodeOf(err) != tc.want || got != nil {
				t.Errorf("%v, %v; want %s", got, err, tc.want)
			}
		})
	}
}

// FuzzAuthorization holds four laws: every failure is a refusal in the protocol's words; what is accepted holds what later
// code relies on; the same request comes out again of what Encode writes; and nobody learns of a state that was not sent
// exactly once.
func FuzzAuthorization(f *testing.F) {
	for _, seed := range []string{"", whole, "client_id=a", whole + "&state=x&state=y", whole + "&prompt=none&max_age=0&resource=b:2&resource=a:1", whole + "&claims=%7B%7D&x=1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		form, err := oauth.ReadAuthorization(visit(query))
		if err != nil {
			if oauth.From(err).Status() >= 500 {
				t.Errorf("%q: %v", query, err)
			}
			return
		}
		sent, err := url.ParseQuery(query)
		if state := form.State(); err != nil || state != "" && !slices.Equal(sent["state"], []string{state}) {
			t.Errorf("%q has state %q (%v)", query, state, err)
		}
		req, err := form.Request()
		if err != nil {
			if oauth.From(err).Status() >= 500 {
				t.Errorf("%q: %v", query, err)
			}
			return
		}
		if req.ClientID == "" || len(req.CodeChallenge) != 43 || req.ResponseType != "code" || req.Prompt.None && req.Prompt.Login {
			t.Errorf("%q: accepted as %+v", query, req)
		}
		again, err := request(t, form.Encode())
		if diff := cmp.Diff(req, again); err != nil || diff != "" {
			t.Errorf("%q, written and read again: %v (-first +second):\n%s", query, err, diff)
		}
	})
}
