package login_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tokenwright.dev/issuer/login"
)

// Small worlds, so that what is asked for, granted and allowed meet often.
var (
	someScopes = []string{"openid", "profile", "email", "phone", "address", "groups", "department", "orders:read", "name", "sub", "scope"}
	// scopeOf is written down here once more: the law is about these, not about what the code makes of them.
	scopeOf = map[string]string{
		"name": "profile", "nickname": "profile", "locale": "profile", "updated_at": "profile", "profile": "profile", "email": "email",
		"email_verified": "email", "phone_number": "phone", "phone_number_verified": "phone", "phone": "phone",
		"address": "address", "groups": "groups", "department": "department", "orders:read": "orders:read", "openid": "openid",
	}
	protocol  = []string{"sub", "iss", "aud", "scope", "acr"}
	everybody = login.Identity{Claims: map[string]any{
		"name": "Alice", "nickname": "Al", "locale": "de", "updated_at": int64(1), "profile": "https://alice.example", "email": "a@a.example",
		"email_verified": true, "phone_number": "+49", "phone_number_verified": false, "phone": "x",
		"address": map[string]any{"country": "DE"}, "groups": []string{"dev"}, "department": "shipping", "orders:read": "y",
		"openid": "z", "sub": "root", "iss": "https://evil.example", "aud": "x", "scope": "admin", "acr": "high",
	}}
)

func someOf(values []string) *rapid.Generator[[]string] {
	if len(values) == 0 {
		return rapid.Just(values)
	}
	return rapid.SliceOfDistinct(rapid.SampledFrom(values), rapid.ID[string])
}

func claimNames() []string {
	names := slices.Clone(protocol)
	for name := range scopeOf {
		names = append(names, name)
	}
	slices.Sort(names)
	return append(names, "shoe_size")
}

var release = rapid.Custom(func(t *rapid.T) login.Release {
	return login.Release{
		Rules:   someOf(someScopes).Draw(t, "rules"),
		Granted: someOf(someScopes).Draw(t, "granted"),
		Named:   someOf(claimNames()).Draw(t, "named"),
	}
})

// TestReleaseLaw: a claim is released only while the client's rules have the scope that it belongs to, and only if the
// resource owner allowed that scope or that claim; nothing of the protocol ever is. Whoever may have fewer scopes, was
// granted less or named less is told no more.
func TestReleaseLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := release.Draw(t, "release")
		released := r.Of(everybody)
		for name := range released {
			scope, known := scopeOf[name]
			allowed := slices.Contains(r.Granted, scope) || slices.Contains(r.Named, name)
			if !known || !slices.Contains(r.Rules, scope) || !allowed || slices.Contains(protocol, name) {
				t.Errorf("%+v: %s of scope %q was released", r, name, scope)
			}
		}
		for name, scope := range scopeOf {
			asked := slices.Contains(r.Named, name) || slices.Contains(r.Granted, scope) && name != "phone"
			if _, ok := released[name]; !ok && asked && slices.Contains(r.Rules, scope) {
				t.Errorf("%+v: %s of scope %q was not released", r, name, scope)
			}
		}
		less := login.Release{
			Rules: someOf(r.Rules).Draw(t, "tightened"), Granted: someOf(r.Granted).Draw(t, "narrowed"), Named: someOf(r.Named).Draw(t, "fewer"),
		}
		for name, value := range less.Of(everybody) {
			if diff := cmp.Diff(value, released[name]); diff != "" {
				t.Errorf("%+v: %+v releases more of %s:\n%s", r, less, name, diff)
			}
		}
	})
}

// TestAskedLaw: what is left of a request by name is what the rules could release, in its order, and what a page must show
// by name is what the granted scopes do not tell.
func TestAskedLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := release.Draw(t, "release")
		asked := login.Asked(r.Named, r.Rules)
		want := slices.DeleteFunc(slices.Clone(r.Named), func(name string) bool {
			scope, known := scopeOf[name]
			return !known || !slices.Contains(r.Rules, scope)
		})
		if !slices.Equal(asked, want) {
			t.Errorf("%+v: asked for %q, want %q", r, asked, want)
		}
		shown := login.BeyondScopes(asked, r.Granted)
		without := login.Release{Rules: r.Rules, Granted: r.Granted}.Of(everybody)
		for name := range (login.Release{Rules: r.Rules, Granted: r.Granted, Named: asked}).Of(everybody) {
			if _, told := without[name]; !told && !slices.Contains(shown, name) {
				t.Errorf("%+v: %s is released by name, and the page shows %q", r, name, shown)
			}
		}
	})
}

func TestScopeOf(t *testing.T) {
	for claim, want := range scopeOf {
		if got := login.ScopeOf(claim); got != want {
			t.Errorf("%s belongs to %s, want %s", claim, got, want)
		}
	}
}
