package registry_test

import (
	"fmt"
	"runtime"
	"testing"

	"tokenwright.dev/issuer/issuertest"
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

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
