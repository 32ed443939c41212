package outbound

import "net/netip"

// specialRange is a row of a registry.
type specialRange struct {
	prefix netip.Prefix
	name   string
	source string // the specification that gives the range its purpose
	// cluster tells that Services, Pods and nodes of clusters have such addresses.
	cluster bool
}

// nowhere, cluster: which profiles let a range pass.
const (
	nowhere = false
	cluster = true
)

func special(prefix, name, source string, cluster bool) specialRange {
	return specialRange{netip.MustParsePrefix(prefix), name, source, cluster}
}

// ranges are the rows of IANA's registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890, RFC 8190), in
// their order, those that only name a part of another row among them. Forms that carry an IPv4 address are in forms.
// What the registries leave to others follows: multicast, site-local addresses, and where clouds tell virtual machines
// their secrets.
var ranges = []specialRange{
	special("0.0.0.0/8", "this network", "RFC 791 section 3.2", nowhere),
	special("0.0.0.0/32", "this host on this network", "RFC 1122 section 3.2.1.3", nowhere),
	special("10.0.0.0/8", "private-use", "RFC 1918", cluster),
	special("100.64.0.0/10", "shared address space", "RFC 6598", cluster), // Pods of some clouds
	special("127.0.0.0/8", "loopback", "RFC 1122 section 3.2.1.3", nowhere),
	special("169.254.0.0/16", "link-local", "RFC 3927", nowhere), // the metadata of most clouds among them
	special("172.16.0.0/12", "private-use", "RFC 1918", cluster),
	special("192.0.0.0/24", "IETF protocol assignments", "RFC 6890 section 2.1", nowhere),
	special("192.0.0.0/29", "IPv4 service continuity", "RFC 7335", nowhere),
	special("192.0.0.8/32", "IPv4 dummy address", "RFC 7600", nowhere),
	special("192.0.0.9/32", "Port Control Protocol anycast", "RFC 7723", nowhere),
	special("192.0.0.10/32", "TURN anycast", "RFC 8155", nowhere),
	special("192.0.0.170/32", "NAT64/DNS64 discovery", "RFC 8880", nowhere),
	special("192.0.0.171/32", "NAT64/DNS64 discovery", "RFC 8880", nowhere),
	special("192.0.2.0/24", "documentation", "RFC 5737", nowhere),
	special("192.31.196.0/24", "AS112", "RFC 7535", nowhere),
	special("192.52.193.0/24", "automatic multicast tunneling", "RFC 7450", nowhere),
	special("192.88.99.0/24", "6to4 relay anycast, deprecated", "RFC 7526", nowhere),
	special("192.88.99.2/32", "6a44 relay anycast", "RFC 6751", nowhere),
	special("192.168.0.0/16", "private-use", "RFC 1918", cluster),
	special("192.175.48.0/24", "direct delegation of AS112", "RFC 7534", nowhere),
	special("198.18.0.0/15", "benchmarking", "RFC 2544", nowhere),
	special("198.51.100.0/24", "documentation", "RFC 5737", nowhere),
	special("203.0.113.0/24", "documentation", "RFC 5737", nowhere),
	special("240.0.0.0/4", "reserved", "RFC 1112 section 4", nowhere),
	special("255.255.255.255/32", "limited broadcast", "RFC 919 section 7", nowhere),

	special("::1/128", "loopback", "RFC 4291 section 2.5.3", nowhere),
	special("::/128", "unspecified", "RFC 4291 section 2.5.2", nowhere),
	special("100::/64", "discard-only", "RFC 6666", nowhere),
	special("100:0:0:1::/64", "dummy prefix", "RFC 9780", nowhere),
	special("2001::/23", "IETF protocol assignments", "RFC 2928", nowhere),
	// A Teredo address names a server and, in disguise, the outside of somebody's NAT: a peer, at which no client's
	// server is. So it is refused, whatever IPv4 addresses are in it.
	special("2001::/32", "Teredo", "RFC 4380", nowhere),
	special("2001:1::1/128", "Port Control Protocol anycast", "RFC 7723", nowhere),
	special("2001:1::2/128", "TURN anycast", "RFC 8155", nowhere),
	special("2001:1::3/128", "DNS-SD service registration anycast", "RFC 9665", nowhere),
	special("2001:2::/48", "benchmarking", "RFC 5180", nowhere),
	special("2001:3::/32", "automatic multicast tunneling", "RFC 7450", nowhere),
	special("2001:4:112::/48", "AS112", "RFC 7535", nowhere),
	special("2001:10::/28", "ORCHID, deprecated", "RFC 4843", nowhere),
	special("2001:20::/28", "ORCHIDv2", "RFC 7343", nowhere),
	special("2001:30::/28", "drone remote ID", "RFC 9374", nowhere),
	special("2001:db8::/32", "documentation", "RFC 3849", nowhere),
	special("2620:4f:8000::/48", "direct delegation of AS112", "RFC 7534", nowhere),
	special("3fff::/20", "documentation", "RFC 9637", nowhere),
	special("5f00::/16", "segment routing", "RFC 9602", nowhere),
	special("fc00::/7", "unique-local", "RFC 4193", cluster),
	special("fe80::/10", "link-local", "RFC 4291 section 2.5.6", nowhere),

	special("224.0.0.0/4", "multicast", "RFC 5771", nowhere),
	special("ff00::/8", "multicast", "RFC 4291 section 2.7", nowhere),
	special("fec0::/10", "site-local, deprecated", "RFC 3879", nowhere),
	special("100.100.100.200/32", "metadata of a cloud", "Alibaba Cloud", nowhere),
	special("168.63.129.16/32", "metadata of a cloud", "Azure", nowhere),
	special("192.0.0.192/32", "metadata of a cloud", "Oracle Cloud", nowhere),
	special("fd00:ec2::/32", "metadata of a cloud", "AWS", nowhere),
	special("fd20:ce::/32", "metadata of a cloud", "Google Cloud", nowhere),
}
