package forwardauth

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

// TestParseRequirement has a row for each path that somebody may have meant, and what it requires: by itself, and where
// Envoy puts a client's path behind it. What is not written to the letter requires nothing that could be met.
func TestParseRequirement(t *testing.T) {
	read := oauth.Scopes{"orders:read"}
	for _, tc := range []struct {
		path         string
		want         oauth.Scopes
		alone, envoy error
	}{
		{"/verify", nil, nil, errNoSlash},
		{"/verify/scope/orders:read", read, nil, errNoSlash},
		{"/verify/scope/a+b", oauth.Scopes{"a", "b"}, nil, errNoSlash},
		{"/verify/scope/a+a", oauth.Scopes{"a"}, nil, errNoSlash},
		{"/verify/scope/https:%2F%2Forders.example%2Fread%2Bwrite", oauth.Scopes{"https://orders.example/read+write"}, nil, errNoSlash},

		{"/verify//", nil, errBelow, nil},
		{"/verify//orders/1", nil, errBelow, nil},
		{"/verify//scope/orders:read", nil, errBelow, nil},
		{"/verify//scope/orders:read//x", nil, errBelow, nil},
		{"/verify/scope/orders:read//", read, errBehind, nil},
		{"/verify/scope/orders:read//orders/1", read, errBehind, nil},
		{"/verify/scope/orders:read///", read, errBehind, nil},
		{"/verify/scope/orders:read//../../verify//", read, errBehind, nil},
		{"/verify/scope/orders:read//%2F..%2F", read, errBehind, nil},
		{"/verify/scope/a+b//c+d", oauth.Scopes{"a", "b"}, errBehind, nil},

		{"/verify/", nil, errBelow, errNoSlash},
		{"/verify/orders/1", nil, errBelow, errNoSlash},
		{"/verify/scope", nil, errBelow, errNoSlash},
		{"/verify/scope/", nil, errScopes, errNoSlash},
		{"/verify/scope//orders:read", nil, errBehind, errBelow},
		{"/verify/scope/orders:read/", nil, errBehind, errNoSlash},
		{"/verify/scope/orders:read/orders/1", nil, errBehind, errNoSlash},
		{"/verify/scope/orders:read/scope/x//", nil, errBehind, errBehind},
		{"/verify/scopes", nil, errBelow, errNoSlash},
		{"/verify/scopes/orders:read//", nil, errBelow, errBelow},
		{"/verify/Scope/orders:read", nil, errBelow, errNoSlash},
		{"/verify/Scope/orders:read//orders/1", nil, errBelow, errBelow},
		{"/verify/scope:orders:read", nil, errBelow, errNoSlash},
		{"/verify/orders:read//", nil, errBelow, errBelow},
		{"/verify/%73cope/orders:read//", nil, errBelow, errBelow},
		{"/verify/../verify/scope/orders:read", nil, errBelow, errNoSlash},
		{"/verify/./scope/orders:read//", nil, errBelow, errBelow},
		{"/verify/scope%2Forders:read", nil, errBelow, errNoSlash},
		{"/verify/scope%2Forders:read//", nil, errBelow, errBelow},
		{"/verify%2Fscope%2Forders:read", nil, errPath, errPath},
		{"/verify%2F%2F", nil, errPath, errPath},
		{"/verify/scope/a++b", nil, errScopes, errNoSlash},
		{"/verify/scope/a+//", nil, errBehind, errScopes},
		{"/verify/scope/+//", nil, errBehind, errScopes},
		{"/verify/scope/a%20b", nil, errScopes, errNoSlash},
		{"/verify/scope/%20//", nil, errBehind, errScopes},
		{"/verify/scope/a%", nil, errScopes, errNoSlash},
		{"/verify/scope/%22//", nil, errBehind, errScopes},
		{"/verify/scope/a%00", nil, errScopes, errNoSlash},
		{"/verify/scope/" + strings.Repeat("a+", 256) + "a", nil, errScopes, errNoSlash},
		{"/verifying", nil, errPath, errPath},
		{"/verifying//", nil, errPath, errPath},
		{"/Verify", nil, errPath, errPath},
		{"/%76erify", nil, errPath, errPath},
		{"//verify", nil, errPath, errPath},
		{"//verify//", nil, errPath, errPath},
		{"/x/../verify", nil, errPath, errPath},
		{"/orders//verify//", nil, errPath, errPath},
		{"verify", nil, errPath, errPath},
		{"/", nil, errPath, errPath},
		{"*", nil, errPath, errPath},
		{"", nil, errPath, errPath},
	} {
		for tail, refused := range map[Tail]error{NoTail: tc.alone, EnvoyTail: tc.envoy} {
			got, err := parseRequirement(tc.path, false, tail)
			want := tc.want
			if refused != nil {
				want = nil
			}
			if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, refused) {
				t.Errorf("%q, tail %q: %v, want %v; scopes (-want +got):\n%s", tc.path, tail, err, refused, diff)
			}
		}
	}
}

// A query is nobody's but a client's, which Envoy hands on. Elsewhere somebody may have meant to require something by
// it.
func TestQueryRequiresNothing(t *testing.T) {
	for path, tail := range map[string]Tail{"/verify": NoTail, "/verify/scope/a": NoTail, "/verify//x": EnvoyTail, "/verify/scope/a//x": EnvoyTail} {
		if _, err := parseRequirement(path, true, tail); (err == nil) != (tail == EnvoyTail) {
			t.Errorf("%s with a query, tail %q: %v", path, tail, err)
		}
	}
}

// FuzzParseRequirement holds the laws that make it safe to rely on a path. Without a tail, nothing but one spelling is
// taken, up to escapes in scopes. With Envoy's, whatever a client's path is, behind a requirement with its slash it
// changes nothing; and behind one that is not understood it does not help.
func FuzzParseRequirement(f *testing.F) {
	for _, seed := range []string{"", "..", "/../verify", "/scope/b", "+b", "%2F..", "?scope=b", "a\x00b", "/b", "//"} {
		f.Add("/verify", seed)
		f.Add("/verify/scope/orders:read+b", seed)
		f.Add("/verify/Scope/b", seed)
	}
	f.Fuzz(func(t *testing.T, path, client string) {
		required, err := parseRequirement(path, false, NoTail)
		if err == nil && (strings.HasSuffix(path, "/") || (path != "/verify" && (len(required) == 0 || strings.Count(path, "/") != 3))) {
			t.Errorf("%q requires %v", path, required)
		}
		if strings.HasSuffix(path, "/") || strings.Contains(path, "//") {
			return // the platform itself has closed what it requires
		}
		behind, also := parseRequirement(path+"/"+"/"+client, false, EnvoyTail)
		if (err == nil) != (also == nil) || cmp.Diff(required, behind) != "" {
			t.Errorf("%q requires %v (%v), and %v (%v) with a client's %q behind it", path, required, err, behind, also, "/"+client)
		}
	})
}
