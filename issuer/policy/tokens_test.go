package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

// person makes a client that people log in to by OpenID Connect.
func person(options ...func(*v1alpha1.OAuthClient)) *v1alpha1.OAuthClient {
	oc := build.OAuthClient("apps/web", build.Scopes(policy.OpenID), func(oc *v1alpha1.OAuthClient) {
		oc.Spec.GrantTypes = []v1alpha1.GrantType{v1alpha1.AuthorizationCode, v1alpha1.RefreshToken}
		oc.Spec.RedirectURIs = []v1alpha1.RedirectURI{"https://web.example/callback"}
	})
	for _, option := range options {
		option(oc)
	}
	return oc
}

func wishFormat(format v1alpha1.TokenFormat) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Spec.AccessToken = &v1alpha1.AccessTokenWishes{Format: format} }
}

func wishRefresh(lifetime, idle v1alpha1.Duration) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) {
		oc.Spec.RefreshToken = &v1alpha1.RefreshTokenWishes{Lifetime: lifetime, IdleLifetime: idle}
	}
}

func wishAlgorithm(algorithm v1alpha1.SigningAlgorithm) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Spec.IDToken = &v1alpha1.IDTokenWishes{SigningAlgorithm: algorithm} }
}

func wishClaims(claims v1alpha1.IDTokenClaims) func(*v1alpha1.OAuthClient) {
	return func(oc *v1alpha1.OAuthClient) { oc.Spec.IDToken = &v1alpha1.IDTokenWishes{Claims: claims} }
}

func idClaims(claims v1alpha1.IDTokenClaims) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) { tp.Spec.IDToken = &v1alpha1.IDTokenRules{Claims: claims} }
}

func formats(allowed ...v1alpha1.TokenFormat) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) {
		tp.Spec.AccessToken = &v1alpha1.AccessTokenRules{Formats: append([]v1alpha1.TokenFormat{}, allowed...)}
	}
}

func refresh(rules v1alpha1.RefreshTokenRules) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) { tp.Spec.RefreshToken = &rules }
}

func idLifetime(d v1alpha1.Duration) func(*v1alpha1.TokenPolicy) {
	return func(tp *v1alpha1.TokenPolicy) { tp.Spec.IDToken = &v1alpha1.IDTokenRules{MaxLifetime: d} }
}

func TestCompileFormats(t *testing.T) {
	type tps = []*v1alpha1.TokenPolicy
	tp := build.TokenPolicy
	const jwt, opaque = v1alpha1.FormatJWT, v1alpha1.FormatOpaque
	for _, tc := range []struct {
		name     string
		wish     v1alpha1.TokenFormat
		policies tps
		want     v1alpha1.DecidedValue
		wire     string // in the registration
	}{
		{"nobody says anything", "", nil, v1alpha1.DecidedValue{Value: "JWT", DecidedBy: "builtin"}, ""},
		{"a wish", opaque, nil, v1alpha1.DecidedValue{Value: "Opaque", DecidedBy: "client"}, "Opaque"},
		{"a wish that is allowed", opaque, tps{tp("system/a", formats(opaque))}, v1alpha1.DecidedValue{Value: "Opaque", DecidedBy: "client"}, "Opaque"},
		{"a wish that is not", opaque, tps{tp("system/a", formats(jwt))}, v1alpha1.DecidedValue{Value: "JWT", DecidedBy: "system/a"}, ""},
		{"the built-in one is not", "", tps{tp("system/a", formats(opaque))}, v1alpha1.DecidedValue{Value: "Opaque", DecidedBy: "system/a"}, "Opaque"},
		{"a local policy narrows", "", tps{tp("system/a"), tp("apps/a", formats(opaque))}, v1alpha1.DecidedValue{Value: "Opaque", DecidedBy: "apps/a"}, "Opaque"},
		{"none", jwt, tps{tp("system/a", formats())}, v1alpha1.DecidedValue{Value: "None", DecidedBy: "system/a"}, ""},
		{"none in common", jwt, tps{tp("system/a", formats(jwt)), tp("system/b", formats(opaque))}, v1alpha1.DecidedValue{Value: "None", DecidedBy: "system/b"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := compile(build.OAuthClient("apps/web", wishFormat(tc.wish)), tc.policies...)
			if diff := cmp.Diff(&tc.want, got.Effective.AccessToken.Format); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got.Registration.AccessTokenFormat != tc.wire {
				t.Errorf("registered as %q, want %q", got.Registration.AccessTokenFormat, tc.wire)
			}
			if may := len(got.Registration.GrantTypes) > 0; may != (tc.want.Value != policy.FormatNone) {
				t.Errorf("registered for the grants %q", got.Registration.GrantTypes)
			}
		})
	}
}

