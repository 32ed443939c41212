package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// ErrRefused is in the error of every address that a profile does not let pass.
var ErrRefused = errors.New("the address is none that may be called")

// Profile says which addresses may be called. The zero value lets none pass.
type Profile struct {
	known    bool
	cluster  bool // what only a cluster has
	loopback bool
}

var (
	// Cluster is for what runs beside the issuer as well as elsewhere: private-use, shared and unique-local addresses
	// pass, since Services, Pods and nodes have them, and which of them the issuer may reach is for a NetworkPolicy to
	// say. No other special-purpose address does. One that carries an IPv4 address is judged by that.
	Cluster = Profile{known: true, cluster: true}
	// Public is for what is on the Internet: no special-purpose address passes. An IPv4-mapped address, and one of the
	// well-known prefix of NAT64, by which a host without IPv4 reaches the Internet, is judged by its IPv4 address.
	Public = Profile{known: true}
)

// WithLoopback lets loopback addresses pass as well: for an issuer that is on one itself, on somebody's own machine.
func (p Profile) WithLoopback() Profile {
	p.loopback = true
	return p
}

// Judge refuses an address that the profile does not let pass, by an error with ErrRefused that names the range and
// where it comes from. It is a pure function.
func (p Profile) Judge(to netip.Addr) error {
	to = to.WithZone("")
	switch as := formOf(to); {
	case !p.known || !to.IsValid():
		return ErrRefused
	case as == nil:
		return p.judge(to)
	case !p.cluster && !as.public:
		return as.refuse()
	default:
		for _, meant := range as.read(to) {
			if err := p.judge(meant); err != nil {
				return err
			}
		}
		return nil
	}
}

// judge looks an address up that stands for itself.
func (p Profile) judge(to netip.Addr) error {
	if to.IsLoopback() && p.loopback {
		return nil
	}
	for i := range ranges {
		if passes := p.cluster && ranges[i].cluster; !passes && ranges[i].contains(to) {
			return ranges[i].refuse()
		}
	}
	return nil
}

func (r *specialRange) contains(to netip.Addr) bool { return r.prefix.Contains(to) }

func (r *specialRange) refuse() error { return fmt.Errorf("%w: %s (%s)", ErrRefused, r.name, r.source) }

// control is asked by a net.Dialer about each address that it is about to connect to: after names were looked up, so
// none can change its mind (DNS rebinding).
func (p Profile) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return ErrRefused
	}
	return p.Judge(to.Addr())
}

// dialer judges each address that it dials.
func (p Profile) dialer() *net.Dialer { return &net.Dialer{Timeout: dialTimeout, Control: p.control} }
