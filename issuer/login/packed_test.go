package login_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
)

// What is packed is unpacked as it was, under any name, and is no longer than JSON but for a character for each unknown name.
func FuzzPackClaims(f *testing.F) {
	for _, seed := range []string{`{}`, `{"email":"a@b.example","email_verified":true}`, `{"-e":1,"e":2,"groups":["a"],"":null}`, `{"n":{"name":1}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var claims map[string]any
		if json.Unmarshal([]byte(text), &claims) != nil || claims == nil {
			return
		}
		packed, err := login.PackClaims(claims)
		if err != nil {
			t.Fatal(err)
		}
		got, err := login.UnpackClaims(packed)
		if diff := cmp.Diff(claims, got); diff != "" || err != nil {
			t.Errorf("%v, unpacked (-want +got):\n%s", err, diff)
		}
		whole, err := json.Marshal(claims)
		if err != nil || len(packed) > len(whole)+len(claims) {
			t.Errorf("%d bytes, of %d: %v", len(packed), len(whole), err)
		}
	})
}

func TestUnpackClaimsRefuses(t *testing.T) {
	if claims, err := login.UnpackClaims(nil); claims != nil || err != nil {
		t.Errorf("none: %v, %v", claims, err)
	}
	for _, packed := range []string{`{"X":1}`, `[]`, `{`} {
		if claims, err := login.UnpackClaims([]byte(packed)); err == nil {
			t.Errorf("%s: %v", packed, claims)
		}
	}
}
