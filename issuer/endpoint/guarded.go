package endpoint

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"
)

// Limits of a call to a client. Each call has a connection of its own: there are few, and nobody's is kept.
const (
	callDialTimeout   = 3 * time.Second
	callHeaderTimeout = 5 * time.Second
	callHeaderBytes   = 16 << 10
)

// guarded reaches the clients' servers and nothing that is none (OWASP's server-side request forgery): whoever may write an
// OAuthClient must not reach by the issuer's hand what only the issuer can reach. The address is judged when it is dialled,
// so no name can change its mind after it was looked up. There is no proxy, which would do the looking up.
func guarded(loopback bool) http.RoundTripper {
	dialer := &net.Dialer{Timeout: callDialTimeout, Control: func(_, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !callable(to.Addr(), loopback) {
			return errForbidden
		}
		return nil
	}}
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    callHeaderTimeout,
		ResponseHeaderTimeout:  callHeaderTimeout,
		MaxResponseHeaderBytes: callHeaderBytes,
		DisableKeepAlives:      true,
		DisableCompression:     true,
	}
}

// uncallable are addresses at which no client is: those that mean this host or everybody, and those at which clouds tell
// virtual machines their secrets. Private networks are not among them, since that is where Services and Pods are; what the
// issuer may reach there is for a NetworkPolicy to say, and a NetworkPolicy can.
var uncallable = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"), // link-local, the metadata of most clouds among them
	netip.MustParsePrefix("100.100.100.200/32"),
	netip.MustParsePrefix("168.63.129.16/32"),
	netip.MustParsePrefix("192.0.0.192/32"),
	netip.MustParsePrefix("224.0.0.0/3"), // multicast, reserved, broadcast
	netip.MustParsePrefix("::/128"),
	netip.MustParsePrefix("fe80::/10"), // link-local
	netip.MustParsePrefix("fd00:ec2::/32"),
	netip.MustParsePrefix("fd20:ce::/32"),
	netip.MustParsePrefix("ff00::/8"), // multicast
}

// translated holds IPv4 addresses in its last four bytes (RFC 6052 section 2.1).
var translated = netip.MustParsePrefix("64:ff9b::/96")

// callable tells whether a client's server may be at an address. A loopback address is one for an issuer that is on one
// itself: then both are somebody's own machine.
func callable(to netip.Addr, loopback bool) bool {
	to = to.WithZone("").Unmap()
	if translated.Contains(to) {
		bytes := to.As16()
		to = netip.AddrFrom4([4]byte(bytes[12:]))
	}
	if to.IsLoopback() {
		return loopback
	}
	for _, prefix := range uncallable {
		if prefix.Contains(to) {
			return false
		}
	}
	return true
}

// onLoopback tells whether an issuer is on a loopback address.
func onLoopback(issuer string) bool {
	parsed, err := url.Parse(issuer)
	if err != nil {
		return false
	}
	at, err := netip.ParseAddr(parsed.Hostname())
	return parsed.Hostname() == "localhost" || err == nil && at.IsLoopback()
}
