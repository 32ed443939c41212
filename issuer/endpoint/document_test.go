package endpoint_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
)

// KY-04: whoever has a document already is told that it still holds.
func TestDocumentsAreCached(t *testing.T) {
	server := issuertest.New(t)
	for _, path := range []string{"/jwks", "/.well-known/openid-configuration"} {
		first := server.Get(path)
		tag := first.Header().Get("ETag")
		if cc := first.Header().Get("Cache-Control"); cc != "max-age=30, must-revalidate" || tag == "" {
			t.Errorf("%s: Cache-Control %q, ETag %q", path, cc, tag)
		}
		for _, tc := range []struct {
			name, header string
			want         int
		}{
			{"the same", tag, http.StatusNotModified},
			{"weakly the same", "W/" + tag, http.StatusNotModified},
			{"among others", `"x", ` + tag, http.StatusNotModified},
			{"any", "*", http.StatusNotModified},
			{"another", `"x"`, http.StatusOK},
			{"without quotes", tag[1 : len(tag)-1], http.StatusOK},
			{"empty", "", http.StatusOK},
		} {
			w := server.Get(path, issuertest.Header("If-None-Match", tc.header))
			if w.Code != tc.want || (tc.want == http.StatusNotModified) != (w.Body.Len() == 0) || w.Header().Get("ETag") != tag {
				t.Errorf("%s, %s: status %d, want %d", path, tc.name, w.Code, tc.want)
			}
		}
		head := server.Get(path, func(r *http.Request) { r.Method = http.MethodHead })
		if diff := cmp.Diff(first.Header(), head.Header()); diff != "" || head.Body.Len() != 0 || head.Code != http.StatusOK {
			t.Errorf("MD-10: HEAD %s: status %d, headers (-GET +HEAD):\n%s", path, head.Code, diff)
		}
	}
}

// KY-01: public members only, and nothing that is no signing key.
func TestJWKS(t *testing.T) {
	server := issuertest.New(t)
	ring := server.Ring
	for _, algorithm := range []string{keys.RS256, keys.EdDSA} {
		ring.Keys = append(ring.Keys, issuertest.NewRing(t, 1, algorithm).Keys...)
	}
	server.UseRing(t, ring)
	w := server.Get("/jwks")
	if w.Header().Get("Content-Type") != "application/jwk-set+json" {
		t.Errorf("headers %v", w.Header())
	}
	members := map[string][]string{
		"EC":  {"use", "kty", "kid", "crv", "alg", "x", "y"},
		"RSA": {"use", "kty", "kid", "alg", "n", "e"},
		"OKP": {"use", "kty", "kid", "crv", "alg", "x"},
	}
	served, _ := issuertest.JSON(t, w)["keys"].([]any)
	if len(served) != 3 {
		t.Fatalf("%d keys, want 3", len(served))
	}
	for _, each := range served {
		key, _ := each.(map[string]any)
		want := map[string]bool{}
		for _, name := range members[key["kty"].(string)] {
			want[name] = true
		}
		got := map[string]bool{}
		for name := range key {
			got[name] = true
		}
		if diff := cmp.Diff(want, got); diff != "" || key["use"] != "sig" {
			t.Errorf("%v key (-want +got):\n%s", key["kty"], diff)
		}
	}
}

// A new ring is served at once, under another entity tag.
func TestJWKSFollowsTheRing(t *testing.T) {
	server := issuertest.New(t)
	first := server.Get("/jwks")
	server.UseRing(t, issuertest.NewRing(t, 2, keys.ES256))
	second := server.Get("/jwks", issuertest.Header("If-None-Match", first.Header().Get("ETag")))
	if second.Code != http.StatusOK || second.Body.String() == first.Body.String() {
		t.Errorf("status %d: %s", second.Code, second.Body)
	}
}

func BenchmarkJWKS(b *testing.B) {
	server := issuertest.New(b)
	b.ReportAllocs()
	for b.Loop() {
		if w := server.Get("/jwks"); w.Code != http.StatusOK {
			b.Fatalf("status %d", w.Code)
		}
	}
}
