package demo

import (
	"strings"
	"testing"
)

func TestShortened(t *testing.T) {
	whole := strings.Repeat("secret", 100)
	if got := shortened(whole); len(got) > 60 || !strings.HasSuffix(got, "(600 characters)") {
		t.Errorf("shortened a token to %q", got)
	}
}

func TestTampered(t *testing.T) {
	for _, jwt := range []string{"h.p." + strings.Repeat("A", 86), "h.p." + strings.Repeat("B", 86)} {
		if got := tampered(jwt); got == jwt || len(got) != len(jwt) {
			t.Errorf("tampered(%q) = %q, want one other character", jwt, got)
		}
	}
}
