package oauth_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

// TestParseClaimsRequest holds OI-15.
func TestParseClaimsRequest(t *testing.T) {
	type asked = map[string]oauth.ClaimRequest
	for _, tc := range []struct {
		name, text string
		want       *oauth.ClaimsRequest // nil when refused
	}{
		{"empty", `{}`, &oauth.ClaimsRequest{}},
		{"both places", `{"userinfo":{"name":null},"id_token":{"acr":null}}`, &oauth.ClaimsRequest{IDToken: asked{"acr": {}}, UserInfo: asked{"name": {}}}},
		{"essential", `{"id_token":{"auth_time":{"essential":true}}}`, &oauth.ClaimsRequest{IDToken: asked{"auth_time": {Essential: true}}}},
		{"voluntary", `{"id_token":{"a":{"essential":false},"b":{}}}`, &oauth.ClaimsRequest{IDToken: asked{"a": {}, "b": {}}}},
		{"value", `{"id_token":{"sub":{"value":"usr_1"}}}`, &oauth.ClaimsRequest{IDToken: asked{"sub": {Values: []any{"usr_1"}}}}},
		{"values", `{"id_token":{"acr":{"essential":true,"values":["b","a"]}}}`, &oauth.ClaimsRequest{IDToken: asked{"acr": {Essential: true, Values: []any{"b", "a"}}}}},
		{"values that are no strings", `{"userinfo":{"a":{"values":[1,true,null]}}}`, &oauth.ClaimsRequest{UserInfo: asked{"a": {Values: []any{1.0, true, nil}}}}},
		{"unknown members", `{"x":1,"userinfo":{"https://a.example/c":{"x":{"y":[]}}}}`, &oauth.ClaimsRequest{UserInfo: asked{"https://a.example/c": {}}}},
		{"language", `{"userinfo":{"name#de":null}}`, &oauth.ClaimsRequest{UserInfo: asked{"name#de": {}}}},
		{"a place without claims", `{"userinfo":{},"id_token":null}`, &oauth.ClaimsRequest{UserInfo: asked{}}},
		{"space", ` { "id_token" : { "a" : null } } `, &oauth.ClaimsRequest{IDToken: asked{"a": {}}}},
		{"no JSON", `x`, nil},
		{"nothing", ``, nil},
		{"null", `null`, nil},
		{"list", `[]`, nil},
		{"cut", `{"id_token":{`, nil},
		{"trailing data", `{}{}`, nil},
		{"trailing comma", `{"id_token":{},}`, nil},
		{"a place twice", `{"id_token":{},"id_token":{}}`, nil},
		{"a claim twice", `{"id_token":{"a":null,"\u0061":null}}`, nil},
		{"a member twice", `{"id_token":{"a":{"value":"x","value":"y"}}}`, nil},
		{"a place that is a list", `{"id_token":["sub"]}`, nil},
		{"a claim that is a word", `{"id_token":{"sub":true}}`, nil},
		{"essential that is a word", `{"id_token":{"sub":{"essential":"true"}}}`, nil},
		{"value and values", `{"id_token":{"sub":{"value":"a","values":["a"]}}}`, nil},
		{"values that are no list", `{"id_token":{"sub":{"values":"a"}}}`, nil},
		{"values that are none", `{"id_token":{"sub":{"values":[]}}}`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := oauth.ParseClaimsRequest(tc.text)
			if tc.want == nil && oauth.CodeOf(err) != oauth.InvalidRequest {
				t.Errorf("%s: %v, want invalid_request", tc.text, err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", tc.text, err, diff)
			}
		})
	}
}

// TestAccepts holds OI-11 and OI-16: a value that is asked for is the only one that will do.
func TestAccepts(t *testing.T) {
	for _, tc := range []struct {
		name    string
		claim   oauth.ClaimRequest
		value   string
		accepts bool
	}{
		{"any", oauth.ClaimRequest{Essential: true}, "x", true},
		{"this", oauth.ClaimRequest{Values: []any{"x"}}, "x", true},
		{"one of these", oauth.ClaimRequest{Values: []any{"y", "x"}}, "x", true},
		{"another", oauth.ClaimRequest{Values: []any{"y"}}, "x", false},
		{"in another case", oauth.ClaimRequest{Values: []any{"X"}}, "x", false},
		{"none of these is a string", oauth.ClaimRequest{Values: []any{1.0, nil, map[string]any{}}}, "1", false},
		{"the empty one", oauth.ClaimRequest{Values: []any{nil}}, "", false},
	} {
		if got := tc.claim.Accepts(tc.value); got != tc.accepts {
			t.Errorf("%s: accepts %q: %v", tc.name, tc.value, got)
		}
	}
}

// FuzzParseClaimsRequest holds two laws: what is accepted is a JSON object, and asks for no more claims than encoding/json
// finds in it.
func FuzzParseClaimsRequest(f *testing.F) {
	for _, seed := range []string{`{}`, `{"id_token":{"acr":{"values":["a"]}},"userinfo":{"name":null}}`, `{"id_token":{"a":null,"a":null}}`, `[`, `{"userinfo":{"a":{"value":1e400}}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := oauth.ParseClaimsRequest(text)
		if err != nil {
			if oauth.CodeOf(err) != oauth.InvalidRequest {
				t.Errorf("%q is refused by %v", text, err)
			}
			return
		}
		var plain map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &plain); err != nil {
			t.Fatalf("%q is accepted: %v", text, err)
		}
		for place, claims := range map[string]map[string]oauth.ClaimRequest{"id_token": got.IDToken, "userinfo": got.UserInfo} {
			var want map[string]any
			if err := json.Unmarshal(plain[place], &want); len(claims) > 0 && (err != nil || len(want) != len(claims)) {
				t.Errorf("%q asks for %v in %s", text, claims, place)
			}
		}
	})
}