func TestCompileRefreshTokens(t *testing.T) {
	type tps = []*v1alpha1.TokenPolicy
	tp := build.TokenPolicy
	type rules = v1alpha1.RefreshTokenRules
	for _, tc := range []struct {
		name            string
		oc              *v1alpha1.OAuthClient
		policies        tps
		lifetime, idle  string
		rotation, grace string
		registered      registration.RefreshTokenRules
	}{
		{name: "nobody says anything", oc: person(), lifetime: "720h builtin", idle: "168h builtin", rotation: "PublicClients builtin", grace: "10s builtin",
			registered: registration.RefreshTokenRules{Lifetime: 2592000, IdleLifetime: 604800, ReuseGrace: 10}},
		{name: "a public client's are good for one use", oc: person(public), lifetime: "720h builtin", idle: "168h builtin", rotation: "PublicClients builtin",
			grace: "10s builtin", registered: registration.RefreshTokenRules{Lifetime: 2592000, IdleLifetime: 604800, ReuseGrace: 10, Rotate: true}},
		{name: "wishes", oc: person(wishRefresh("24h", "1h")), lifetime: "24h client", idle: "1h client", rotation: "PublicClients builtin", grace: "10s builtin",
			registered: registration.RefreshTokenRules{Lifetime: 86400, IdleLifetime: 3600, ReuseGrace: 10}},
		{name: "wishes beyond the built-in bounds", oc: person(wishRefresh("8760h", "8760h")), lifetime: "720h builtin", idle: "168h builtin",
			rotation: "PublicClients builtin", grace: "10s builtin", registered: registration.RefreshTokenRules{Lifetime: 2592000, IdleLifetime: 604800, ReuseGrace: 10}},
		{name: "what lives for less cannot be idle for more", oc: person(wishRefresh("1h", "")), lifetime: "1h client", idle: "1h client",
			rotation: "PublicClients builtin", grace: "10s builtin", registered: registration.RefreshTokenRules{Lifetime: 3600, IdleLifetime: 3600, ReuseGrace: 10}},
		{name: "a policy", oc: person(wishRefresh("8760h", "8760h")),
			policies: tps{tp("system/a", refresh(rules{MaxLifetime: "2000h", MaxIdleLifetime: "300h", Rotation: "Always", ReuseGrace: "0s"}))},
			lifetime: "2000h system/a", idle: "300h system/a", rotation: "Always system/a", grace: "0s system/a",
			registered: registration.RefreshTokenRules{Lifetime: 7200000, IdleLifetime: 1080000, Rotate: true}},
		{name: "a policy that allows more is no wish", oc: person(), policies: tps{tp("system/a", refresh(rules{MaxLifetime: "8760h", MaxIdleLifetime: "8760h"}))},
			lifetime: "720h builtin", idle: "168h builtin", rotation: "PublicClients builtin", grace: "10s builtin",
			registered: registration.RefreshTokenRules{Lifetime: 2592000, IdleLifetime: 604800, ReuseGrace: 10}},
		{name: "the stricter of two, and of equals the least name", oc: person(),
			policies: tps{tp("system/b", refresh(rules{MaxLifetime: "24h", Rotation: "PublicClients", ReuseGrace: "5s"})),
				tp("system/a", refresh(rules{MaxLifetime: "24h", Rotation: "Always", ReuseGrace: "60s"}))},
			lifetime: "24h system/a", idle: "24h system/a", rotation: "Always system/a", grace: "5s system/b",
			registered: registration.RefreshTokenRules{Lifetime: 86400, IdleLifetime: 86400, Rotate: true, ReuseGrace: 5}},
		{name: "a policy that says what is built in", oc: person(), policies: tps{tp("system/b", refresh(rules{Rotation: "PublicClients"})),
			tp("system/a", refresh(rules{Rotation: "PublicClients"}))},
			lifetime: "720h builtin", idle: "168h builtin", rotation: "PublicClients system/a", grace: "10s builtin",
			registered: registration.RefreshTokenRules{Lifetime: 2592000, IdleLifetime: 604800, ReuseGrace: 10}},
		{name: "a local policy lengthens nothing", oc: person(wishRefresh("8760h", "8760h")),
			policies: tps{tp("system/root"), tp("apps/a", refresh(rules{MaxLifetime: "8760h", MaxIdleLifetime: "8760h", ReuseGrace: "60s"}))},
			lifetime: "720h builtin", idle: "168h builtin", rotation: "PublicClients builtin", grace: "10s builtin",
			registered: registration.RefreshTokenRules{Lifetime: 2592000, IdleLifetime: 604800, ReuseGrace: 10}},
		{name: "a local policy narrows", oc: person(), policies: tps{tp("system/root"), tp("apps/a", refresh(rules{MaxIdleLifetime: "1h", Rotation: "Always", ReuseGrace: "1s"}))},
			lifetime: "720h builtin", idle: "1h apps/a", rotation: "Always apps/a", grace: "1s apps/a",
			registered: registration.RefreshTokenRules{Lifetime: 2592000, IdleLifetime: 3600, Rotate: true, ReuseGrace: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			compiled := compile(tc.oc, tc.policies...)
			got := compiled.Effective.RefreshToken
			for field, pair := range map[string][2]string{
				"lifetime": {said(got.Lifetime), tc.lifetime}, "idleLifetime": {said(got.IdleLifetime), tc.idle},
				"rotation": {got.Rotation.Value + " " + string(got.Rotation.DecidedBy), tc.rotation}, "reuseGrace": {said(got.ReuseGrace), tc.grace},
			} {
				if pair[0] != pair[1] {
					t.Errorf("%s: %s, want %s", field, pair[0], pair[1])
				}
			}
			if diff := cmp.Diff(&tc.registered, compiled.Registration.RefreshToken); diff != "" {
				t.Errorf("registered (-want +got):\n%s", diff)
			}
		})
	}
}

