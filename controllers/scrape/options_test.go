package scrape

import (
	"testing"
)

func TestOptions(t *testing.T) {
	empty := t.TempDir()
	for _, tc := range []struct {
		address, certDir string
		secured, refused bool
	}{
		{"0", "", false, false},
		{"127.0.0.1:8082", "", false, false},
		{"127.8.0.1:8082", "", false, false},
		{"[::1]:8082", "", false, false},
		{"localhost:8082", "", false, false},
		{":8082", "", true, false},
		{"0.0.0.0:8082", "", true, false},
		{"[::]:8082", "", true, false},
		{"10.0.0.7:8082", "", true, false},
		{"localhost.example:8082", "", true, false},
		{"8082", "", false, true},
		{":8082", empty, false, true},
		{"127.0.0.1:8082", empty, false, true},
	} {
		got, err := Options(tc.address, tc.certDir)
		if (err != nil) != tc.refused {
			t.Errorf("Options(%q, %q): %v, want it refused: %v", tc.address, tc.certDir, err, tc.refused)
		}
		if guarded := got.FilterProvider != nil; got.SecureServing != tc.secured || guarded != tc.secured {
			t.Errorf("Options(%q): TLS %v, guarded %v, want both %v", tc.address, got.SecureServing, guarded, tc.secured)
		}
	}
}
