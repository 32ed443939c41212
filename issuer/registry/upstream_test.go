package registry_test

import (
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
)

// People of a provider elsewhere are there as long as it is configured, whoever they are.
func TestElsewhere(t *testing.T) {
	server := issuertest.New(t, issuertest.Bare())
	known := server.Registry
	present := func(what string, want bool) {
		t.Helper()
		if got := known.Present("corp", "usr_x", ""); got != want {
			t.Errorf("%s: present %t, want %t", what, got, want)
		}
	}
	present("without a configuration", false)
	known.Configure(registration.IssuerConfig{IdentityProviders: []registration.IdentityProvider{
		{Name: "staff", UsersSecret: "users"}, {Name: "corp", OIDC: &registration.OIDCProvider{Issuer: "https://id.example"}},
	}})
	present("configured", true)
	if known.Present("staff", "usr_x", "") || known.Present("other", "usr_x", "") {
		t.Error("somebody is there whom nobody knows")
	}
	if _, ok := known.Snapshot().Identity("corp", "usr_x"); ok {
		t.Error("what is known elsewhere is known here")
	}
	known.Configure(registration.IssuerConfig{IdentityProviders: []registration.IdentityProvider{{Name: "corp", UsersSecret: "users"}}})
	present("a static provider of that name", false)
	known.Unconfigure()
	present("unconfigured", false)
}

// Client secrets come and go with their Secrets.
func TestUpstreamSecrets(t *testing.T) {
	known := issuertest.New(t, issuertest.Bare()).Registry
	holds := func(what, want string) {
		t.Helper()
		if got, ok := known.Snapshot().UpstreamSecret("corp-client"); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %t, want %q", what, got, ok, want)
		}
	}
	holds("at first", "")
	known.UseUpstreamSecret("corp-client", "one")
	before := known.Snapshot()
	known.UseUpstreamSecret("corp-client", "two")
	known.UseUpstreamSecret("other", "three")
	holds("replaced", "two")
	if got, _ := before.UpstreamSecret("corp-client"); got != "one" {
		t.Errorf("a snapshot has changed: %q", got)
	}
	known.OnlyUpstreamSecrets([]string{"corp-client"})
	holds("listed", "two")
	if _, ok := known.Snapshot().UpstreamSecret("other"); ok {
		t.Error("a secret stayed that is not listed")
	}
	known.ForgetUpstreamSecret("corp-client")
	holds("gone", "")
}
