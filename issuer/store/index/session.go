package index

import (
	"iter"
	"time"

	"tokenwright.dev/issuer/store"
)

// Open tells whether something is left of a grant to close with its login session: what it allows, or its client that is still
// to hear of the end.
func Open(g *store.Grant, now time.Time) bool { return g.Live(now) || g.Awaits() }

// Awaiting are copies of those among the grants of a login session that are of the client of one, which is among them, and
// whose client is still to hear of its end. The caller holds the lock of what it hands in.
func Awaiting(ofSession iter.Seq[*store.Grant], one *store.Grant) []store.Grant {
	var found []store.Grant
	for grant := range ofSession {
		if grant.Client.UID == one.Client.UID && grant.Awaits() {
			found = append(found, Copy(*grant))
		}
	}
	return found
}
