package keys_test

import (
	"testing"

	"tokenwright.dev/issuer/keys"
)

// A ring remembers the first URL that it is told, also where it is written and read again.
func TestSealUnder(t *testing.T) {
	for _, tc := range []struct {
		name, held, url, want string
		changed               bool
	}{
		{"the first", "", "https://a.example", "https://a.example", true},
		{"another", "https://a.example", "https://b.example", "https://a.example", false},
		{"none", "", "", "", false},
	} {
		got, changed := keys.SealUnder(keys.Ring{Revision: 7, SealedUnder: tc.held}, tc.url)
		if got.SealedUnder != tc.want || changed != tc.changed || (got.Revision == 8) != changed {
			t.Errorf("%s: %+v, %t", tc.name, got, changed)
		}
		wire, err := keys.EncodeRing(got)
		if err != nil {
			t.Fatal(err)
		}
		if read, err := keys.DecodeRing(wire); err != nil || read.SealedUnder != tc.want {
			t.Errorf("%s: read back as %+v (%v)", tc.name, read, err)
		}
	}
}
