package registry_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// keeper is a server whose state is kept: with configuration, rings, clients, users and a secret.
func keeper(t *testing.T) (*issuertest.Server, registry.State) {
	t.Helper()
	server := issuertest.New(t, issuertest.People())
	wire, err := keys.EncodeRing(server.Ring)
	if err != nil {
		t.Fatal(err)
	}
	server.Registry.UseRing(server.Registry.Snapshot().Keys(), wire)
	server.Registry.UseUpstreamSecret("corp", "their secret")
	server.Registry.Replace([]registry.Update{version("a", 3), version("b", 5), damaged("c", 4)}, 10)
	return server, server.Registry.State()
}

// restored is an empty registry after before, and then the state of another one.
func restored(t *testing.T, state registry.State, before ...func(*registry.Registry)) *registry.Registry {
	t.Helper()
	r := issuertest.New(t, issuertest.Bare()).Registry
	for _, step := range before {
		step(r)
	}
	ring, err := keys.DecodeRing(state.Signing)
	if err != nil {
		t.Fatal(err)
	}
	set, err := keys.NewSet(ring)
	if err != nil {
		t.Fatal(err)
	}
	r.Restore(state, set, issuertest.NewRing(t, 9, keys.XC20P))
	return r
}

func TestRestore(t *testing.T) {
	server, state := keeper(t)
	r := restored(t, state)
	if diff := cmp.Diff(map[string]uint64{"a": 3, "b": 5}, held(r, "a", "b", "c")); diff != "" {
		t.Errorf("clients (-want +got):\n%s", diff)
	}
	snapshot := r.Snapshot()
	if snapshot.Config().URL != issuertest.URL || snapshot.Keys().Revision() != server.Ring.Revision || snapshot.Sealer() == nil ||
		snapshot.SealingRevision() != 9 {
		t.Errorf("configuration %v, signing %v, sealing revision %d", snapshot.Config(), snapshot.Keys(), snapshot.SealingRevision())
	}
	if secret, _ := snapshot.UpstreamSecret("corp"); secret != "their secret" || !r.Present(issuertest.Provider, issuertest.Subject, "") {
		t.Errorf("upstream secret %q, or the user is gone", secret)
	}
	again := r.State()
	if len(again.Registrations) != 3 || again.Seen != state.Seen || !cmp.Equal(again.Signing, state.Signing) {
		t.Errorf("the state of what was restored: %+v", again)
	}
}

// What the watch tells after a restored state is the truth, whatever the state said; what it told before needs no state.
func TestRestoreAndTheWatch(t *testing.T) {
	_, state := keeper(t)
	type steps = []func(*registry.Registry)
	list := func(at uint64, list ...registry.Update) func(*registry.Registry) {
		return func(r *registry.Registry) { r.Replace(list, at) }
	}
	for _, tc := range []struct {
		name          string
		before, after steps
		want          map[string]uint64
	}{
		{"nothing more", nil, nil, map[string]uint64{"a": 3, "b": 5}},
		{"a list", nil, steps{list(20, version("a", 12))}, map[string]uint64{"a": 12}},
		{"an empty list", nil, steps{list(20)}, map[string]uint64{}},
		{"a list from a restored backup", nil, steps{list(7, version("a", 2))}, map[string]uint64{"a": 2}},
		{"a list before", steps{list(20, version("a", 12))}, nil, map[string]uint64{"a": 12}},
		{"an empty list before", steps{list(20)}, nil, map[string]uint64{}},
		{"too old", nil, steps{(*registry.Registry).Forget}, map[string]uint64{}},
		{"too old, and a list", nil, steps{(*registry.Registry).Forget, list(20, version("b", 12))}, map[string]uint64{"b": 12}},
		{"a list, and too old", nil, steps{list(20, version("b", 12)), (*registry.Registry).Forget}, map[string]uint64{"b": 12}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := restored(t, state, tc.before...)
			for _, step := range tc.after {
				step(r)
			}
			if diff := cmp.Diff(tc.want, held(r, "a", "b")); diff != "" {
				t.Errorf("clients (-want +got):\n%s", diff)
			}
		})
	}
}

// Without word from the API server in time, nothing of what was restored may count; what was told stays.
func TestForget(t *testing.T) {
	_, state := keeper(t)
	r := restored(t, state)
	r.Forget()
	if snapshot := r.Snapshot(); snapshot.Complete() || snapshot.Sealer() != nil || snapshot.Len() != 0 || r.Present(issuertest.Provider, issuertest.Subject, "") {
		t.Error("something of a state that is too old is still there")
	}
	r = restored(t, state, func(r *registry.Registry) {
		r.Configure(registration.IssuerConfig{URL: "https://told.example", Algorithms: []string{keys.ES256}})
	})
	if url := r.Snapshot().Config().URL; url != "https://told.example" {
		t.Errorf("the configuration that was told made way for that of %s", url)
	}
	r.Forget()
	if r.Snapshot().Config() == nil || r.Snapshot().Keys() != nil {
		t.Error("what was told is gone, or what was not told stays")
	}
	r = restored(t, state, (*registry.Registry).Unconfigure)
	if r.Snapshot().Config() != nil {
		t.Error("a TokenIssuer that is gone came back")
	}
}

// Changes tells whether State is worth writing again.
func TestChanges(t *testing.T) {
	server, _ := keeper(t)
	r := server.Registry
	for _, tc := range []struct {
		name string
		do   func()
		want bool
	}{
		{"nothing", func() {}, false},
		{"a bookmark", func() { r.Passed(50) }, false},
		{"an unknown client goes", func() { r.Delete("x", 51) }, false},
		{"a client", func() { r.Apply(version("d", 52)) }, true},
		{"one that cannot be read", func() { r.Apply(damaged("e", 53)) }, true},
		{"its end", func() { r.Delete(registration.SecretName(issuertest.Name, "e"), 54) }, true},
		{"a ring", func() { r.UseKeys(r.Snapshot().Keys()) }, true},
		{"the configuration", r.Unconfigure, true},
	} {
		before := r.Changes()
		if tc.do(); (r.Changes() != before) != tc.want {
			t.Errorf("%s: a change: %t, want %t", tc.name, !tc.want, tc.want)
		}
	}
}
