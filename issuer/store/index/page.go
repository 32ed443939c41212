package index

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"tokenwright.dev/issuer/store"
)

// Page is a part of the live ones among grants: size of them at most, beginning with number from of those given last. It
// returns copies, and how many are live. The caller holds the lock of what it hands in.
func Page(grants iter.Seq[*store.Grant], from, size int, now time.Time) ([]store.Grant, int) {
	var live []*store.Grant
	for grant := range grants {
		if grant.Live(now) {
			live = append(live, grant)
		}
	}
	slices.SortFunc(live, func(a, b *store.Grant) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	from = min(max(from, 0), len(live))
	shown := live[from:min(from+max(size, 0), len(live))]
	page := make([]store.Grant, 0, len(shown))
	for _, grant := range shown {
		page = append(page, Copy(*grant))
	}
	return page, len(live)
}
