package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/test/build"
)

// Small worlds, so that what clients ask for and what policies say meet often.
var (
	someGrants    = []v1alpha1.GrantType{v1alpha1.ClientCredentials, v1alpha1.AuthorizationCode, v1alpha1.RefreshToken}
	someScopes    = []v1alpha1.Scope{"a:read", "a:write", "b:read", "b:write", "admin", policy.OpenID}
	somePatterns  = []v1alpha1.ScopePattern{"*", "a:*", "*:read", "b:*", "admin", "a:read", "*:*:*", policy.OpenID}
	someAudiences = []v1alpha1.Audience{"https://a.example", "https://b.example", "https://c.example", "urn:d"}
	someIDs       = []v1alpha1.ClientID{"legacy", "apps.web", "other.web"}
	someLifetimes = []v1alpha1.Duration{"", "", "10s", "5m", "10m", "30m", "1h", "2h", "24h"}
	someLives     = []v1alpha1.Duration{"", "", "1m", "24h", "168h", "720h", "2000h", "8760h"}
	someGraces    = []v1alpha1.Duration{"", "0s", "5s", "10s", "60s"}
	someFormats   = []v1alpha1.TokenFormat{v1alpha1.FormatJWT, v1alpha1.FormatOpaque}
	someRotations = []v1alpha1.Rotation{"", v1alpha1.RotateAlways, v1alpha1.RotatePublicClients}
	someClaims    = []v1alpha1.IDTokenClaims{"", v1alpha1.ClaimsOfScopes, v1alpha1.ClaimsMinimal}
	someAlgs      = []v1alpha1.SigningAlgorithm{"", v1alpha1.ES256, v1alpha1.EdDSA}
	someConsents  = []v1alpha1.ConsentRule{"", "", v1alpha1.ConsentSkip, v1alpha1.ConsentSkip, v1alpha1.ConsentRequired}
	someNames     = []v1alpha1.PolicyName{"apps/a", "apps/b", "system/a", "system/b", "system/c"}
)

// subset draws some of values, in the order in which they stand; nil now and then.
func subset[T any](values []T) *rapid.Generator[[]T] {
	return rapid.Custom(func(t *rapid.T) []T {
		if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
			return nil
		}
		out := []T{}
		for _, value := range values {
			if rapid.Bool().Draw(t, fmt.Sprint(value)) {
				out = append(out, value)
			}
		}
		return out
	})
}

// spec draws the rules of one policy, which may be none.
var spec = rapid.Custom(func(t *rapid.T) *v1alpha1.TokenPolicySpec {
	s := &v1alpha1.TokenPolicySpec{}
	if rapid.IntRange(0, 5).Draw(t, "grantTypes") == 0 {
		s.GrantTypes = &v1alpha1.GrantTypeRules{Allowed: subset(someGrants).Draw(t, "grant types")}
	}
	if allowed, denied := subset(somePatterns).Draw(t, "allowed"), subset(somePatterns[1:]).Draw(t, "denied"); allowed != nil || len(denied) > 0 {
		s.Scopes = &v1alpha1.ScopeRules{Allowed: allowed, Denied: denied}
	}
	if allowed := subset(someAudiences).Draw(t, "audiences"); allowed != nil {
		s.Audiences = &v1alpha1.AudienceRules{Allowed: allowed}
	}
	if allowed := subset(someAudiences).Draw(t, "resource servers"); allowed != nil {
		s.ResourceServers = &v1alpha1.AudienceRules{Allowed: allowed}
	}
	if allowed := subset(someIDs).Draw(t, "client_ids"); allowed != nil {
		s.ClientIDs = &v1alpha1.ClientIDRules{Allowed: allowed}
	}
	if rapid.Bool().Draw(t, "accessToken") {
		s.AccessToken = &v1alpha1.AccessTokenRules{
			DefaultLifetime: rapid.SampledFrom(someLifetimes).Draw(t, "default"), MaxLifetime: rapid.SampledFrom(someLifetimes).Draw(t, "max"),
			Formats: subset(someFormats).Draw(t, "formats"),
		}
	}
	if rapid.Bool().Draw(t, "refreshToken") {
		s.RefreshToken = &v1alpha1.RefreshTokenRules{
			MaxLifetime: rapid.SampledFrom(someLives).Draw(t, "max refresh"), MaxIdleLifetime: rapid.SampledFrom(someLives).Draw(t, "max idle"),
			Rotation: rapid.SampledFrom(someRotations).Draw(t, "rotation"), ReuseGrace: rapid.SampledFrom(someGraces).Draw(t, "grace"),
		}
	}
	if rapid.Bool().Draw(t, "idToken") {
		s.IDToken = &v1alpha1.IDTokenRules{
			MaxLifetime: rapid.SampledFrom(someLifetimes).Draw(t, "max id"), Claims: rapid.SampledFrom(someClaims).Draw(t, "claims"),
		}
	}
	s.Consent = rapid.SampledFrom(someConsents).Draw(t, "consent")
	return s
})

