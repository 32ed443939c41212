package registry_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// version makes an update of a client, whose secret tells which version it is.
func version(clientID string, version uint64) registry.Update {
	return issuertest.Update(issuertest.NewRegistration(clientID, secretOf(version)), version)
}

func secretOf(version uint64) string { return fmt.Sprintf("secret-%d", version) }

// damaged makes an update of a client that cannot be read.
func damaged(clientID string, version uint64) registry.Update {
	return registry.Update{Name: registration.SecretName(issuertest.Name, clientID), Version: version}
}

// held is the version of each client that the registry serves.
func held(r *registry.Registry, ids ...string) map[string]uint64 {
	found := map[string]uint64{}
	for _, id := range ids {
		client, ok := r.Snapshot().Client(id)
		for v := uint64(1); ok && v < 100; v++ {
			if _, right := client.Registration().Match(secretOf(v), issuertest.Start); right {
				found[id] = v
			}
		}
	}
	return found
}

func TestWatch(t *testing.T) {
	type versions = map[string]uint64
	apply := func(u registry.Update) func(*registry.Registry) {
		return func(r *registry.Registry) { r.Apply(u) }
	}
	remove := func(id string, v uint64) func(*registry.Registry) {
		return func(r *registry.Registry) { r.Delete(registration.SecretName(issuertest.Name, id), v) }
	}
	replace := func(v uint64, list ...registry.Update) func(*registry.Registry) {
		return func(r *registry.Registry) { r.Replace(list, v) }
	}
	for _, tc := range []struct {
		name  string
		steps []func(*registry.Registry)
		want  versions
	}{
		{"a client arrives", []func(*registry.Registry){apply(version("a", 1))}, versions{"a": 1}},
		{"a client changes", []func(*registry.Registry){apply(version("a", 1)), apply(version("a", 2))}, versions{"a": 2}},
		{"an older version is late", []func(*registry.Registry){apply(version("a", 2)), apply(version("a", 1))}, versions{"a": 2}},
		{"versions are numbers", []func(*registry.Registry){apply(version("a", 9)), apply(version("a", 10))}, versions{"a": 10}},
		{"a client goes", []func(*registry.Registry){apply(version("a", 1)), remove("a", 2)}, versions{}},
		{"a client goes and comes", []func(*registry.Registry){apply(version("a", 1)), remove("a", 2), apply(version("a", 3))}, versions{"a": 3}},
		{"an unknown client goes", []func(*registry.Registry){apply(version("a", 1)), remove("b", 2)}, versions{"a": 1}},
		{"the end of an older version is late", []func(*registry.Registry){apply(version("a", 3)), remove("a", 2)}, versions{"a": 3}},
		{"a version cannot be read", []func(*registry.Registry){apply(version("a", 1)), apply(damaged("a", 2))}, versions{}},
		{"what could not be read is mended", []func(*registry.Registry){apply(damaged("a", 1)), apply(version("a", 2))}, versions{"a": 2}},
		{"what cannot be read keeps its place", []func(*registry.Registry){apply(damaged("a", 2)), apply(version("a", 1))}, versions{}},
		{"a list", []func(*registry.Registry){replace(5, version("a", 1), version("b", 2))}, versions{"a": 1, "b": 2}},
		{"a list removes what is gone", []func(*registry.Registry){apply(version("a", 1)), replace(5, version("b", 2))}, versions{"b": 2}},
		{"a list with what cannot be read", []func(*registry.Registry){apply(version("a", 1)), replace(5, damaged("a", 3))}, versions{}},
		{"a list from a restored backup", []func(*registry.Registry){apply(version("a", 50)), apply(version("b", 60)), replace(5, version("a", 3))}, versions{"a": 3}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := issuertest.New(t, issuertest.Bare()).Registry
			for _, step := range tc.steps {
				step(r)
			}
			if diff := cmp.Diff(tc.want, held(r, "a", "b")); diff != "" {
				t.Errorf("clients (-want +got):\n%s", diff)
			}
			if r.Snapshot().Len() != len(tc.want) {
				t.Errorf("Len() = %d, want %d", r.Snapshot().Len(), len(tc.want))
			}
		})
	}
}

func TestSnapshotDoesNotChange(t *testing.T) {
	r := issuertest.New(t, issuertest.Bare()).Registry
	var list []registry.Update
	for i := range 2000 {
		list = append(list, version(fmt.Sprint("client-", i), 1))
	}
	r.Replace(list, 1)
	before := r.Snapshot()
	for i := range 2000 {
		r.Delete(registration.SecretName(issuertest.Name, fmt.Sprint("client-", i)), uint64(10+i))
		r.Apply(version(fmt.Sprint("new-", i), uint64(10+i)))
	}
	if before.Len() != 2000 || !before.Known("client-7") || before.Known("new-7") {
		t.Errorf("an older snapshot changed: %d clients", before.Len())
	}
	if after := r.Snapshot(); after.Len() != 2000 || after.Known("client-7") || !after.Known("new-7") {
		t.Errorf("the latest snapshot is wrong: %d clients", after.Len())
	}
}

// A storm of changes must not cost more with every client that there is.
func BenchmarkApply(b *testing.B) {
	for _, clients := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(clients), func(b *testing.B) {
			r := issuertest.New(b, issuertest.Bare()).Registry
			list := make([]registry.Update, 0, clients)
			for i := range clients {
				list = append(list, version(fmt.Sprint("client-", i), 1))
			}
			r.Replace(list, 1)
			u := version("client-7", 2)
			for b.Loop() {
				u.Version++
				r.Apply(u)
			}
		})
	}
}

// Whoever runs an issuer sees whose clients it has.
func TestClientsByNamespace(t *testing.T) {
	server := issuertest.New(t)
	other := issuertest.NewRegistration("billing.a", "s")
	other.Owner.Namespace = "billing"
	server.Register(other)
	metrics := server.Get("/metrics").Body.String()
	for _, line := range []string{`{namespace="billing"} 1`, `{namespace="shop"} 2`} {
		if !strings.Contains(metrics, "tokenwright_issuer_registrations_by_namespace"+line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
}
