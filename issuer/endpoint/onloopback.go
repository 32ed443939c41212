package endpoint

import (
	"net/netip"
	"net/url"
)

// onLoopback tells whether an issuer is on a loopback address. Then its clients may be as well: both are somebody's own
// machine.
func onLoopback(issuer string) bool {
	parsed, err := url.Parse(issuer)
	if err != nil {
		return false
	}
	at, err := netip.ParseAddr(parsed.Hostname())
	return parsed.Hostname() == "localhost" || err == nil && at.IsLoopback()
}
