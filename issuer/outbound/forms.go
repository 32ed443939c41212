package outbound

import "net/netip"

// form is a range of IPv6 addresses that stand for IPv4 addresses: whoever dials one reaches the other.
type form struct {
	specialRange

	// public tells that the IPv4 addresses of the Internet are reached by this form from anywhere.
	public bool
	// layouts are where the four bytes may stand. Where there are several, the network decides which of them holds.
	layouts [][4]int
}

// forms are the rows of the registries that carry an IPv4 address, and the IPv4-compatible addresses, which the
// registry of IPv6 no longer has. The unspecified and the loopback address look like such, and are none.
var forms = []form{
	{special("::ffff:0:0/96", "IPv4-mapped", "RFC 4291 section 2.5.5.2", cluster), true, [][4]int{{12, 13, 14, 15}}},
	{special("::/96", "IPv4-compatible, deprecated", "RFC 4291 section 2.5.5.1", cluster), false, [][4]int{{12, 13, 14, 15}}},
	{special("64:ff9b::/96", "NAT64", "RFC 6052 section 2.1", cluster), true, [][4]int{{12, 13, 14, 15}}},
	// Whoever runs the translator chooses a prefix in here, and its length (RFC 6052 section 2.2).
	{special("64:ff9b:1::/48", "local NAT64", "RFC 8215", cluster), false, [][4]int{
		{6, 7, 9, 10}, {7, 9, 10, 11}, {9, 10, 11, 12}, {12, 13, 14, 15},
	}},
	{special("2002::/16", "6to4", "RFC 3056", cluster), false, [][4]int{{2, 3, 4, 5}}},
}

// formOf is the form of an address; nil if it stands for itself alone.
func formOf(to netip.Addr) *form {
	if to == netip.IPv6Unspecified() || to == netip.IPv6Loopback() {
		return nil
	}
	for i := range forms {
		if forms[i].contains(to) {
			return &forms[i]
		}
	}
	return nil
}

// read are the IPv4 addresses that to may stand for. One of this network (0.0.0.0/8) says only that the layout is
// another: it is left out if there is a better one.
func (f *form) read(to netip.Addr) []netip.Addr {
	bytes := to.As16()
	var found []netip.Addr
	for _, at := range f.layouts {
		if meant := netip.AddrFrom4([4]byte{bytes[at[0]], bytes[at[1]], bytes[at[2]], bytes[at[3]]}); bytes[at[0]] != 0 {
			found = append(found, meant)
		}
	}
	if len(found) == 0 {
		return []netip.Addr{netip.IPv4Unspecified()}
	}
	return found
}
