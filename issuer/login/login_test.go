package login_test

import (
	"errors"
	"testing"
	"time"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/seal"
)

const issuerURL = "https://login.example"

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// alice is who logs in where a test does not care.
var alice = login.Identity{
	Provider: "staff", Subject: login.Subject("staff", "alice"), Username: "alice", AMR: []string{"pwd"},
}

// newSealer seals under a key of its own.
func newSealer(tb testing.TB) *seal.Sealer {
	tb.Helper()
	key, err := keys.Generate(keys.XC20P, start)
	if err != nil {
		tb.Fatal(err)
	}
	key.SignFrom = start.Add(-time.Hour)
	return sealerOf(tb, key)
}

func sealerOf(tb testing.TB, ring ...keys.Key) *seal.Sealer {
	tb.Helper()
	sealer, err := seal.New(keys.Ring{Keys: ring}, issuerURL)
	if err != nil {
		tb.Fatal(err)
	}
	return sealer
}

// Without a key nothing is sealed, and nobody gets a page that cannot be answered.
func TestNothingIsSealedWithoutAKey(t *testing.T) {
	sealer, session := sealerOf(t), login.NewSession(alice, "", start)
	_, cookie := session.Cookie(sealer, start)
	_, flow := login.SealFlow(sealer, login.NewFlow(request, start), start)
	_, form := login.SealForm(sealer, session.ID, login.PurposeLogout, start)
	for name, err := range map[string]error{"session": cookie, "flow": flow, "form": form} {
		if !errors.Is(err, keys.ErrNoKey) {
			t.Errorf("%s: %v, want %v", name, err, keys.ErrNoKey)
		}
	}
}
