package policy_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

// forPeople is a client that people log in to.
func forPeople(oc *v1alpha1.OAuthClient) {
	oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.AuthorizationCode, v1alpha1.RefreshToken}
	oc.Spec.Scopes = []v1alpha1.Scope{policy.OpenID, "profile", "orders:read", policy.OfflineAccess}
	oc.Spec.RedirectURIs = []v1alpha1.RedirectURI{"https://web.example/callback"}
}

func redirect(uris ...v1alpha1.RedirectURI) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Spec.RedirectURIs = uris }
}

func skip(name string, patterns ...string) *v1alpha1.TokenPolicy {
	return build.TokenPolicy(name, build.AllowScopes(patterns...), build.Consent(v1alpha1.ConsentSkip))
}

func TestCompileConsent(t *testing.T) {
	type tps = []*v1alpha1.TokenPolicy
	required := build.TokenPolicy("system/z", build.Consent(v1alpha1.ConsentRequired))
	unlisted := build.TokenPolicy("system/a", build.Consent(v1alpha1.ConsentSkip))
	deviceOnly := func(oc *v1alpha1.OAuthClient) { oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.DeviceCode} }
	elsewhere := skip("system/a", "*")
	elsewhere.Spec.NamespaceSelector = selector("team", "shop")
	for _, tc := range []struct {
		name     string
		client   []func(*v1alpha1.OAuthClient)
		policies tps
		want     string
	}{
		{"nobody says anything", nil, tps{build.TokenPolicy("system/a")}, ""},
		{"a policy skips what it lists", nil, tps{skip("system/a", "openid", "profile", "orders:*")}, "Skip (system/a): openid profile orders:read"},
		{"a pattern never means offline_access", nil, tps{skip("system/a", "*")}, "Skip (system/a): openid profile orders:read"},
		{"its name does", nil, tps{skip("system/a", "*", "offline_access")}, "Skip (system/a): openid profile orders:read offline_access"},
		{"in each policy", nil, tps{skip("system/a", "*", "offline_access"), skip("system/b", "*")}, "Skip (system/a): openid profile orders:read"},
		{"a policy that lists nothing skips nothing", nil, tps{unlisted}, "Skip (system/a): "},
		{"nor do others beside it", nil, tps{unlisted, skip("system/b", "openid")}, "Skip (system/a): "},
		{"a policy that says nothing changes nothing", nil, tps{build.TokenPolicy("system/a"), skip("system/b", "openid")}, "Skip (system/b): openid"},
		{"one that narrows, narrows this", nil, tps{skip("system/b", "*"), build.TokenPolicy("apps/a", build.AllowScopes("openid"))}, "Skip (system/b): openid"},
		{"one that requires it wins", nil, tps{skip("system/a", "*"), required}, "Required (system/z): "},
		{"required alone", nil, tps{required}, "Required (system/z): "},
		{"a policy that selects others", nil, tps{elsewhere}, ""},
		{"a local policy, as if it could", nil, tps{build.TokenPolicy("system/a"), skip("apps/a", "*")}, ""},
		{"nor can it require", nil, tps{skip("system/a", "openid"), build.TokenPolicy("apps/a", build.Consent(v1alpha1.ConsentRequired))}, "Skip (system/a): openid"},
		{"a public client", []func(*v1alpha1.OAuthClient){public}, tps{skip("system/a", "openid")}, "Skip (system/a): openid"},
		{"one on loopback", []func(*v1alpha1.OAuthClient){public, redirect("http://127.0.0.1/cb", "http://localhost/cb")}, tps{skip("system/a", "openid")}, "Required (builtin): "},
		{"one with a scheme of its own", []func(*v1alpha1.OAuthClient){public, redirect("com.example.app:/cb")}, tps{skip("system/a", "openid")}, "Required (builtin): "},
		{"one with both", []func(*v1alpha1.OAuthClient){public, redirect("com.example.app:/cb", "https://web.example/cb")}, tps{skip("system/a", "openid")}, "Skip (system/a): openid"},
		{"a client with a secret on loopback", []func(*v1alpha1.OAuthClient){redirect("http://127.0.0.1/cb")}, tps{skip("system/a", "openid")}, "Skip (system/a): openid"},
		{"a client of devices alone", []func(*v1alpha1.OAuthClient){deviceOnly}, tps{skip("system/a", "openid")}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := compile(build.OAuthClient("apps/web", append([]func(*v1alpha1.OAuthClient){forPeople}, tc.client...)...), tc.policies...)
			text := ""
			if is := got.Effective.Consent; is != nil {
				text = string(is.Value) + " (" + string(is.DecidedBy) + "): " + strings.Join(is.SkippedScopes, " ")
			}
			if text != tc.want {
				t.Errorf("%s, want %s", text, tc.want)
			}
			registered := got.Registration.Extras != nil && got.Registration.Extras.SkipConsent != nil
			if registered != (len(skippedOf(got)) > 0) {
				t.Errorf("the registration has %+v", got.Registration.Extras)
			}
		})
	}
}

