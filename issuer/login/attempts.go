package login

import (
	"strings"
	"time"
	"unicode/utf8"

	"tokenwright.dev/issuer/throttle"
)

const (
	rememberedPairs   = 20_000
	rememberedSources = 10_000
)

// Budgets of attempts to log in. People mistype a few times, and an office may share one address; a search for passwords
// needs thousands.
var (
	// PairBudget is for one username at one source.
	PairBudget = throttle.Budget{PerSecond: 0.1, Burst: 10}
	// SourceBudget is for one source, whatever the usernames.
	SourceBudget = throttle.Budget{PerSecond: 1, Burst: 100}
)

// Attempts bounds how often passwords are tried. There is no budget of a username alone: whoever knows it could spend
// that, and lock its owner out from everywhere. Attempts is safe for concurrent use.
type Attempts struct{ pairs, sources *throttle.Table }

// NewAttempts starts to count against two budgets: PairBudget and SourceBudget where nothing else is wanted.
func NewAttempts(pair, source throttle.Budget) *Attempts {
	return &Attempts{throttle.NewTable(pair, rememberedPairs), throttle.NewTable(source, rememberedSources)}
}

// Spend counts an attempt at username from source, before the password is looked at. It returns zero when the attempt
// may go on, else how long there is to wait. A password can be guessed, unlike a client's secret: so here the right one,
// too, has to wait, or waiting would stop nobody. A source without budget takes nothing from the pair's.
func (a *Attempts) Spend(username, source string, now time.Time) time.Duration {
	pair, network := keysOf(username, source)
	if wait := a.sources.Spend(network, now); wait > 0 {
		return wait
	}
	return a.pairs.Spend(pair, now)
}

// Succeeded gives back what a right password has spent.
func (a *Attempts) Succeeded(username, source string, now time.Time) {
	pair, network := keysOf(username, source)
	a.sources.Return(network, now)
	a.pairs.Return(pair, now)
}

func keysOf(username, source string) (pair, network string) {
	network = throttle.Network(source)
	name := username[:min(len(username), maxUsername*utf8.UTFMax)]
	return fold(strings.TrimSpace(name)) + "\x00" + network, network
}
