package outbound

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestJudge is the specification: addresses, and which profiles let them pass.
func TestJudge(t *testing.T) {
	for _, tc := range []struct {
		address                 string
		cluster, public, nearby bool // nearby: the cluster's, of an issuer on a loopback address
	}{
		{"1.1.1.1", true, true, true},
		{"2606:4700:4700::1111", true, true, true},
		{"10.96.0.1", true, false, true}, // a Service
		{"172.16.0.1", true, false, true},
		{"172.32.0.1", true, true, true},
		{"192.168.0.1", true, false, true},
		{"100.64.0.1", true, false, true}, // a Pod of some clouds
		{"100.128.0.1", true, true, true},
		{"fd12:3456::1", true, false, true},
		{"fc00::1", true, false, true},
		{"127.0.0.1", false, false, true},
		{"127.1.2.3", false, false, true},
		{"::1", false, false, true},
		{"0.0.0.0", false, false, false},
		{"0.1.2.3", false, false, false},
		{"::", false, false, false},
		{"169.254.169.254", false, false, false},
		{"fe80::1", false, false, false},
		{"fe80::1%eth0", false, false, false},
		{"fd12:3456::1%eth0", true, false, true},
		{"fd00:ec2::254", false, false, false},
		{"fd20:ce::254", false, false, false},
		{"100.100.100.200", false, false, false},
		{"168.63.129.16", false, false, false},
		{"192.0.0.192", false, false, false},
		{"192.0.2.1", false, false, false},
		{"198.18.0.1", false, false, false},
		{"224.0.0.1", false, false, false},
		{"ff02::1", false, false, false},
		{"fec0::1", false, false, false},
		{"255.255.255.255", false, false, false},

		{"::ffff:1.1.1.1", true, true, true},
		{"::ffff:10.0.0.1", true, false, true},
		{"::ffff:127.0.0.1", false, false, true},
		{"::ffff:169.254.169.254", false, false, false},
		{"::ffff:0.0.0.0", false, false, false},
		{"::1.1.1.1", true, false, true},
		{"::10.0.0.1", true, false, true},
		{"::127.0.0.1", false, false, true},
		{"::169.254.169.254", false, false, false},
		{"::2", false, false, false},
		{"64:ff9b::101:101", true, true, true},
		{"64:ff9b::a00:1", true, false, true},
		{"64:ff9b::7f00:1", false, false, true},
		{"64:ff9b::a9fe:a9fe", false, false, false},
		{"64:ff9b:0:0:1::101:101", true, true, true}, // beyond the well-known prefix
		{"2002:101:101::1", true, false, true},
		{"2002:a00:1::1", true, false, true},
		{"2002:7f00:1::1", false, false, true},
		{"2002:a9fe:a9fe::", false, false, false},
		{"64:ff9b:1::101:101", true, false, true}, // the prefix has 96 bits
		{"64:ff9b:1::a9fe:a9fe", false, false, false},
		{"64:ff9b:1:a00:0:100::", true, false, true}, // 10.0.0.1 behind a prefix of 48 bits
		{"64:ff9b:1:a9fe:a9:fe00::", false, false, false},
		{"64:ff9b:1:a9fe:a9:fe00:a00:1", false, false, false}, // or of 96 bits, and 10.0.0.1
		{"64:ff9b:1:a7f:0:1:101:101", false, false, true},     // of 56 bits: 127.0.0.1
		{"64:ff9b:1:a01:7f:0:101:101", false, false, true},    // of 64 bits: 127.0.0.1
		{"64:ff9b:1::", false, false, false},
		{"2001:0:101:101::", false, false, false}, // Teredo
	} {
		to := netip.MustParseAddr(tc.address)
		for _, as := range []struct {
			name    string
			profile Profile
			want    bool
		}{
			{"Cluster", Cluster, tc.cluster}, {"Public", Public, tc.public}, {"nearby", Cluster.WithLoopback(), tc.nearby},
			{"none", Profile{}, false}, {"none nearby", Profile{}.WithLoopback(), false},
		} {
			err := as.profile.Judge(to)
			if (err == nil) != as.want || err != nil && !errors.Is(err, ErrRefused) {
				t.Errorf("%s, %s: %v, want it to pass: %v", tc.address, as.name, err, as.want)
			}
		}
	}
	if Cluster.Judge(netip.Addr{}) == nil {
		t.Error("no address at all passes")
	}
}

// inClusters are the ranges that Cluster lets pass, by heart: whoever changes the table means it.
var inClusters = map[string]bool{
	"10.0.0.0/8": true, "100.64.0.0/10": true, "172.16.0.0/12": true, "192.168.0.0/16": true, "fc00::/7": true,
}

