package throttle

import "time"

const (
	// rememberedClients and rememberedSources bound the tables: together some 5 MiB when both are full.
	rememberedClients = 10_000
	rememberedSources = 10_000
)

// FailureBudget is how often authentication may fail, per client and per source, before the answer is "slow down". A
// deployment that rolls out with a wrong secret stays below it for a while; a search for secrets does not.
var FailureBudget = Budget{PerSecond: 1, Burst: 20}

// Failures counts failed authentications. The zero value is not usable: see NewFailures.
type Failures struct {
	clients, sources *Table
}

// NewFailures starts to count.
func NewFailures() *Failures {
	return &Failures{
		clients: NewTable(FailureBudget, rememberedClients),
		sources: NewTable(FailureBudget, rememberedSources),
	}
}

// Record counts one failure of clientID, known or not, from source. It returns zero while both have some left, else for
// how long they have not. A source without budget takes nothing from the client's.
func (f *Failures) Record(clientID, source string, now time.Time) time.Duration {
	if wait := f.sources.Spend(Network(source), now); wait > 0 {
		return wait
	}
	return f.clients.Spend(clientID, now)
}