func TestSkipsConsent(t *testing.T) {
	const web, loopback, app = "https://web.example/cb", "http://127.0.0.1:5000/cb", "com.example.app:/cb"
	for _, tc := range []struct {
		name, scopes, redirect string
		public, want           bool
	}{
		{"all of it", "openid profile", web, false, true},
		{"a part", "profile", web, false, true},
		{"one besides", "openid profile orders:read", web, false, false},
		{"one alone that is not listed", "orders:read", web, false, false},
		{"nothing", "", web, false, false},
		{"with a secret, on loopback", "openid", loopback, false, true},
		{"public, on https", "openid", web, true, true},
		{"public, on loopback", "openid", loopback, true, false},
		{"public, with a scheme of its own", "openid", app, true, false},
		{"public, on plain http", "openid", "http://web.example/cb", true, false},
	} {
		r := registered(func(r *registration.Registration) {
			r.Public = tc.public
			r.Extras = &registration.Extras{SkipConsent: &registration.SkipConsent{Policy: "system/a", Scopes: []string{"openid", "profile"}}}
		})
		by, got := policy.NewClient(r).SkipsConsent(strings.Fields(tc.scopes), tc.redirect)
		if got != tc.want || (by == "system/a") != tc.want {
			t.Errorf("%s: %v by %q, want %v", tc.name, got, by, tc.want)
		}
	}
	if _, ok := policy.NewClient(registered()).SkipsConsent([]string{"read"}, web); ok {
		t.Error("a client of which nobody says so")
	}
}

// TestConsentLaw: people are asked about whatever no accepted root policy in force skips. It is said once more here, in other
// words than the code's: a scope is skipped only if some policy of the issuer's namespace has an accepted version that selects
// the client, says Skip and lists it, by name if it is offline_access, and none that selects the client says Required.
func TestConsentLaw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		oc := client.Draw(t, "client")
		oc.Spec.Scopes = append(slices.Clone(oc.Spec.Scopes), policy.OfflineAccess)
		for _, all := range history.Draw(t, "history") {
			for i := range all { // more often than a draw of everything would
				if s := all[i].Spec; s != nil && rapid.Bool().Draw(t, "first party") {
					s.Consent, s.Scopes = v1alpha1.ConsentSkip, &v1alpha1.ScopeRules{Allowed: append(subset(somePatterns).Draw(t, "patterns"), "*")}
				}
				if s := all[i].Spec; s != nil && rapid.IntRange(0, 4).Draw(t, "elsewhere") == 0 {
					s.NamespaceSelector = selector("team", "shop")
				}
			}
			under := governing(subject, all)
			got := policy.NewClient(new(policy.Compile(oc, under.Names(), under.Rules()).Registration))
			for _, scope := range oc.Spec.Scopes {
				_, skipped := got.SkipsConsent([]string{string(scope)}, "https://web.example/callback")
				if skipped && !maySkip(all, scope) {
					t.Errorf("people are not asked about %s, under %+v", scope, all)
				}
				if _, onLoopback := got.SkipsConsent([]string{string(scope)}, "http://127.0.0.1/callback"); onLoopback && got.Registration().Public {
					t.Errorf("people are not asked by a public client on loopback about %s", scope)
				}
			}
		}
	})
}

// maySkip is the law of TestConsentLaw.
func maySkip(all []policy.Standing, scope v1alpha1.Scope) bool {
	listed := false
	for _, p := range all {
		if p.Namespace != subject.IssuerNamespace || p.Spec == nil || p.Spec.NamespaceSelector != nil {
			continue
		}
		if p.Spec.Consent == v1alpha1.ConsentRequired {
			return false
		}
		if p.Spec.Consent == v1alpha1.ConsentSkip && p.Spec.Scopes != nil {
			listed = listed || slices.ContainsFunc(p.Spec.Scopes.Allowed, func(pattern v1alpha1.ScopePattern) bool {
				named := string(pattern) == string(scope)
				return named || scope != policy.OfflineAccess && policy.Matches(string(pattern), string(scope))
			})
		}
	}
	return listed
}
