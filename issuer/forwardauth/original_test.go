package forwardauth

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPathOf(t *testing.T) {
	for _, tc := range []struct {
		address, want string
		ok            bool
	}{
		{"/orders/1?x=/y", "/orders/1", true},
		{"/", "/", true},
		{"/?x", "/", true},
		{"//orders", "//orders", true},
		{"/a%2Fb", "/a%2Fb", true},
		{"/%zz", "/%zz", true},
		{"/x#y", "/x", true},
		{"*", "/", true},
		{"https://api.example/orders?x", "/orders", true},
		{"HTTP://api.example:8080/orders", "/orders", true},
		{"https://api.example", "/", true},
		{"https://api.example?x=/y", "/", true},
		{"https://api.example#/y", "/", true},
		{"https:///orders", "/orders", true},
		{"/x?to=https://y/z", "/x", true},
		{"", "", false},
		{"orders", "", false},
		{"ftp://api.example/orders", "", false},
		{"x/https://api.example/orders", "", false},
	} {
		if got, ok := pathOf(tc.address); got != tc.want || ok != tc.ok {
			t.Errorf("%q: %q, %v; want %q, %v", tc.address, got, ok, tc.want, tc.ok)
		}
	}
}

// FuzzReadOriginal holds that what a proxy tells is taken only from one value of the one header, and that a path begins
// with a slash and has no query.
func FuzzReadOriginal(f *testing.F) {
	f.Add("GET", "", "/orders/1?x", "")
	f.Add("OPTIONS", "GET", "https://api.example/x", "/y")
	f.Add("GET, OPTIONS", "", "*", "")
	f.Fuzz(func(t *testing.T, method, secondMethod, address, secondAddress string) {
		r := httptest.NewRequest(http.MethodGet, "/verify", http.NoBody)
		for name, values := range map[string][]string{"X-Original-Method": {method, secondMethod}, "X-Original-Url": {address, secondAddress}} {
			for i, value := range values {
				if i == 0 || value != "" {
					r.Header.Add(name, value)
				}
			}
		}
		got, err := readOriginal(r, "X-Original-Method", "X-Original-Url")
		switch {
		case err != nil && got != original{}:
			t.Errorf("%v, and yet %+v", err, got)
		case err == nil && (secondMethod != "" || secondAddress != "" || got.method != method || method == ""):
			t.Errorf("%+v of %q and %q, %q and %q", got, method, secondMethod, address, secondAddress)
		case err == nil && (!strings.HasPrefix(got.path, "/") || strings.ContainsAny(got.path, "?#")):
			t.Errorf("%q has the path %q", address, got.path)
		}
	})
}

func TestParseHeaderName(t *testing.T) {
	for name, want := range map[string]HeaderName{
		"": "", "X-Original-Method": "X-Original-Method", "x-forwarded-uri": "X-Forwarded-Uri", "x_original": "X_original",
	} {
		if got, err := ParseHeaderName(name); got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", name, got, err, want)
		}
	}
	for _, name := range []string{"X Original", "X:", "authorization", "Origin", "access-control-request-method", "Host", "Cookie", ":path"} {
		if got, err := ParseHeaderName(name); err == nil {
			t.Errorf("%q: %q", name, got)
		}
	}
}
