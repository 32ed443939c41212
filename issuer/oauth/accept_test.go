package oauth_test

import (
	"testing"

	"tokenwright.dev/issuer/oauth"
)

const (
	signed = "application/token-introspection+jwt"
	plain  = "application/json"
)

// TestPrefers holds IN-07: a signed answer for whoever asks for one, and for nobody else.
func TestPrefers(t *testing.T) {
	for _, tc := range []struct {
		name  string
		lines []string
		want  bool
	}{
		{"nothing said", nil, false},
		{"anything", []string{"*/*"}, false},
		{"any application", []string{"application/*"}, false},
		{"plain", []string{plain}, false},
		{"signed", []string{signed}, true},
		{"signed, in another case", []string{"Application/Token-Introspection+JWT"}, true},
		{"both", []string{plain + ", " + signed}, true},
		{"both, on two lines", []string{plain, signed}, true},
		{"plain rather", []string{plain + ", " + signed + ";q=0.9"}, false},
		{"signed rather", []string{plain + "; q=0.5, " + signed + "; q=0.9, */*; q=0.1"}, true},
		{"signed never", []string{"*/*, " + signed + ";q=0"}, false},
		{"no weight", []string{signed + ";q=x"}, false},
		{"too much weight", []string{signed + ";q=2"}, false},
		{"not a number", []string{signed + ";q=NaN"}, false},
		{"malformed", []string{",;=,/"}, false},
		{"malformed, beside", []string{"/;, " + signed}, true},
	} {
		if got := oauth.Prefers(tc.lines, signed, plain); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

// FuzzPrefers holds the law that no header prefers each of two to the other, unless it weighs them alike.
func FuzzPrefers(f *testing.F) {
	for _, seed := range []string{"", "*/*", plain, signed + ";q=0.1, " + plain, signed + ", " + plain, ",;=\"", signed + ";q=NaN"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		one, other := oauth.Prefers([]string{line}, signed, plain), oauth.Prefers([]string{line}, plain, signed)
		if heavier := oauth.Prefers([]string{line, signed}, signed, plain); !heavier {
			t.Errorf("%q: another line that asks for it takes it away", line)
		}
		if one && other && !oauth.Prefers([]string{line, signed + ", " + plain}, signed, plain) {
			t.Errorf("%q: preferred over each other, and then not", line)
		}
	})
}
