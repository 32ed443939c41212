package seal_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/seal"
)

// A tag is the same at each replica of an issuer, and nobody else can make it.
func TestTag(t *testing.T) {
	held := ring(t, life{from: noon.Add(-time.Hour)})
	tag := func(s *seal.Sealer, text string) string {
		t.Helper()
		made, err := s.Tag(text, noon)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	first := tag(sealer(t, held, issuer), "mallory")
	if len(first) != 22 || strings.Contains(first, "mallory") {
		t.Errorf("tag %q", first)
	}
	if again := tag(sealer(t, held, issuer), "mallory"); again != first {
		t.Errorf("another replica says %q, not %q", again, first)
	}
	for name, other := range map[string]string{
		"another text":   tag(sealer(t, held, issuer), "mallory "),
		"another issuer": tag(sealer(t, held, issuer+"/b"), "mallory"),
		"another ring":   tag(sealer(t, ring(t, life{from: noon.Add(-time.Hour)}), issuer), "mallory"),
	} {
		if other == first {
			t.Errorf("%s has the same tag", name)
		}
	}
	if _, err := sealer(t, keys.Ring{}, issuer).Tag("mallory", noon); !errors.Is(err, keys.ErrNoKey) {
		t.Errorf("without a key: %v, want %v", err, keys.ErrNoKey)
	}
}
