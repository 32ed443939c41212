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

// lag is which part of the idle lifetime the time of last use may be behind.
const lag = 10

// worthNoting tells whether the use of a grant at now is to be written: the time of its last use may lag by a tenth of
// what it decides. So is a change of the rules, or a grant that is used would be swept by those of before; one that knows no
// such time is not swept, and learns it with the next use that is noted.
func worthNoting(g *store.Grant, r *registration.Registration, now time.Time) bool {
	idle := time.Duration(r.RefreshToken.IdleLifetime) * time.Second
	return now.Sub(g.LastUsed) >= idle/lag || g.Idle > 0 && g.Idle != idleOf(r)
}

// idleOf is how long after its noted last use a grant of a client that may refresh is good for anything. Its refresh token
// is for the idle lifetime. An access token may have been issued when a use was not worth noting, or by a replay, and it does
// not end before its time because nobody refreshed.
func idleOf(r *registration.Registration) time.Duration {
	seconds := func(count int64) time.Duration { return time.Duration(count) * time.Second }
	idle := seconds(r.RefreshToken.IdleLifetime)
	unnoted := max(idle/lag, seconds(r.RefreshToken.ReuseGrace)) + seconds(r.AccessTokenLifetime)
	return max(idle, unnoted.Truncate(time.Second)+time.Second)
}
