package forwardauth

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

func TestParseRequirement(t *testing.T) {
	for _, tc := range []struct {
		path string
		want oauth.Scopes
		err  error
	}{
		{"/verify", nil, nil},
		{"/verify/", nil, nil},
		{"/verify/orders/1", nil, nil},
		{"/verify//scope/orders:read", nil, nil},
		{"/verify/../verify/scope/orders:read", nil, nil},
		{"/verify/scopes", nil, nil},
		{"/verify/scope/orders:read", oauth.Scopes{"orders:read"}, nil},
		{"/verify/scope/orders:read/", oauth.Scopes{"orders:read"}, nil},
		{"/verify/scope/orders:read//orders/1", oauth.Scopes{"orders:read"}, nil},
		{"/verify/scope/orders:read/../../verify", oauth.Scopes{"orders:read"}, nil},
		{"/verify/scope/a+b", oauth.Scopes{"a", "b"}, nil},
		{"/verify/scope/a+b/c+d", oauth.Scopes{"a", "b"}, nil},
		{"/verify/scope/https:%2F%2Forders.example%2Fread%2Bwrite", oauth.Scopes{"https://orders.example/read+write"}, nil},
		{"/verify/scope", nil, errNoRequirement},
		{"/verify/scope/", nil, errNoRequirement},
		{"/verify/scope//orders:read", nil, errNoRequirement},
		{"/verify/scope/a++b", nil, errNoRequirement},
		{"/verify/scope/a%", nil, errNoRequirement},
		{"/verify/scope/%22", nil, errNoRequirement},
		{"/verify/scope/" + strings.Repeat("a+", 256) + "a", nil, errNoRequirement},
		{"/verifying", nil, errNoRequirement},
		{"/Verify", nil, errNoRequirement},
		{"/verify%2Fscope", nil, errNoRequirement},
		{"//verify", nil, errNoRequirement},
		{"/x/../verify", nil, errNoRequirement},
		{"verify", nil, errNoRequirement},
		{"/", nil, errNoRequirement},
		{"*", nil, errNoRequirement},
		{"", nil, errNoRequirement},
	} {
		got, err := parseRequirement(tc.path)
		if diff := cmp.Diff(tc.want, got); diff != "" || !errors.Is(err, tc.err) {
			t.Errorf("%q: %v, want %v; scopes (-want +got):\n%s", tc.path, err, tc.err, diff)
		}
	}
}

// FuzzParseRequirement holds the law that makes it safe to put a client's path behind what the platform requires: it
// takes nothing of that away.
func FuzzParseRequirement(f *testing.F) {
	for _, seed := range []string{"", "..", "../../verify", "scope/b", "+b", "%2F..", "?scope=b", "a\x00b"} {
		f.Add("/verify", seed)
		f.Add("/verify/scope/orders:read+b", seed)
	}
	f.Fuzz(func(t *testing.T, path, appended string) {
		required, err := parseRequirement(path)
		if err != nil {
			return
		}
		got, err := parseRequirement(path + "/" + appended)
		if lost := required.Minus(got); err == nil && len(lost) > 0 {
			t.Errorf("%q with %q behind it lost %v", path, appended, lost)
		}
	})
}

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
