package kube

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// TestSecretsMakeHealth: what the watch brings of the Secret of an identity provider, and what is known of its users then.
func TestSecretsMakeHealth(t *testing.T) {
	feed, server, _ := newFeed(t)
	store := &secretStore{Feed: feed}
	provider := registration.IdentityProvider{Name: issuertest.Provider, UsersSecret: "staff-users"}
	server.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL, IdentityProviders: []registration.IdentityProvider{provider}})
	secret := func(version string, kind corev1.SecretType, key, text string) *corev1.Secret {
		return at(labelled("staff-users", kind, key, []byte(text)), version)
	}
	good := func(version string) *corev1.Secret {
		return secret(version, v1alpha1.UsersSecretType, registration.UsersDataKey, issuertest.Users(t))
	}
	bad := func(version, text string) *corev1.Secret {
		return secret(version, v1alpha1.UsersSecretType, registration.UsersDataKey, text)
	}
	opaque := func(version string) *corev1.Secret {
		return secret(version, corev1.SecretTypeOpaque, registration.UsersDataKey, issuertest.Users(t))
	}
	const partly = "\n- {username: carol, disabled: perhaps}"
	for _, step := range []struct {
		name string
		do   func() error
		want string
	}{
		{"an empty list", func() error { return store.Replace(nil, "3") }, "Unusable UsersMissing: no Secret staff-users with users has arrived"},
		{"of another type", func() error { return store.Add(opaque("4")) }, "Unusable UsersNotAccepted: the type of Secret staff-users is Opaque"},
		{"deleted", func() error { return store.Delete(opaque("5")) }, "Unusable UsersMissing: no Secret staff-users with users has arrived"},
		{"listed with another type", func() error { return store.Replace([]any{opaque("6")}, "6") }, "Unusable UsersNotAccepted: the type of Secret staff-users is Opaque"},
		{"another key", func() error { return store.Update(secret("7", v1alpha1.UsersSecretType, "people.yaml", "")) },
			"Unusable UsersNotAccepted: users: the Secret has no key users.yaml"},
		{"no YAML", func() error { return store.Update(bad("8", "users:\n- [")) }, "Unusable UsersNotAccepted: users: the file is no YAML, or gives a key twice, near line 2"},
		{"well", func() error { return store.Update(good("9")) }, "Usable : @9"},
		{"a later version is damaged", func() error { return store.Update(bad("10", "users:\n- [")) }, "Usable UsersNotAccepted: users: the file is no YAML, or gives a key twice, near line 2@9"},
		{"an entry is wrong", func() error { return store.Update(bad("11", issuertest.Users(t)+partly)) }, "Usable : @11, 1 refused"},
		{"listed, well", func() error { return store.Replace([]any{good("12")}, "12") }, "Usable : @12"},
		{"gone from the list", func() error { return store.Replace(nil, "13") }, "Unusable UsersMissing: no Secret staff-users with users has arrived"},
	} {
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		h := server.Registry.UsersHealth(&provider)
		got := fmt.Sprintf("%s %s: %s", h.State, h.Fault, h.Told)
		if h.Users != nil {
			got += "@" + h.Users.AcceptedVersion
		}
		if h.Users != nil && h.Users.Refused > 0 {
			got += fmt.Sprintf(", %d refused", h.Users.Refused)
		}
		if got != step.want || !server.Registry.Snapshot().PeopleKnown() {
			t.Errorf("%s: %q, want %q", step.name, got, step.want)
		}
	}
}

// TestGreatestReport: a report that says as much as it may of as many providers as there may be is taken by the API server,
// and far from the size that a report may have.
func TestGreatestReport(t *testing.T) {
	w := newWorld(t)
	long := login.Brief(strings.Repeat("ü", 1000))
	w.reporter.Health = func() []v1alpha1.IdentityProviderReport {
		var out []v1alpha1.IdentityProviderReport
		for i := range 8 {
			report := v1alpha1.IdentityProviderReport{
				Name: fmt.Sprintf("%040d", i), Health: v1alpha1.ProviderUnusable, Fault: v1alpha1.FaultNoUsableEntry, Message: long,
				Users: &v1alpha1.UsersReport{AcceptedVersion: strings.Repeat("9", 64), Entries: 1000, Refused: 1000},
				OIDC:  &v1alpha1.OIDCReport{Discovery: v1alpha1.AskedInVain, Keys: v1alpha1.AskedNot}, LastLoginHour: new(metav1.NewTime(issuertest.Start)),
			}
			for range 8 {
				report.Users.RefusedEntries = append(report.Users.RefusedEntries, v1alpha1.RefusedEntry{Line: 1 << 20, Entry: 1000, Reason: long})
			}
			out = append(out, report)
		}
		return out
	}
	if err := w.reporter.write(t.Context()); err != nil {
		t.Fatal(err)
	}
	report := new(v1alpha1.IssuerReport)
	if err := w.Client.Get(t.Context(), types.NamespacedName{Namespace: w.namespace, Name: "default-replica-a"}, report); err != nil {
		t.Fatal(err)
	}
	report.ManagedFields = nil
	text, err := json.Marshal(report)
	if err != nil || len(report.Spec.IdentityProviders) != 8 || len(text) > 32<<10 {
		t.Errorf("%d providers in %d bytes (%v), want 8 in at most 32 KiB", len(report.Spec.IdentityProviders), len(text), err)
	}
}

// Whatever there is to say of a provider, the API server takes it.
func TestLeastReport(t *testing.T) {
	w := newWorld(t)
	empty, err := login.ParseUsers("staff", []byte("users: []"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []login.UsersFile{{Secret: "staff"}, {Users: empty}, {Users: empty, Version: "7"}} {
		h := login.UsersHealth("staff", file, 1<<20)
		w.reporter.Health = func() []v1alpha1.IdentityProviderReport {
			return []v1alpha1.IdentityProviderReport{{Name: h.Provider, Health: h.State, Fault: h.Fault, Message: h.Told, Users: h.Users, OIDC: h.OIDC}}
		}
		if err := w.reporter.write(t.Context()); err != nil {
			t.Errorf("%+v: %v", h, err)
		}
	}
}

// A replica that knows no configuration yet has nothing to say of identity providers, and waits with its first report.
func TestFirstReportWaitsForAConfiguration(t *testing.T) {
	w := newWorld(t)
	reporter := NewReporter(w.cluster, w.Registry, slog.New(slog.DiscardHandler), "replica-b")
	reporter.Health = w.Health
	if after := reporter.report(t.Context()); after != renewal || reporter.spoken {
		t.Errorf("again after %v, spoken %v", after, reporter.spoken)
	}
	w.Registry.Configure(registration.IssuerConfig{URL: issuertest.URL})
	if after := reporter.report(t.Context()); after < renewal-time.Second*7 || !reporter.spoken {
		t.Errorf("again after %v, spoken %v", after, reporter.spoken)
	}
}
