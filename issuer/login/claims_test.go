package login_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/login"
)

// OI-13: what scopes release, and what is asked for by name.
func TestReleased(t *testing.T) {
	person := login.Identity{Claims: map[string]any{
		"name": "Alice", "locale": "de", "updated_at": int64(1), "email": "a@a.example", "email_verified": false,
		"phone_number": "+49", "address": map[string]any{"country": "DE"}, "groups": []string{"dev"}, "department": "shipping",
	}}
	rules := []string{
		"openid", "profile", "email", "phone", "address", "groups", "offline_access", "orders:read", "department", "name",
		"phone_number", "email_verified", "shoe_size",
	}
	for _, tc := range []struct {
		name          string
		scopes, asked []string
		want          string
	}{
		{"nothing", nil, nil, `{}`},
		{"openid alone", []string{"openid", "offline_access", "orders:read"}, nil, `{}`},
		{"profile", []string{"profile"}, nil, `{"locale":"de","name":"Alice","updated_at":1}`},
		{"email", []string{"email"}, nil, `{"email":"a@a.example","email_verified":false}`},
		{"phone", []string{"phone"}, nil, `{"phone_number":"+49"}`},
		{"address", []string{"address"}, nil, `{"address":{"country":"DE"}}`},
		{"groups", []string{"groups"}, nil, `{"groups":["dev"]}`},
		{"a claim of the scope's name", []string{"department"}, nil, `{"department":"shipping"}`},
		{"a standard claim is no scope", []string{"name", "phone_number", "email_verified"}, nil, `{}`},
		{"asked for", []string{"openid"}, []string{"name", "department"}, `{"department":"shipping","name":"Alice"}`},
		{"asked for, and unknown", nil, []string{"nickname", "shoe_size"}, `{}`},
		{"asked for, and released anyway", []string{"phone"}, []string{"phone_number"}, `{"phone_number":"+49"}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := json.Marshal(login.Release{Rules: rules, Granted: tc.scopes, Named: tc.asked}.Of(person))
			if string(got) != tc.want || err != nil {
				t.Errorf("Released: %s, %v; want %s", got, err, tc.want)
			}
		})
	}
}

// OI-20: a claim has the type that it should have, or is absent; and only the issuer speaks of the token itself.
func TestReleasedTypes(t *testing.T) {
	for _, tc := range []struct {
		name  string
		value any
		want  bool
	}{
		{"name", "Alice", true},
		{"name", "", false},
		{"name", nil, false},
		{"name", 7, false},
		{"name", []any{"Alice"}, false},
		{"email_verified", true, true},
		{"email_verified", false, true},
		{"email_verified", "true", false},
		{"phone_number_verified", 1, false},
		{"updated_at", float64(0), true},
		{"updated_at", json.Number("7"), true},
		{"updated_at", "2026-11-22", false},
		{"address", map[string]any{"country": "DE"}, true},
		{"address", map[string]any{}, false},
		{"address", "DE", false},
		{"groups", []any{}, false},
		{"groups", []any{"dev"}, true},
		{"shoe_size", float64(0), true},
		{"sub", "root", false},
		{"iss", "https://evil.example", false},
		{"scope", "admin", false},
	} {
		person := login.Identity{Claims: map[string]any{tc.name: tc.value}}
		scopes := []string{"profile", "email", "phone", "address", tc.name}
		_, got := login.Release{Rules: scopes, Granted: scopes, Named: []string{tc.name}}.Of(person)[tc.name]
		if got != tc.want {
			t.Errorf("%s = %#v: released %v, want %v", tc.name, tc.value, got, tc.want)
		}
	}
}

func TestReleasedNames(t *testing.T) {
	got := login.ReleasedNames([]string{"openid", "email", "groups", "orders:read", "phone", "email"})
	want := []string{"email", "email_verified", "groups", "phone_number", "phone_number_verified"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
