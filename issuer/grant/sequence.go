package grant

import (
	"time"

	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

// turn says what becomes of a refresh token.
type turn int

const (
	// proceed: it is good, and stays good.
	proceed turn = iota
	// rotate: it is good, and makes way for the next one.
	rotate
	// replay: it has made way just now, and gets the same successor once more, since the answer may have been lost.
	replay
	// reuse: it made way long ago. Of the two who hold it, one stole it.
	reuse
	// unheard: it is newer than what is known of the grant, which is then out of date.
	unheard
)

// turnOf judges the refresh token number n of a grant (RFC 9700 section 4.14.2). The window of a replay begins at the
// rotation and no replay extends it; since every replay gets the same number again, there is never more than one next
// token.
func turnOf(n int64, g *store.Grant, rules *registration.RefreshTokenRules, now time.Time) turn {
	grace := time.Duration(rules.ReuseGrace) * time.Second
	switch {
	case n > g.Sequence:
		return unheard
	case n == g.Sequence && rules.Rotate:
		return rotate
	case n == g.Sequence:
		return proceed
	case n == g.Sequence-1 && now.Before(g.RotatedAt.Add(grace)):
		return replay
	default:
		return reuse
	}
}

// ended tells whether the grant is over under the client's present rules. A shorter lifetime applies at once; a longer one
// revives nothing, since the grant's own end was fixed when it began.
func ended(g *store.Grant, rules *registration.RefreshTokenRules, now time.Time) bool {
	lifetime, idle := time.Duration(rules.Lifetime)*time.Second, time.Duration(rules.IdleLifetime)*time.Second
	return !g.Live(now) || !now.Before(g.CreatedAt.Add(lifetime)) || !now.Before(g.LastUsed.Add(idle))
}

// worthNoting tells whether the use of a grant at now is to be written: the time of its last use may lag by a tenth of
// what it decides.
func worthNoting(g *store.Grant, rules *registration.RefreshTokenRules, now time.Time) bool {
	const share = 10
	return now.Sub(g.LastUsed) >= time.Duration(rules.IdleLifetime)*time.Second/share
}
