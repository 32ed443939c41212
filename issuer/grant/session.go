package grant

import (
	"slices"
	"time"

	"tokenwright.dev/issuer/store"
)

// sessionOver tells whether the login session of the code has ended by its age, and what the code is to buy with it. A code
// of a former version says of no end.
func (c *Code) sessionOver(now time.Time) bool {
	return c.SessionEnds != 0 && !slices.Contains(c.Scopes, OfflineAccess) && !now.Before(time.Unix(c.SessionEnds, 0))
}

// tie lets an online grant end with the login session of its code. The grant of a client that listens for logouts is held until
// then, also when its tokens have ended: its grants are how it is found.
func (c *Code) tie(grant *store.Grant, listens bool, lifetime time.Duration) {
	if c.SessionEnds == 0 || grant.Offline && !listens {
		return
	}
	grant.SessionEnds = time.Unix(c.SessionEnds, 0).UTC()
	if !listens {
		return
	}
	if grant.Sequence == 0 {
		grant.Idle = max(lifetime.Truncate(time.Second), time.Second)
	}
	grant.HeldUntil, grant.Expires = grant.SessionEnds, latest(grant.Expires, grant.SessionEnds)
}
