package index

import (
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/throttle"
)

// revokingClients is the number of clients whose budgets are remembered.
const revokingClients = 10_000

// Budget bounds what clients may revoke at one replica: RFC 7009 lets them write as often as they like. It is safe for
// concurrent use.
type Budget struct{ table *throttle.Table }

// NewBudget gives each client a hundred revocations at once, and ten a second in the long run.
func NewBudget() Budget {
	return Budget{throttle.NewTable(throttle.Budget{PerSecond: 10, Burst: 100}, revokingClients)}
}

// Spent counts a revocation, and tells whether its client has nothing left for it. One that names no client costs nobody
// anything.
func (b Budget) Spent(r store.Revocation, now time.Time) bool {
	return r.ClientID != "" && b.table.Spend(r.ClientID, now) > 0
}
