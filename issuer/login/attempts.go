package login

import (
	"crypto/sha256"
	"strings"
	"time"
	"unicode/utf8"

	"tokenwright.dev/issuer/throttle"
)

const (
	rememberedPairs    = 20_000
	rememberedSources  = 10_000
	rememberedAccounts = 20_000
)

// Budgets of attempts to log in. People mistype a few times, and an office may share one address; a search for passwords
// needs thousands.
var (
	// PairBudget is for one username at one source.
	PairBudget = throttle.Budget{PerSecond: 0.1, Burst: 10}
	// SourceBudget is for one source, whatever the usernames.
	SourceBudget = throttle.Budget{PerSecond: 1, Burst: 100}
	// AccountDelay is for one username, wherever the attempts come from.
	AccountDelay = throttle.Delay{Free: 5, First: time.Second, Longest: time.Minute, Forgotten: time.Hour}
)

// Attempts bounds how often passwords are tried: by a source, for a username at a source, and for a username by all sources
// together, since who guesses may have many. The last one alone would let whoever knows a username lock its owner out:
// so it does not hold for a browser in which the account was logged in before. What it does for other browsers is short,
// and it is the same for names that nobody has. Attempts is safe for concurrent use.
type Attempts struct {
	pairs, sources *throttle.Table
	accounts       *throttle.Delays
}

// NewAttempts starts to count against PairBudget, SourceBudget and AccountDelay where nothing else is wanted.
func NewAttempts(pair, source throttle.Budget, account throttle.Delay) *Attempts {
	return &Attempts{
		throttle.NewTable(pair, rememberedPairs), throttle.NewTable(source, rememberedSources),
		throttle.NewDelays(account, rememberedAccounts),
	}
}

// Attempt is one try to log in.
type Attempt struct {
	Provider, Username, Source string
	// Familiar says that the account was logged in before where this comes from: see OpenFamiliar.
	Familiar bool
}

// WaitError says that too many passwords were tried.
type WaitError struct {
	// Wait is how long it takes until the next attempt may be made.
	Wait time.Duration
	// Account says that they were tried at this account, anywhere; else here.
	Account bool
}

// Error tells the log.
func (e *WaitError) Error() string {
	if e.Account {
		return "too many attempts to log in to this account"
	}
	return "too many attempts to log in from this address"
}

// Spend counts an attempt, before its password is looked at. The error is a *WaitError where there is to wait first. A
// password can be guessed, unlike a client's secret: so here the right one, too, has to wait, or waiting would stop
// nobody. What is refused by one budget takes nothing from another's: it costs nothing, and a source may be a proxy that
// many share.
func (a *Attempts) Spend(try Attempt, now time.Time) error {
	pair, network, account := try.keys()
	if wait := a.sources.Spend(network, now); wait > 0 {
		return &WaitError{Wait: wait}
	}
	if wait := a.pairs.Spend(pair, now); wait > 0 {
		a.sources.Return(network, now)
		return &WaitError{Wait: wait}
	}
	if try.Familiar {
		return nil
	}
	if wait := a.accounts.Begin(account, now); wait > 0 {
		a.sources.Return(network, now)
		a.pairs.Return(pair, now)
		return &WaitError{Wait: wait, Account: true}
	}
	return nil
}

// Succeeded gives back what a right password has spent.
func (a *Attempts) Succeeded(try Attempt, now time.Time) {
	pair, network, account := try.keys()
	a.sources.Return(network, now)
	a.pairs.Return(pair, now)
	if !try.Familiar {
		a.accounts.Succeeded(account)
	}
}

// Unchecked takes back an attempt whose password was not looked at after all. Its source does not get it back: to ask
// is what keeps others from their turn.
func (a *Attempts) Unchecked(try Attempt, now time.Time) {
	pair, _, account := try.keys()
	a.pairs.Return(pair, now)
	if !try.Familiar {
		a.accounts.Undo(account)
	}
}

// keys are what an attempt is counted under.
func (t Attempt) keys() (pair, network, account string) {
	network = throttle.Network(t.Source)
	name := fold(strings.TrimSpace(t.Username[:min(len(t.Username), maxUsername*utf8.UTFMax)]))
	sum := sha256.Sum256([]byte(t.Provider + "\x00" + name)) // as short for long names as for others
	return name + "\x00" + network, network, string(sum[:])
}
