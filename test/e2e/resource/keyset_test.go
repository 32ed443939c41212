package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// TestKeySetIsKept asks for the keys once while they are fresh, even for a key that is not among them.
func TestKeySetIsKept(t *testing.T) {
	known, unknown := newKey(t, "known"), newKey(t, "unknown")
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.Header().Set("Cache-Control", "public, max-age=30")
		if err := json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{known.Public()}}); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	set := &keySet{client: server.Client(), url: server.URL}
	for _, tc := range []struct {
		name  string
		key   jose.JSONWebKey
		later time.Duration
		ok    bool
		asked int
	}{
		{"the first", known, 0, true, 1},
		{"the next", known, 0, true, 1},
		{"an unknown key", unknown, 0, false, 1},
		{"when it is no longer fresh", known, 31 * time.Second, true, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			set.stale = set.stale.Add(-tc.later)
			payload, err := set.VerifySignature(t.Context(), signed(t, tc.key))
			if (err == nil) != tc.ok || tc.ok && string(payload) != "claims" || asked != tc.asked {
				t.Errorf("%q, %v after %d questions; want ok %t after %d", payload, err, asked, tc.ok, tc.asked)
			}
		})
	}
}

func TestMaxAge(t *testing.T) {
	for in, want := range map[string]time.Duration{
		"": 0, "no-store": 0, "max-age=30": 30 * time.Second, "public, max-age=5": 5 * time.Second, "max-age=x": 0,
	} {
		if got := maxAge(http.Header{"Cache-Control": {in}}); got != want {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
	}
}

func newKey(t *testing.T, kid string) jose.JSONWebKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return jose.JSONWebKey{Key: key, KeyID: kid, Algorithm: string(jose.ES256)}
}

func signed(t *testing.T, key jose.JSONWebKey) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign([]byte("claims"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return text
}