// rules draws what one policy or several allow together.
var rules = rapid.Custom(func(t *rapid.T) policy.Rules {
	var out policy.Rules
	for range rapid.IntRange(0, 3).Draw(t, "policies") {
		out = policy.Meet(out, policy.RulesOf(rapid.SampledFrom(someNames).Draw(t, "name"), spec.Draw(t, "spec")))
	}
	return out
})

// client draws what one application asks for.
var client = rapid.Custom(func(t *rapid.T) *v1alpha1.OAuthClient {
	oc := build.OAuthClient("apps/web")
	oc.UID, oc.Generation = "uid", 3
	oc.Spec.ClientID = rapid.SampledFrom(append([]v1alpha1.ClientID{""}, someIDs...)).Draw(t, "clientID")
	oc.Spec.GrantTypes = subset(someGrants).Draw(t, "grantTypes")
	oc.Spec.Scopes = subset(someScopes).Draw(t, "scopes")
	oc.Spec.DefaultScopes = subset(oc.Spec.Scopes).Draw(t, "defaultScopes")
	oc.Spec.Audiences = subset(someAudiences).Draw(t, "audiences")
	if guards := subset(someAudiences).Draw(t, "guards"); guards != nil {
		oc.Spec.ResourceServer = &v1alpha1.ResourceServer{Audiences: guards}
	}
	if lifetime := rapid.SampledFrom(someLifetimes).Draw(t, "lifetime"); lifetime != "" {
		oc.Spec.AccessToken = &v1alpha1.AccessTokenWishes{Lifetime: lifetime}
	}
	if format := rapid.SampledFrom(append(someFormats, "")).Draw(t, "format"); format != "" && oc.Spec.AccessToken != nil {
		oc.Spec.AccessToken.Format = format
	}
	if rapid.Bool().Draw(t, "public") {
		public(oc)
	}
	oc.Spec.RefreshToken = &v1alpha1.RefreshTokenWishes{
		Lifetime: rapid.SampledFrom(someLives).Draw(t, "refresh"), IdleLifetime: rapid.SampledFrom(someLives).Draw(t, "idle"),
	}
	oc.Spec.IDToken = &v1alpha1.IDTokenWishes{
		SigningAlgorithm: rapid.SampledFrom(someAlgs).Draw(t, "algorithm"), Claims: rapid.SampledFrom(someClaims).Draw(t, "wished claims"),
	}
	oc.Spec.RedirectURIs = subset([]v1alpha1.RedirectURI{"https://web.example/callback", "http://127.0.0.1/callback"}).Draw(t, "redirectURIs")
	return oc
})

// standing is a policy as it stands: one that is wherever its name says.
func standing(name v1alpha1.PolicyName, spec *v1alpha1.TokenPolicySpec) policy.Standing {
	namespace, name2, _ := strings.Cut(string(name), "/")
	return policy.Standing{Namespace: namespace, Name: name2, Spec: spec}
}

// of is a policy of the builder, as it stands.
func of(tp *v1alpha1.TokenPolicy) policy.Standing {
	return policy.Standing{Namespace: tp.Namespace, Name: tp.Name, Spec: &tp.Spec}
}

