package forwardauth

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/oauth"
)

// TestParseResource holds PR-01: where the metadata of a resource is (RFC 9728 section 3.1).
func TestParseResource(t *testing.T) {
	for _, tc := range []struct{ id, metadata string }{
		{"https://api.example", "https://api.example/.well-known/oauth-protected-resource"},
		{"https://api.example/", "https://api.example/.well-known/oauth-protected-resource"},
		{"https://api.example:8443/orders", "https://api.example:8443/.well-known/oauth-protected-resource/orders"},
		{"https://api.example/orders/", "https://api.example/.well-known/oauth-protected-resource/orders/"},
		{"https://api.example/a%2Fb", "https://api.example/.well-known/oauth-protected-resource/a%2Fb"},
		{"http://127.0.0.1:8080/mcp", "http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp"},
		{"http://api.example", ""},
		{"http://127.0.0.1.example", ""},
		{"https://api.example?x", ""},
		{"https://api.example/?", ""},
		{"https://api.example/#", ""},
		{"https://u@api.example", ""},
		{"https:api.example", ""},
		{"https://", ""},
		{"orders", ""},
		{"urn:orders", ""},
		{"https://api.example/\"", ""},
		{"https://api.example/\u00e4", ""},
		{"", ""},
	} {
		got, err := ParseResource(tc.id)
		if (err == nil) != (tc.metadata != "") || got.metadata != tc.metadata || err == nil && got.ID != tc.id {
			t.Errorf("%q: %+v, %v; want %q", tc.id, got, err, tc.metadata)
		}
	}
}

func TestCheckResources(t *testing.T) {
	if err := CheckResources(resources(t, "https://a.example/x", "https://a.example/y", "https://a.example")); err != nil {
		t.Error(err)
	}
	for _, second := range []string{"https://a.example/x", "https://b.example/x"} {
		if err := CheckResources(resources(t, "https://a.example/x", second)); err == nil {
			t.Errorf("%s beside https://a.example/x", second)
		}
	}
}

// TestResourceAt: paths belong to the resource that covers them most closely, by whole segments.
func TestResourceAt(t *testing.T) {
	several := resources(t, "https://a.example/orders", "https://a.example/orders/old/", "https://a.example/stock")
	for path, want := range map[string]string{
		"/orders": "/orders", "/orders/1": "/orders", "/orders/old": "/orders", "/orders/old/1": "/orders/old/", "/stock/": "/stock",
		"/ordersx": "", "/": "", "": "", "/Orders": "",
	} {
		got := ""
		if found := resourceAt(several, path); found != nil {
			got = found.path
		}
		if got != want {
			t.Errorf("%q is %q, want %q", path, got, want)
		}
	}
	rooted := resources(t, "https://a.example/", "https://a.example/stock")
	for path, want := range map[string]string{"/": "https://a.example/", "/x": "https://a.example/", "/stock/1": "https://a.example/stock"} {
		if got := resourceAt(rooted, path); got == nil || got.ID != want {
			t.Errorf("%q is %+v, want %q", path, got, want)
		}
	}
	if got := resourceAt(resources(t, "https://a.example/orders"), "/x"); got == nil {
		t.Error("the only resource is not found")
	}
	if got := resourceAt(nil, "/x"); got != nil {
		t.Errorf("of no resources: %+v", got)
	}
}

// TestChallenge holds PR-02: a client learns where to go on, and which scopes it needs.
func TestChallenge(t *testing.T) {
	only := resources(t, "https://a.example/orders")[0]
	const metadata = `, resource_metadata="https://a.example/.well-known/oauth-protected-resource/orders"`
	for _, tc := range []struct {
		header string
		needed oauth.Scopes
		want   string
	}{
		{`Bearer realm="x"`, nil, `Bearer realm="x"` + metadata},
		{`Bearer realm="x"`, oauth.Scopes{"a", "b"}, `Bearer realm="x", scope="a b"` + metadata},
		{`Bearer realm="x", scope="c"`, oauth.Scopes{"a"}, `Bearer realm="x", scope="c"` + metadata},
	} {
		if diff := cmp.Diff(tc.want, only.challenge(tc.header, tc.needed)); diff != "" {
			t.Errorf("%q for %v (-want +got):\n%s", tc.header, tc.needed, diff)
		}
	}
}

func resources(t *testing.T, ids ...string) []Resource {
	t.Helper()
	parsed := make([]Resource, len(ids))
	for i, id := range ids {
		resource, err := ParseResource(id)
		if err != nil {
			t.Fatal(err)
		}
		parsed[i] = resource
	}
	return parsed
}
