package oauthclient

import (
	"fmt"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"pgregory.net/rapid"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/test/build"
)

// past is what a random history has come to: policies in every state, an issuer, and what passes have left.
type past struct {
	*world
	policies map[string]policy.Standing
}

// steps are what can happen between two passes. None of a tenant's may delay or weaken what the platform's say.
var steps = map[string]func(*rapid.T, *past){
	"accept a root policy": func(t *rapid.T, p *past) { p.become(someName(t, "system"), someSpec(t)) },
	"accept a local one":   func(t *rapid.T, p *past) { p.become(someName(t, "apps"), someSpec(t)) },
	"break a root policy":  func(t *rapid.T, p *past) { p.become(someName(t, "system"), nil) },
	"break a local one":    func(t *rapid.T, p *past) { p.become(someName(t, "apps"), nil) },
	"delete a root policy": func(t *rapid.T, p *past) { delete(p.policies, "system/"+someName(t, "system").Name) },
	"delete a local one":   func(t *rapid.T, p *past) { delete(p.policies, "apps/"+someName(t, "apps").Name) },
	"admit all": func(_ *rapid.T, p *past) {
		p.seen.issuer.Spec.ClientNamespaces = &v1alpha1.ClientNamespaces{From: v1alpha1.NamespacesAll}
	},
	"admit nobody": func(_ *rapid.T, p *past) { issuer(build.OwnNamespaceOnly())(p.world) },
	"refuse the ungoverned": func(_ *rapid.T, p *past) {
		p.seen.issuer.Spec.UngovernedClients = v1alpha1.UngovernedRefuse
	},
	"allow the ungoverned": func(_ *rapid.T, p *past) { issuer(build.AllowUngoverned())(p.world) },
	"wish": func(t *rapid.T, p *past) {
		wishing(build.Scopes(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "scope"), "d"))(p.world)
		wishing(build.Lifetime(rapid.SampledFrom([]string{"5m", "1h", "24h"}).Draw(t, "lifetime")))(p.world)
	},
	"lose the Secret":    func(_ *rapid.T, p *past) { p.seen.credentials = nil },
	"take it away":       func(_ *rapid.T, p *past) { foreignSecret(p.world) },
	"fight for it":       func(_ *rapid.T, p *past) { contested(p.world) },
	"replace the client": func(t *rapid.T, p *past) { p.oc.UID += "+" },
}

func someName(t *rapid.T, namespace string) policy.Standing {
	return policy.Standing{Namespace: namespace, Name: rapid.SampledFrom([]string{"p", "q"}).Draw(t, "policy")}
}

func someSpec(t *rapid.T) *v1alpha1.TokenPolicySpec {
	tp := build.TokenPolicy("any/any")
	if rapid.Bool().Draw(t, "limits scopes") {
		build.AllowScopes(rapid.SampledFrom([]string{"a", "b", "*"}).Draw(t, "allowed"), "d")(tp)
	}
	if rapid.Bool().Draw(t, "limits lifetimes") {
		build.MaxLifetime(rapid.SampledFrom([]string{"1m", "30m", "12h"}).Draw(t, "longest"))(tp)
	}
	if rapid.Bool().Draw(t, "lists client_ids") {
		build.AllowClientIDs("legacy")(tp)
	}
	tp.Spec.Consent = rapid.SampledFrom([]v1alpha1.ConsentRule{"", v1alpha1.ConsentSkip, v1alpha1.ConsentRequired}).Draw(t, "consent")
	return &tp.Spec
}

// webApp is a client that people log in to, beside what it does in its own name.
func webApp(oc *v1alpha1.OAuthClient) {
	oc.Spec.GrantTypes = append(oc.Spec.GrantTypes, v1alpha1.AuthorizationCode)
	oc.Spec.RedirectURIs = []v1alpha1.RedirectURI{"https://web.example/callback"}
}

