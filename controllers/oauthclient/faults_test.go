package oauthclient

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/test/build"
)

// TestAllFaults shows at once all that is wrong with a client, the most urgent first: in Ready by name, and in the
// condition that each belongs to with what to do.
func TestAllFaults(t *testing.T) {
	guarding := build.Guards("https://own.example")
	for _, tc := range []struct {
		name  string
		world *world
		ready string // how its message ends
		also  map[string][]string
	}{
		{"no issuer, and a Secret in the way", running(noIssuer, foreignSecret), "; see also CredentialsReady (SecretNotOwned)",
			map[string][]string{v1alpha1.CredentialsReady: {"web-oauth", "not ours"}}},
		{"no issuer, and a public client's Secret in the way", running(noIssuer, foreignSecret, wishing(public)), "; see also CredentialsReady (SecretNotOwned)",
			map[string][]string{v1alpha1.CredentialsReady: {"rename it"}}},
		{"its namespace, its client_id and what it guards", anew(issuer(build.OwnNamespaceOnly()), wishing(build.ClientID("legacy"), guarding)),
			"; see also PolicyCompliant (BeyondPolicy)", map[string][]string{
				v1alpha1.Registered:      {`TokenIssuer system/default takes clients of its own`, `; also ClientIDNotAllowed: clientID "legacy"`},
				v1alpha1.PolicyCompliant: {"not allowed either: resourceServer.audiences https://own.example", "resourceServers: {allowed:"}}},
		{"no policy, another's client_id and a Secret in the way", running(govern(), registered(heldByOther), foreignSecret),
			"; see also CredentialsReady (SecretNotOwned)", map[string][]string{
				v1alpha1.Registered: {"no TokenPolicy in namespace system", "; also ClientIDTaken: "}}},
		{"registered, a Secret in the way and beyond the policy", running(credentialsHeld(disowned), govern(build.TokenPolicy("system/p", build.AllowScopes("a")))),
			"; see also PolicyCompliant (BeyondPolicy)", map[string][]string{v1alpha1.PolicyCompliant: {"scopes b (system/p)"}}},
		{"beyond the policy in several ways, and not offered", running(wishing(forPeople, guarding),
			govern(build.TokenPolicy("system/p", build.AllowScopes("a")))), "", map[string][]string{
			v1alpha1.PolicyCompliant: {"scopes openid (system/p); resourceServer.audiences", "; also NotOffered: authorization_code needs somebody to log in"}}},
		{"labels that nobody knows, in a namespace that is not admitted", anew(issuer(build.OwnNamespaceOnly()), wishing(manyLabels), govern()), "",
			map[string][]string{v1alpha1.Registered: {"its own namespace alone", "; also TooManyLabels: "}}},
		{"only what follows", running(govern()), "or set ungovernedClients: Allow", nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := desire(tc.world.oc, tc.world.seen)
			conditions := want.conditions(applied{})
			if ready := meta.FindStatusCondition(conditions, v1alpha1.Ready); !strings.HasSuffix(ready.Message, tc.ready) {
				t.Errorf("Ready says %q, want it to end in %q", ready.Message, tc.ready)
			}
			for kind, parts := range tc.also {
				for _, part := range parts {
					if got := meta.FindStatusCondition(conditions, kind); !strings.Contains(got.Message, part) {
						t.Errorf("%s says %s: %q, want %q", kind, got.Reason, got.Message, part)
					}
				}
			}
		})
	}
}

// TestNobodyIsToldInVain: what nobody can judge yet is not told of.
func TestNobodyIsToldInVain(t *testing.T) {
	guarding := build.Guards("https://own.example")
	for name, w := range map[string]*world{
		"its labels are not known":         anew(wishing(manyLabels, build.ClientID("legacy"), guarding), govern()),
		"a root policy was never accepted": anew(wishing(build.ClientID("legacy"), guarding), govern(), rootNeverAccepted),
	} {
		want := desire(w.oc, w.seen)
		if told := want.registered.Message + want.compliant.Message; strings.Contains(told, "; also ") || strings.Contains(told, "own.example") {
			t.Errorf("%s: told %q", name, told)
		}
	}
}

// TestRemovalsAreBounded: a client with 64 scopes beyond its policy gets a message that people can read.
func TestRemovalsAreBounded(t *testing.T) {
	var scopes []string
	for i := range 64 {
		scopes = append(scopes, fmt.Sprintf("s:%02d", i))
	}
	w := running(wishing(build.Scopes(scopes...)), govern(build.TokenPolicy("system/p", build.AllowScopes())))
	got := desire(w.oc, w.seen).compliant.Message
	if !strings.Contains(got, "s:07") || strings.Contains(got, "s:08") || !strings.Contains(got, "; and 56 more") {
		t.Errorf("it says %q, want the first 8 and that there are 56 more", got)
	}
}

// TestOneRefusalOfManyRevokes, whichever leads.
func TestOneRefusalOfManyRevokes(t *testing.T) {
	w := running(issuer(brokenSelector), registered(garbled), govern())
	want := desire(w.oc, w.seen)
	if got := verbOf(want.registration, want.remove); got != remove || want.registered.Reason != v1alpha1.ReasonInvalidSelector {
		t.Errorf("registration %s with reason %s, want it removed", got, want.registered.Reason)
	}
}