// governing asks the policies of all namespaces about one client, as the operator does.
func governing(subject policy.Subject, all []policy.Standing) policy.Governance {
	return policy.Governing(subject, policy.NewSet(subject.IssuerNamespace, all), policy.NewSet(subject.Namespace, all))
}

// subject is the client of these tests at the issuer in namespace system.
var subject = policy.Subject{
	Namespace: "apps", IssuerNamespace: "system",
	Labels: map[string]string{"tier": "backend"}, NamespaceLabels: map[string]string{"team": "orders"},
}

// sets lists what is granted, by field.
func sets(c policy.Compiled) map[string][]string {
	return map[string][]string{
		"grantTypes":              c.Effective.GrantTypes.Values,
		"scopes":                  c.Effective.Scopes.Values,
		"defaultScopes":           c.Effective.DefaultScopes.Values,
		"audiences":               c.Effective.Audiences.Values,
		"resourceServerAudiences": c.Effective.ResourceServerAudiences.Values,
	}
}

func removed(c policy.Compiled) map[string][]v1alpha1.RemovedValue {
	return map[string][]v1alpha1.RemovedValue{
		"grantTypes":              c.Effective.GrantTypes.Removed,
		"scopes":                  c.Effective.Scopes.Removed,
		"defaultScopes":           c.Effective.DefaultScopes.Removed,
		"audiences":               c.Effective.Audiences.Removed,
		"resourceServerAudiences": c.Effective.ResourceServerAudiences.Removed,
	}
}

func lifetime(c policy.Compiled) time.Duration {
	return time.Duration(c.Registration.AccessTokenLifetime) * time.Second
}

func longest(c policy.Compiled) time.Duration {
	return c.Effective.AccessToken.MaxLifetime.Value.Std()
}

// exceeds names what a client gets under rules that it does not get under others, of the values that are no sets; nothing
// where it gets no such token.
func exceeds(got, limits policy.Compiled) []string {
	var out []string
	longer := func(name string, is, limit v1alpha1.DecidedDuration) {
		if is.Value.Std() > limit.Value.Std() {
			out = append(out, fmt.Sprintf("%s: %v, beyond %v", name, is, limit))
		}
	}
	if is, limit := got.Effective.RefreshToken, limits.Effective.RefreshToken; is != nil && limit != nil {
		longer("refresh tokens", is.Lifetime, limit.Lifetime)
		longer("idle refresh tokens", is.IdleLifetime, limit.IdleLifetime)
		longer("grace", is.ReuseGrace, limit.ReuseGrace)
		if is.Rotation.Value != string(v1alpha1.RotateAlways) && limit.Rotation.Value == string(v1alpha1.RotateAlways) {
			out = append(out, "rotation is no longer required")
		}
	}
	if is, limit := got.Effective.IDToken, limits.Effective.IDToken; is != nil && limit != nil {
		longer("ID tokens", is.Lifetime, limit.Lifetime)
		if is.Claims.Value != string(v1alpha1.ClaimsMinimal) && limit.Claims.Value == string(v1alpha1.ClaimsMinimal) {
			out = append(out, "ID tokens tell more than the claims that were asked for by name")
		}
	}
	if beyond := skippedOf(got); !within(beyond, skippedOf(limits)) {
		out = append(out, fmt.Sprintf("people are not asked about %v, but only about %v less", beyond, skippedOf(limits)))
	}
	return out
}

// skippedOf is what people are not asked about.
func skippedOf(c policy.Compiled) []string {
	if c.Effective.Consent == nil {
		return nil
	}
	return c.Effective.Consent.SkippedScopes
}

// public makes a client that keeps no secret.
func public(oc *v1alpha1.OAuthClient) {
	oc.Spec.Authentication = &v1alpha1.ClientAuthentication{Public: &v1alpha1.PublicClient{}}
}

// within tells whether all of values are in set.
func within(values, set []string) bool {
	return !slices.ContainsFunc(values, func(value string) bool { return !slices.Contains(set, value) })
}

// selector selects what has these labels.
func selector(key, value string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{key: value}}
}
