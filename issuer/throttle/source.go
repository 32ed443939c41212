package throttle

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

const forwardedFor = "X-Forwarded-For"

// Proxies are the networks whose word on where a request came from is believed, and nobody else's.
type Proxies []netip.Prefix

// Source is the address that a request came from: the peer's, or if that is a trusted proxy's, the last one in
// X-Forwarded-For that is not. It is for budgets and logs; nothing is ever granted by it.
func (p Proxies) Source(r *http.Request) string {
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		peer = r.RemoteAddr
	}
	if len(p) == 0 || !p.trust(peer) {
		return peer
	}
	return p.forwarded(r.Header[forwardedFor], peer)
}

// forwarded walks back along the proxies. It stops at the first address that is not trusted, and before the first that
// is no address at all, since whoever wrote that may have written all that stands left of it.
func (p Proxies) forwarded(lines []string, peer string) string {
	for _, line := range slices.Backward(lines) {
		for _, hop := range slices.Backward(strings.Split(line, ",")) {
			addr, ok := parseHop(strings.TrimSpace(hop))
			if !ok {
				return peer
			}
			peer = addr.String()
			if !p.contains(addr) {
				return peer
			}
		}
	}
	return peer
}

func (p Proxies) trust(host string) bool {
	addr, ok := parseHop(host)
	return ok && p.contains(addr)
}

func (p Proxies) contains(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(network netip.Prefix) bool { return network.Contains(addr) })
}

// parseHop reads an address with or without a port. Zones are dropped: they mean nothing to anybody else.
func parseHop(hop string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(strings.Trim(hop, "[]"))
	if err != nil {
		port, err := netip.ParseAddrPort(hop)
		if err != nil {
			return netip.Addr{}, false
		}
		addr = port.Addr()
	}
	return addr.WithZone("").Unmap(), true
}

// ipv6Site is the size of network that one IPv6 subscriber has at the least.
const ipv6Site = 64

// Network is what stands for a source in a table: an IPv6 address counts as its whole /64.
func Network(source string) string {
	addr, err := netip.ParseAddr(source)
	if err != nil || !addr.Is6() || addr.Is4In6() {
		return source
	}
	return netip.PrefixFrom(addr.WithZone(""), ipv6Site).Masked().String()
}