func TestCompileIDTokens(t *testing.T) {
	type tps = []*v1alpha1.TokenPolicy
	tp := build.TokenPolicy
	for _, tc := range []struct {
		name       string
		oc         *v1alpha1.OAuthClient
		policies   tps
		lifetime   string
		algorithm  string
		registered registration.IDTokenRules
	}{
		{"nobody says anything", person(), nil, "1h builtin", "RS256 builtin", registration.IDTokenRules{Lifetime: 3600, Algorithm: "RS256"}},
		{"a wish", person(wishAlgorithm(v1alpha1.EdDSA)), nil, "1h builtin", "EdDSA client", registration.IDTokenRules{Lifetime: 3600, Algorithm: "EdDSA"}},
		{"a policy", person(), tps{tp("system/a", idLifetime("24h"))}, "24h system/a", "RS256 builtin", registration.IDTokenRules{Lifetime: 86400, Algorithm: "RS256"}},
		{"the shorter of two", person(), tps{tp("system/a", idLifetime("24h")), tp("apps/a", idLifetime("5m"))}, "5m apps/a", "RS256 builtin",
			registration.IDTokenRules{Lifetime: 300, Algorithm: "RS256"}},
		{"a local policy lengthens nothing", person(), tps{tp("system/a"), tp("apps/a", idLifetime("24h"))}, "1h builtin", "RS256 builtin",
			registration.IDTokenRules{Lifetime: 3600, Algorithm: "RS256"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			compiled := compile(tc.oc, tc.policies...)
			got := compiled.Effective.IDToken
			if said(got.Lifetime) != tc.lifetime {
				t.Errorf("lifetime %s, want %s", said(got.Lifetime), tc.lifetime)
			}
			if text := got.Algorithm.Value + " " + string(got.Algorithm.DecidedBy); text != tc.algorithm {
				t.Errorf("algorithm %s, want %s", text, tc.algorithm)
			}
			if diff := cmp.Diff(&tc.registered, compiled.Registration.IDToken); diff != "" {
				t.Errorf("registered (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCompileIDClaims: Minimal is the narrower, whoever says so.
func TestCompileIDClaims(t *testing.T) {
	type tps = []*v1alpha1.TokenPolicy
	tp := build.TokenPolicy
	const all, minimal = v1alpha1.ClaimsOfScopes, v1alpha1.ClaimsMinimal
	for _, tc := range []struct {
		name     string
		wish     v1alpha1.IDTokenClaims
		policies tps
		want     string
		wire     string // in the registration
	}{
		{"nobody says anything", "", nil, "Scopes builtin", ""},
		{"a wish for what is built in", all, nil, "Scopes client", ""},
		{"a wish for less", minimal, nil, "Minimal client", "Minimal"},
		{"a policy that leaves the choice", "", tps{tp("system/a", idClaims(all))}, "Scopes system/a", ""},
		{"a wish for less than a policy allows", minimal, tps{tp("system/a", idClaims(all))}, "Minimal client", "Minimal"},
		{"a policy", "", tps{tp("system/a", idClaims(minimal))}, "Minimal system/a", "Minimal"},
		{"a wish for more than a policy allows", all, tps{tp("system/a", idClaims(minimal))}, "Minimal system/a", "Minimal"},
		{"a wish for what a policy says", minimal, tps{tp("system/a", idClaims(minimal))}, "Minimal client", "Minimal"},
		{"the narrower of two", "", tps{tp("system/a", idClaims(all)), tp("system/b", idClaims(minimal))}, "Minimal system/b", "Minimal"},
		{"a local policy widens nothing", all, tps{tp("system/a", idClaims(minimal)), tp("apps/a", idClaims(all))}, "Minimal system/a", "Minimal"},
		{"a local policy narrows", "", tps{tp("system/a", idClaims(all)), tp("apps/a", idClaims(minimal))}, "Minimal apps/a", "Minimal"},
		{"two say the same: the least name", "", tps{tp("system/b", idClaims(minimal)), tp("system/a", idClaims(minimal))}, "Minimal system/a", "Minimal"},
		{"a policy that says nothing of it", minimal, tps{tp("system/a", idLifetime("10m"))}, "Minimal client", "Minimal"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := compile(person(wishClaims(tc.wish)), tc.policies...)
			if claims := got.Effective.IDToken.Claims; claims.Value+" "+string(claims.DecidedBy) != tc.want {
				t.Errorf("%s %s, want %s", claims.Value, claims.DecidedBy, tc.want)
			}
			if wire := got.Registration.IDToken.Claims; wire != tc.wire {
				t.Errorf("registered as %q, want %q", wire, tc.wire)
			}
		})
	}
}

// TestCompileWhatIsUsed leaves out the rules for tokens that a client does not get, and where it cannot be sent to.
func TestCompileWhatIsUsed(t *testing.T) {
	type tps = []*v1alpha1.TokenPolicy
	tp := build.TokenPolicy
	for _, tc := range []struct {
		name                        string
		oc                          *v1alpha1.OAuthClient
		policies                    tps
		redirects, refresh, idToken bool
	}{
		{"all of it", person(), nil, true, true, true},
		{"client_credentials alone", build.OAuthClient("apps/web"), nil, false, false, false},
		{"no refresh tokens allowed", person(), tps{tp("system/a", build.AllowGrantTypes("authorization_code"))}, true, false, true},
		{"no codes allowed", person(), tps{tp("system/a", build.AllowGrantTypes("refresh_token"))}, false, true, true},
		{"no OpenID Connect allowed", person(), tps{tp("system/a", build.AllowScopes("read"))}, true, true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := compile(tc.oc, tc.policies...)
			r, e := got.Registration, got.Effective
			if len(r.RedirectURIs) > 0 != tc.redirects || (r.RefreshToken != nil) != tc.refresh || (r.IDToken != nil) != tc.idToken {
				t.Errorf("registered %+v", r)
			}
			if (e.RefreshToken != nil) != tc.refresh || (e.IDToken != nil) != tc.idToken {
				t.Errorf("reported %+v, %+v", e.RefreshToken, e.IDToken)
			}
		})
	}
}

// TestCompileWhoItIs: what people are shown, and whether it keeps a secret.
func TestCompileWhoItIs(t *testing.T) {
	named := person(public, func(oc *v1alpha1.OAuthClient) { oc.Spec.DisplayName = "The Shop" })
	if r := compile(named).Registration; r.DisplayName != "The Shop" || !r.Public || r.RedirectURIs[0] != "https://web.example/callback" {
		t.Errorf("%+v", r)
	}
	if r := compile(person()).Registration; r.DisplayName != "web" || r.Public {
		t.Errorf("%+v", r)
	}
}

func said(d v1alpha1.DecidedDuration) string { return string(d.Value) + " " + string(d.DecidedBy) }
