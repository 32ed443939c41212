package forwardauth

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadCredentials is about what may stand in a mounted Secret.
func TestReadCredentials(t *testing.T) {
	for _, tc := range []struct{ issuer, id, secret, want string }{
		{"https://issuer.example", "shop.api", "s", ""},
		{"https://issuer.example/tenant\n", "shop.api\n", "s\n", ""},
		{"http://127.0.0.1:8443", "shop.api", "s", ""},
		{"http://issuer.example", "shop.api", "s", ""},
		{"issuer.example", "shop.api", "s", "issuer-uri is neither"},
		{"https://issuer.example?x", "shop.api", "s", "issuer-uri is neither"},
		{"file:///etc", "shop.api", "s", "issuer-uri is neither"},
		{"", "shop.api", "s", "issuer-uri is empty"},
		{"https://issuer.example", "\n", "s", "client-id is empty"},
		{"https://issuer.example", "shop.api", " ", "client-secret is empty"},
	} {
		folder := t.TempDir()
		for name, value := range map[string]string{"issuer-uri": tc.issuer, "client-id": tc.id, "client-secret": tc.secret} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte(value), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := ReadCredentials(folder)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q, %q, %q: %v, want %q", tc.issuer, tc.id, tc.secret, err, tc.want)
		}
		want := Credentials{strings.TrimSpace(tc.issuer), strings.TrimSpace(tc.id), strings.TrimSpace(tc.secret)}
		if err == nil && got != want {
			t.Errorf("%q, %q, %q: read %q", tc.issuer, tc.id, tc.secret, got)
		}
	}
	if _, err := ReadCredentials(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder: %v", err)
	}
}

func TestCredentialsKeepTheirSecret(t *testing.T) {
	var out bytes.Buffer
	slog.New(slog.NewJSONHandler(&out, nil)).Info("Reading", "credentials", Credentials{issuerURL, "shop.api", "hush"})
	if text := out.String(); strings.Contains(text, "hush") || !strings.Contains(text, "shop.api") {
		t.Errorf("logged %s", text)
	}
}

// TestSafe is about where credentials may be sent.
func TestSafe(t *testing.T) {
	for _, tc := range []struct {
		address, issuer string
		want            bool
	}{
		{"https://issuer.example/introspect", issuerURL, true},
		{"https://elsewhere.example/introspect", issuerURL, true},
		{"http://127.0.0.1:8443/introspect", issuerURL, true},
		{"http://issuer.example/introspect", issuerURL, false},
		{"http://127.0.0.1.example/introspect", issuerURL, false},
		{"http://issuer.example/introspect", "http://issuer.example", true},
		{"ftp://issuer.example/introspect", "http://issuer.example", false},
		{"/introspect", issuerURL, false},
		{"https:///introspect", issuerURL, false},
		{"", issuerURL, false},
		{"%", issuerURL, false},
	} {
		if got := safe(tc.address, tc.issuer); got != tc.want {
			t.Errorf("%q of %q: %v, want %v", tc.address, tc.issuer, got, tc.want)
		}
	}
}
