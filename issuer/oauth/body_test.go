package oauth

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestScratchIsWiped: the memory of one request goes to another's, so nothing may stay in it.
func TestScratchIsWiped(t *testing.T) {
	s := new(scratch)
	f, err := s.read(request(t, "client_secret=hush"))
	if err != nil || f.get("client_secret") != "hush" {
		t.Fatal(f, err)
	}
	body := s.body[:cap(s.body)]
	s.giveBack()
	if bytes.Contains(body, []byte("hush")) || len(s.body) != 0 {
		t.Errorf("%q is left in the buffer", bytes.Trim(body, "\x00"))
	}
	if f[0].name != nil || f[0].value != nil || len(s.form) != 0 {
		t.Errorf("%v is left in the parameters", f[0])
	}
}

func TestLargeBuffersAreNotKept(t *testing.T) {
	s := new(scratch)
	if err := s.fill(strings.NewReader(strings.Repeat("x", maxBody))); err != nil {
		t.Fatal(err)
	}
	if s.giveBack(); cap(s.body) != 0 {
		t.Errorf("a buffer of %d bytes is kept", cap(s.body))
	}
}

// TestResultOutlivesScratch: whatever a request holds is its own copy.
func TestResultOutlivesScratch(t *testing.T) {
	const body = "grant_type=client_credentials&client_id=a&client_secret=hush&scope=x+y&resource=urn:x"
	got, err := ParseTokenRequest(request(t, body))
	if err != nil {
		t.Fatal(err)
	}
	s := borrow() // most likely the one that was just given back
	defer s.giveBack()
	if err := s.fill(strings.NewReader(strings.Repeat("z", len(body)))); err != nil {
		t.Fatal(err)
	}
	if got.ClientID != "a" || got.Secret != "hush" || got.Scopes.String() != "x y" || got.Resources[0] != "urn:x" {
		t.Errorf("%s %s %v %v: changed by another request", got.ClientID, got.Secret, got.Scopes, got.Resources)
	}
}

func request(t *testing.T, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/token", strings.NewReader(body))
	r.Header.Set("Content-Type", formType)
	return r
}
