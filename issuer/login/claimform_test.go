package login_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// What providers elsewhere say comes in their own hands: what they mean beyond doubt is taken, the rest is left out by name.
func TestClaimForms(t *testing.T) {
	for _, tc := range []struct{ name, upstream, want, omitted string }{
		{"as it should be", `{"groups":["a","b"],"email_verified":true,"name":"Al","updated_at":7}`, `{"groups":["a","b"],"email_verified":true,"name":"Al","updated_at":7}`, ""},
		{"one group as a text", `{"groups":"dev"}`, `{"groups":["dev"]}`, ""},
		{"a group whose name has commas and blanks", `{"groups":"dev, ops"}`, `{"groups":["dev, ops"]}`, ""},
		{"true as a text", `{"email_verified":"true","phone_number_verified":"true"}`, `{"email_verified":true,"phone_number_verified":true}`, ""},
		{"false as a text", `{"email_verified":"false"}`, `{"email_verified":false}`, ""},
		{"no truth", `{"email_verified":"yes","phone_number_verified":1}`, `{}`, "email_verified phone_number_verified"},
		{"nothing is not left out", `{"groups":[],"name":"","email_verified":null,"address":{}}`, `{}`, ""},
		{"a group without a name is none", `{"groups":["","a"]}`, `{"groups":["a"]}`, ""},
		{"nor are several", `{"groups":["",""]}`, `{}`, ""},
		{"a group that is no text", `{"groups":["a",7]}`, `{}`, "groups"},
		{"groups by name", `{"groups":{"a":true}}`, `{}`, "groups"},
		{"several of another type", `{"name":7,"updated_at":"2026-11-22","address":"DE","email":["a@a.example"],"locale":"de"}`, `{"locale":"de"}`,
			"address email name updated_at"},
		{"what is nobody's standard comes not along, and is not told of", `{"roles":7,"sub":"x","https://a.example/secret":"s"}`, `{}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			none, err := login.CompileClaims(nil)
			if err != nil {
				t.Fatal(err)
			}
			checkForms(t, none, tc.upstream, tc.want, tc.omitted)
		})
	}
}

// Of what an expression makes the same holds; what it replaces is not told of.
func TestMappedClaimForms(t *testing.T) {
	for _, tc := range []struct{ name, claim, expression, upstream, want, omitted string }{
		{"a text for groups", "groups", "claims.role", `{"role":"dev"}`, `{"groups":["dev"]}`, ""},
		{"a list for groups", "groups", "[claims.role]", `{"role":"dev"}`, `{"groups":["dev"]}`, ""},
		{"numbers for groups", "groups", "[1, 2]", `{}`, `{}`, "groups"},
		{"what it replaces", "groups", "['dev']", `{"groups":7}`, `{"groups":["dev"]}`, ""},
		{"what it takes away", "groups", "null", `{"groups":7}`, `{}`, ""},
		{"a text for true", "email_verified", "claims.confirmed", `{"confirmed":"true"}`, `{"email_verified":true}`, ""},
		{"a list for a name", "name", "[claims.first]", `{"first":"Al"}`, `{}`, "name"},
		{"a claim of its own may be anything", "level", "7", `{}`, `{"level":7}`, ""},
		{"and stay a text", "level", "'true'", `{}`, `{"level":"true"}`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			made, err := login.CompileClaims([]registration.ClaimMapping{{Name: tc.claim, Expression: tc.expression}})
			if err != nil {
				t.Fatal(err)
			}
			checkForms(t, made, tc.upstream, tc.want, tc.omitted)
		})
	}
}

func checkForms(t *testing.T, made *login.ClaimMap, upstream, want, omitted string) {
	t.Helper()
	var said, wanted, got map[string]any
	if err := errors.Join(json.Unmarshal([]byte(upstream), &said), json.Unmarshal([]byte(want), &wanted)); err != nil {
		t.Fatal(err)
	}
	mapped, left, err := login.OmitClaims(made, said)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(mapped)
	if err != nil || json.Unmarshal(text, &got) != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if names := strings.Join(left, " "); names != omitted {
		t.Errorf("left out %q, want %q", names, omitted)
	}
}
