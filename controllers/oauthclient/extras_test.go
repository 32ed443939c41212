package oauthclient

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

// TestExtras: what an issuer may do without stands beside the registration, goes when there is nothing more to know, and is
// put right when somebody has changed it. A steady state writes nothing.
func TestExtras(t *testing.T) {
	listing := build.TokenPolicy("system/first-party", build.AllowScopes("a", "b"), build.Consent(v1alpha1.ConsentSkip))
	narrow := build.TokenPolicy("system/narrow", build.AllowScopes("a"))
	w := running(wishing(webApp), govern(listing, narrow))
	pass := func() bool {
		want := desire(w.oc, w.seen)
		if want.registration == nil {
			return false
		}
		stored(want.registration, "9")(w)
		return true
	}
	const both = `{"skipConsent":{"policy":"system/first-party","scopes":["a"]},"removedScopes":["b"],"removedDefaults":["b"]}`
	for _, step := range []struct {
		name string
		do   change
		want string
	}{
		{"skipped, and one scope removed", govern(listing, narrow), both},
		{"changed by somebody", registered(func(s *corev1.Secret) { s.Data[registration.ExtrasDataKey] = []byte("{") }), both},
		{"taken away by somebody", registered(func(s *corev1.Secret) { delete(s.Data, registration.ExtrasDataKey) }), both},
		{"nothing to know", govern(build.TokenPolicy("system/root")), ""},
	} {
		step.do(w)
		if !pass() || pass() {
			t.Errorf("%s: want one write, and no second", step.name)
		}
		if got := string(w.seen.registration.Data[registration.ExtrasDataKey]); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
	}
	if keys := len(w.seen.registration.Data); keys != 1 {
		t.Errorf("%d keys in the Secret of a client of which there is nothing to know", keys)
	}
	if held := decode(w.seen.registration); !slices.Equal(held.Scopes, []string{"a", "b"}) {
		t.Errorf("%+v", held)
	}
}
