package registry_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"tokenwright.dev/issuer/issuertest"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// perClient bounds the memory of one ordinary client, in bytes: with it, 100,000 clients fit into 400 MiB of resident
// memory, twice the live heap and all else included.
const perClient = 1536

func TestMemory(t *testing.T) {
	const clients = 20_000
	r := issuertest.New(t, issuertest.Bare()).Registry
	before := heap()
	list := make([]registry.Update, 0, clients)
	for i := range clients {
		list = append(list, version(fmt.Sprintf("team-%d.client-%d", i%100, i), 1))
	}
	r.Replace(list, 1)
	list = nil
	after := heap()
	if each := (after - before) / clients; each > perClient {
		t.Errorf("%d bytes per client, want at most %d", each, perClient)
	}
	old := r.Snapshot()
	r.Apply(version("team-7.client-7", 2))
	if change := heap() - after; int64(change) > 64<<10 {
		t.Errorf("one change keeps %d bytes while the snapshot before it is in use", change)
	}
	runtime.KeepAlive(old)
	runtime.KeepAlive(list)
	runtime.KeepAlive(r)
}

// TestMemoryOfTheGreatest holds what a tenant's client can cost at most: what admission takes, and no byte less.
func TestMemoryOfTheGreatest(t *testing.T) {
	const clients, most = 2000, 16 << 10
	r := issuertest.New(t, issuertest.Bare()).Registry
	before := heap()
	list := make([]registry.Update, 0, clients)
	for i := range clients {
		data, err := registration.Encode(greatest(i))
		if err != nil {
			t.Fatal(err)
		}
		decoded, err := registration.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, issuertest.Update(decoded, 1))
	}
	r.Replace(list, 1)
	list = nil
	each := (heap() - before) / clients
	if each > most {
		t.Errorf("%d bytes per client, want at most %d", each, most)
	}
	t.Logf("%d bytes per client", each)
	runtime.KeepAlive(list)
	runtime.KeepAlive(r)
}

// greatest is the greatest registration that an OAuthClient can have: all its lists full, with 8192 characters in them, and
// all else as long as it may be.
func greatest(i int) *registration.Registration {
	id := fmt.Sprintf("%063d.%0189d", i, i)
	g := issuertest.NewRegistration(id, "s")
	g.Owner.Namespace, g.Owner.Name, g.Owner.UID = id[:63], id[65:128], fmt.Sprintf("%036d", i)
	g.DisplayName, g.BackchannelLogoutURI = strings.Repeat("\U0001F511", 128), filled(1, 512, id)[0]
	g.GrantTypes = []string{"client_credentials", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"}
	g.Scopes, g.Audiences, g.Guards = filled(64, 51, "s"), filled(16, 51, "a"), filled(16, 51, "g")
	g.RedirectURIs, g.PostLogoutRedirectURIs = filled(32, 51, "r"), filled(32, 51, "p")
	g.RedirectURIs[0] += strings.Repeat("x", 8192-160*51)
	g.DefaultScopes = g.Scopes[1:]
	g.RefreshToken, g.IDToken = &registration.RefreshTokenRules{Lifetime: 1}, &registration.IDTokenRules{Lifetime: 1, Algorithm: "RS256"}
	for n := range 7 {
		g.Credentials = append(g.Credentials, registration.Credential{
			ID: fmt.Sprintf("%026d", n), SecretHash: g.Credentials[0].SecretHash, CreatedAt: issuertest.Start, NotAfter: issuertest.Start,
		})
	}
	return g
}

// filled is n different words of a size.
func filled(n, size int, start string) (words []string) {
	for i := range n {
		words = append(words, fmt.Sprintf("%s%0*d", start, size-len(start), i))
	}
	return words
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