func (p *past) become(who policy.Standing, spec *v1alpha1.TokenPolicySpec) {
	who.Spec = spec
	p.policies[who.Namespace+"/"+who.Name] = who
}

// pass lets the operator do what it decides, and the API server store it.
func (p *past) pass() {
	var all []policy.Standing
	for _, standing := range p.policies {
		all = append(all, standing)
	}
	p.seen.governing = policy.Governing(p.seen.subject, policy.NewSet("system", all), policy.NewSet("apps", all))
	want := desire(p.oc, p.seen)
	if slices.ContainsFunc(want.remove, func(o metav1.Object) bool { return o == metav1.Object(p.seen.registration) }) {
		p.seen.registration = nil
	}
	if want.registration != nil {
		stored(want.registration, "n")(p.world)
	}
	if want.credentials != nil {
		stored(want.credentials, "n")(p.world)
	}
}

// allowed compiles what the accepted root policies and the admission of now allow the client at most; nil if nothing.
func (p *past) allowed() *registration.Registration {
	var roots []policy.Standing
	for _, standing := range p.policies {
		if standing.Namespace == "system" && standing.Spec != nil {
			roots = append(roots, standing)
		}
	}
	governing := policy.Governing(p.seen.subject, policy.NewSet("system", roots), nil)
	_, named := policy.ClientIDAllowed(p.oc, governing.Rules())
	spec := p.seen.issuer.Spec
	if !named || !policy.Admits(spec.ClientNamespaces, p.seen.subject) ||
		!governing.Rooted && spec.UngovernedClients != v1alpha1.UngovernedAllow {
		return nil
	}
	compiled := policy.Compile(p.oc, nil, governing.Rules())
	return &compiled.Registration
}

// beyond says what the client holds that it is not allowed.
func (p *past) beyond() string {
	held, most := decode(p.seen.registration), p.allowed()
	switch {
	case held == nil:
		return ""
	case most == nil:
		return "it is registered"
	case held.AccessTokenLifetime > most.AccessTokenLifetime:
		return fmt.Sprintf("tokens of %d s, beyond %d", held.AccessTokenLifetime, most.AccessTokenLifetime)
	case slices.ContainsFunc(held.Scopes, func(scope string) bool { return !slices.Contains(most.Scopes, scope) }):
		return fmt.Sprintf("scopes %q, beyond %q", held.Scopes, most.Scopes)
	case slices.ContainsFunc(skippedBy(held), func(scope string) bool { return !slices.Contains(skippedBy(most), scope) }):
		return fmt.Sprintf("people are not asked about %q, beyond %q", skippedBy(held), skippedBy(most))
	default:
		return ""
	}
}

// skippedBy is what a registration has people not asked about.
func skippedBy(r *registration.Registration) []string {
	if r.Extras == nil || r.Extras.SkipConsent == nil {
		return nil
	}
	return r.Extras.SkipConsent.Scopes
}

// TestThePlatformHasTheLastWord plays random histories of policies in every state, of an issuer's admission and of a
// tenant's doings. After each pass the client holds no more than the accepted root policies and the admission of then allow.
func TestThePlatformHasTheLastWord(t *testing.T) {
	names := make([]string, 0, len(steps))
	for name := range steps {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		p := &past{world: running(wishing(webApp, build.Lifetime("1h"))), policies: map[string]policy.Standing{}}
		if rapid.Bool().Draw(t, "with a client_id of its own") {
			p.world = legacy(wishing(webApp, build.Lifetime("1h")))
		}
		p.become(policy.Standing{Namespace: "system", Name: "p"}, &build.TokenPolicy("system/p", build.AllowClientIDs("legacy")).Spec)
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 10, 40).Draw(t, "history") {
			steps[name](t, p)
			p.pass()
			if beyond := p.beyond(); beyond != "" {
				t.Fatalf("after %q: %s", name, beyond)
			}
		}
	})
}
