package login

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokenwright.dev/issuer/seal"
)

const (
	// maxFlows bounds the flows that one browser may have under way: some 1.3 KB of cookies. Servers and proxies refuse a
	// request whose header is larger than 8 KB, and then a browser could do nothing here until they have expired.
	maxFlows = 16
	// maxForgotten bounds how many an answer removes, each of which takes some 120 bytes of its header. Whoever opened more
	// pages at once is rid of the surplus within a few answers, since each begins one flow at most.
	maxForgotten = 3
)

// browserSecret is what the cookie of a flow holds: when it began, which tells the oldest, and what nobody guesses.
func browserSecret(now time.Time) string {
	return strconv.FormatInt(now.UnixMilli(), 36) + "." + rand.Text()
}

// TieTo ties the flow to the browser that came with cookies. Where that has too many under way, the oldest ones go: those
// pages will say that their request began in another browser.
func (f *Flow) TieTo(sealer *seal.Sealer, cookies []*http.Cookie) []*http.Cookie {
	return append([]*http.Cookie{f.Cookie(sealer)}, f.Surplus(sealer, cookies)...)
}

// Surplus are cookies that remove the oldest flows of a browser which has too many, as one that opened many pages at once
// may have. The flow itself stays.
func (f *Flow) Surplus(sealer *seal.Sealer, cookies []*http.Cookie) []*http.Cookie {
	own := jarOf(sealer)
	var flows []*http.Cookie
	for _, cookie := range cookies {
		if id, ok := strings.CutPrefix(cookie.Name, own.prefix+forFlow); ok && id != f.ID {
			flows = append(flows, cookie)
		}
	}
	const room = maxFlows - 1 // beside the flow itself
	if len(flows) <= room {
		return nil
	}
	slices.SortStableFunc(flows, func(a, b *http.Cookie) int { return cmp.Compare(begun(a), begun(b)) })
	gone := flows[:min(len(flows)-room, maxForgotten)]
	for i, cookie := range gone {
		gone[i] = own.cookie(strings.TrimPrefix(cookie.Name, own.prefix), "", forget)
	}
	return gone
}

// begun is when the flow of a cookie began; zero for what does not say so. A browser that lies has its own flows only.
func begun(cookie *http.Cookie) int64 {
	text, _, ok := strings.Cut(cookie.Value, ".")
	millis, err := strconv.ParseInt(text, 36, 64)
	if !ok || err != nil {
		return 0
	}
	return millis
}
