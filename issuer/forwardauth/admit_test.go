package forwardauth

import (
	"testing"

	"tokenwright.dev/issuer/oauth"
)

func TestAdmit(t *testing.T) {
	found := &introspection{Scopes: oauth.Scopes{"a", "b"}, Audience: []string{"https://a.example", "https://b.example"}}
	for _, tc := range []struct {
		name      string
		found     *introspection
		required  oauth.Scopes
		audiences []string
		want      oauth.Code
	}{
		{"nothing is required", found, nil, nil, ""},
		{"a scope", found, oauth.Scopes{"a"}, nil, ""},
		{"all scopes", found, oauth.Scopes{"b", "a"}, nil, ""},
		{"one scope too many", found, oauth.Scopes{"a", "c"}, nil, oauth.InsufficientScope},
		{"the beginning of a scope", found, oauth.Scopes{"a:b"}, nil, oauth.InsufficientScope},
		{"one of its audiences", found, nil, []string{"https://x.example", "https://b.example"}, ""},
		{"another audience", found, nil, []string{"https://b.example/"}, oauth.InvalidToken},
		{"no audience at all", &introspection{}, nil, []string{"https://b.example"}, oauth.InvalidToken},
		{"neither scope nor audience", found, oauth.Scopes{"c"}, []string{"https://x.example"}, oauth.InvalidToken},
	} {
		if err := admit(tc.found, tc.required, tc.audiences); oauth.CodeOf(err) != tc.want {
			t.Errorf("%s: %v, want code %q", tc.name, err, tc.want)
		}
	}
}
