package oauth

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseForm(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		want       url.Values // nil when refused
	}{
		{"empty", "", url.Values{}},
		{"one", "a=1", url.Values{"a": {"1"}}},
		{"several", "a=1&b=2", url.Values{"a": {"1"}, "b": {"2"}}},
		{"space as plus", "a=x+y", url.Values{"a": {"x y"}}},
		{"space as it is", "scope=x y", url.Values{"scope": {"x y"}}},
		{"escapes in both cases", "a=%2b%2B%26%3d%3B", url.Values{"a": {"++&=;"}}},
		{"escaped name", "%61=1", url.Values{"a": {"1"}}},
		{"UTF-8, escaped and not", "a=%C3%BCü", url.Values{"a": {"üü"}}},
		{"equals sign in a value", "a=b=c", url.Values{"a": {"b=c"}}},
		{"no equals sign", "a", url.Values{"a": {""}}},
		{"empty value", "a=", url.Values{"a": {""}}},
		{"nothing between two &", "&a=1&&b=2&", url.Values{"a": {"1"}, "b": {"2"}}},
		{"resource twice", "resource=x&resource=y", url.Values{"resource": {"x", "y"}}},
		{"audience twice", "audience=x&audience=y", url.Values{"audience": {"x", "y"}}},
		{"as many as there may be", many(64), values(64)},
		{"too many", many(65), nil},
		{"too many empty ones", strings.Repeat("resource=&", 65), nil},
		{"twice", "a=1&a=2", nil},
		{"twice, once escaped", "a=1&%61=2", nil},
		{"twice the same", "a=1&a=1", nil},
		{"twice, once empty", "a=&a=1", nil},
		{"twice, though unknown", "zzz=1&zzz=2", nil},
		{"empty name", "=1", nil},
		{"semicolon", "a=1;b=2", nil},
		{"cut escape", "a=%2", nil},
		{"cut escape of a name", "%=1", nil},
		{"no hex", "a=%zz", nil},
		{"no hex in the second place", "a=%2g", nil},
		{"percent sign", "a=100%", nil},
		{"not UTF-8", "a=%ff", nil},
		{"not UTF-8, not escaped", "a=\xff", nil},
		{"overlong UTF-8", "a=%c0%80", nil},
		{"NUL", "a=x%00y", nil},
		{"line break", "a=x%0d%0ay", nil},
		{"line break, not escaped", "a=x\r\n", nil},
		{"DEL", "a=%7f", nil},
		{"control character in a name", "a%01=x", nil},
		{"JSON", `{"grant_type":"x;y"}`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := parseForm(nil, []byte(tc.body))
			if tc.want == nil {
				if CodeOf(err) != InvalidRequest {
					t.Errorf("parseForm(%q): %v, %v; want invalid_request", tc.body, got, err)
				}
				return
			}
			if diff := cmp.Diff(tc.want, got.values()); err != nil || diff != "" {
				t.Errorf("parseForm(%q): %v (-want +got):\n%s", tc.body, err, diff)
			}
		})
	}
}

func (f form) values() url.Values {
	out := url.Values{}
	for _, p := range f {
		out.Add(string(p.name), string(p.value))
	}
	return out
}

func values(n int) url.Values {
	out := url.Values{}
	for i := range n {
		out.Add(strings.Repeat("p", i+1), "1")
	}
	return out
}

func many(n int) string { return values(n).Encode() }

func TestFormAccess(t *testing.T) {
	f, err := parseForm(nil, []byte("a=1&empty=&resource=x&resource=&resource=y"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "1", "empty": "", "absent": ""} {
		if f.get(name) != want || f.has(name) != (want != "") {
			t.Errorf("%s is %q (there: %v), want %q", name, f.get(name), f.has(name), want)
		}
	}
	if diff := cmp.Diff([]string{"x", "y"}, f.all("resource")); diff != "" {
		t.Errorf("an empty value counts as absent (-want +got):\n%s", diff)
	}
}

// FuzzParseForm holds three laws: what is accepted means to net/url what it means here; it survives being written and
// read again; and it names nothing twice that is not repeatable.
func FuzzParseForm(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2", "a=1&a=2", "a=%zz", "a=1;b=2", "resource=x&resource=y", "=", "&&", "a=+%20", "%61=%C3%BC", many(65)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		written := string(body) // parseForm overwrites body
		parsed, err := parseForm(nil, body)
		if err != nil {
			if CodeOf(err) != InvalidRequest {
				t.Errorf("%q is refused by %v", written, err)
			}
			return
		}
		got := parsed.values()
		want, err := url.ParseQuery(written)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: net/url says %v (-net/url +ours):\n%s", written, err, diff)
		}
		again, err := parseForm(nil, []byte(got.Encode()))
		if diff := cmp.Diff(got, again.values()); err != nil || diff != "" {
			t.Errorf("%q, written and read again: %v (-first +second):\n%s", written, err, diff)
		}
		for name := range maps.Keys(got) {
			if len(got[name]) > 1 && !slices.Contains(repeatable, name) {
				t.Errorf("%q: %s is there %d times", written, name, len(got[name]))
			}
		}
	})
}
