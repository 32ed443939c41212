package forwardauth

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

const issuerURL = "https://issuer.example"

func TestParseIntrospection(t *testing.T) {
	for _, tc := range []struct {
		body string
		want *introspection
		err  error
	}{
		{
			`{"active":true,"iss":"https://issuer.example","sub":"usr_1","client_id":"shop.web","scope":"a b","aud":"x","exp":9,"token_type":"Bearer"}`,
			&introspection{"usr_1", "shop.web", oauth.Scopes{"a", "b"}, []string{"x"}, time.Unix(9, 0)}, nil,
		},
		{`{"active":true}`, &introspection{}, nil},
		{`{"active":true,"aud":["x","y"],"token_type":"bearer"}`, &introspection{Audience: []string{"x", "y"}}, nil},
		{`{"active":true,"sub":"Zo Example"}`, &introspection{Subject: "Zo Example"}, nil},
		{`{"active":false,"sub":"usr_1"}`, nil, errInactive},
		{`{"active":false,"scope":"  "}`, nil, errInactive},
		{`{}`, nil, errInactive},
		{`null`, nil, errInactive},
		{`{"active":true,"token_type":"DPoP"}`, nil, errBound},
		{`{"active":true,"cnf":{"jkt":"x"}}`, nil, errBound},
		{`{"active":true,"iss":"https://other.example"}`, nil, errMalformed},
		{`{"active":true,"scope":"a  b"}`, nil, errMalformed},
		{`{"active":true,"sub":"a\r\nX-Auth-Client-Id: b"}`, nil, errMalformed},
		{`{"active":true,"sub":"a\u0000"}`, nil, errMalformed},
		{`{"active":true,"sub":" admin"}`, nil, errMalformed},
		{`{"active":true,"sub":"Zoë"}`, nil, errMalformed},
		{`{"active":true,"client_id":"a\tb"}`, nil, errMalformed},
		{`{"active":"true"}`, nil, errMalformed},
		{`{"active":true,"aud":{"x":1}}`, nil, errMalformed},
		{`{"active":true`, nil, errMalformed},
		{`[]`, nil, errMalformed},
		{``, nil, errMalformed},
	} {
		got, err := parseIntrospection([]byte(tc.body), issuerURL)
		if diff := cmp.Diff(tc.want, got); diff != "" || !errors.Is(err, tc.err) {
			t.Errorf("%s: %v, want %v; (-want +got):\n%s", tc.body, err, tc.err, diff)
		}
	}
}

// FuzzParseIntrospection holds the law that whatever an answer holds, nothing of it ends a header or starts another.
func FuzzParseIntrospection(f *testing.F) {
	for _, seed := range []string{`{"active":true,"sub":"a","scope":"b"}`, `{"active":true,"sub":"a\nb"}`, `{"active":true,"aud":[]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		found, err := parseIntrospection(body, issuerURL)
		if err != nil {
			return
		}
		for _, value := range []string{found.Subject, found.ClientID, found.Scopes.String()} {
			if !headerSafe(value) {
				t.Errorf("%q came through in %q", value, body)
			}
		}
	})
}