// TestRegistries counts the rows of IANA's registries as they were in 2025, in one of which NAT64/DNS64 discovery has
// two addresses: who takes one out, or adds one, looks there.
func TestRegistries(t *testing.T) {
	counted := map[string]int{}
	for _, row := range ranges {
		switch {
		case !strings.HasPrefix(row.source, "RFC"):
			counted["clouds"]++
		case strings.HasPrefix(row.name, "multicast"), strings.HasPrefix(row.name, "site-local"):
			counted["other"]++
		case row.prefix.Addr().Is4():
			counted["IPv4"]++
		default:
			counted["IPv6"]++
		}
	}
	for _, form := range forms {
		if form.prefix.String() != "::/96" {
			counted["IPv6"]++
		}
	}
	if diff := cmp.Diff(map[string]int{"IPv4": 26, "IPv6": 25, "other": 3, "clouds": 5}, counted); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// TestEveryRange judges the first and the last address of each row, and those beside it, which are of another row or of
// none.
func TestEveryRange(t *testing.T) {
	for _, row := range ranges {
		first, last := row.prefix.Masked().Addr(), lastOf(row.prefix)
		if first != row.prefix.Addr() {
			t.Errorf("%s has bits behind its length", row.prefix)
		}
		for _, to := range []netip.Addr{first, last} {
			for _, profile := range []Profile{Public, Cluster} {
				passes := profile.Judge(to) == nil
				if want := profile == Cluster && inClusters[row.prefix.String()]; passes != want {
					t.Errorf("%s of %s (%s) passes %+v: %v, want %v", to, row.prefix, row.name, profile, passes, want)
				}
			}
		}
		for _, beside := range []netip.Addr{first.Prev(), last.Next()} {
			if beside.IsValid() && Public.Judge(beside) != nil && !listed(beside) {
				t.Errorf("%s, beside %s (%s), is refused and in no row", beside, row.prefix, row.name)
			}
		}
		if row.name == "" || row.source == "" {
			t.Errorf("%s does not say what it is for, or where that is written", row.prefix)
		}
	}
}

// listed tells whether an address is in a row, or in a form.
func listed(to netip.Addr) bool {
	for i := range ranges {
		if ranges[i].contains(to) {
			return true
		}
	}
	return formOf(to) != nil
}

func lastOf(prefix netip.Prefix) netip.Addr {
	bytes := prefix.Addr().AsSlice()
	for i := prefix.Bits(); i < len(bytes)*8; i++ {
		bytes[i/8] |= 0x80 >> (i % 8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return last
}

// TestFormsAreWhatTheyCarry holds the law of each form: an address passes only if the IPv4 address does that somebody
// reaches by it, whatever stands in its other bytes; and where the form has one layout, it passes if that does.
func TestFormsAreWhatTheyCarry(t *testing.T) {
	for _, form := range forms {
		for _, layout := range form.layouts {
			t.Run(form.name, rapid.MakeCheck(func(t *rapid.T) {
				bytes, plain := form.prefix.Addr().As16(), interesting.Draw(t, "address").As4()
				for i := (form.prefix.Bits() + 7) / 8; i < len(bytes); i++ {
					bytes[i] = rapid.Byte().Draw(t, "filling")
				}
				for i, at := range layout {
					bytes[at] = plain[i]
				}
				to, meant := netip.AddrFrom16(bytes), netip.AddrFrom4(plain)
				if to == netip.IPv6Unspecified() || to == netip.IPv6Loopback() || plain[0] == 0 {
					return
				}
				for _, profile := range []Profile{Public, Cluster, Cluster.WithLoopback()} {
					carried, alone := profile.Judge(to), profile.Judge(meant)
					if carried == nil && alone != nil {
						t.Fatalf("%s passes %+v, and %s does not: %v", to, profile, meant, alone)
					}
					if single := len(form.layouts) == 1 && (form.public || profile != Public); single && carried != nil && alone == nil {
						t.Fatalf("%s passes %+v, and %s does not: %v", meant, profile, to, carried)
					}
				}
			}))
		}
	}
}

// interesting are IPv4 addresses, those of the rows among them.
var interesting = rapid.OneOf(
	rapid.Custom(func(t *rapid.T) netip.Addr {
		return netip.AddrFrom4([4]byte{rapid.Byte().Draw(t, "a"), rapid.Byte().Draw(t, "b"), rapid.Byte().Draw(t, "c"), rapid.Byte().Draw(t, "d")})
	}),
	rapid.Custom(func(t *rapid.T) netip.Addr {
		rows := make([]netip.Addr, 0, len(ranges))
		for _, row := range ranges {
			if row.prefix.Addr().Is4() {
				rows = append(rows, row.prefix.Addr(), lastOf(row.prefix))
			}
		}
		return rapid.SampledFrom(rows).Draw(t, "row")
	}),
)

// FuzzJudge holds that an address of whatever spelling passes Public only if it passes Cluster, and that the mapped
// form of an IPv4 address is that address.
func FuzzJudge(f *testing.F) {
	for _, seed := range []string{"127.0.0.1", "::ffff:10.0.0.1", "64:ff9b:1::a9fe:a9fe", "fe80::1%eth0", "2002::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		to, err := netip.ParseAddr(text)
		if err != nil {
			return
		}
		if Public.Judge(to) == nil && Cluster.Judge(to) != nil {
			t.Errorf("%s passes on the Internet and not in a cluster", to)
		}
		for _, profile := range []Profile{Public, Cluster} {
			if to.Is4() && (profile.Judge(to) == nil) != (profile.Judge(netip.AddrFrom16(to.As16())) == nil) {
				t.Errorf("%s is not what its mapped form is", to)
			}
		}
	})
}
