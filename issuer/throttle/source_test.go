package throttle_test

import (
	"net/http"
	"net/netip"
	"testing"

	"tokenwright.dev/issuer/throttle"
)

// X-Forwarded-For counts only where a trusted proxy wrote it.
func TestSource(t *testing.T) {
	proxies := throttle.Proxies{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, tc := range []struct {
		name    string
		proxies throttle.Proxies
		remote  string
		headers []string
		want    string
	}{
		{"peer", nil, "192.0.2.1:4000", nil, "192.0.2.1"},
		{"peer on IPv6", nil, "[2001:db8::1]:4000", nil, "2001:db8::1"},
		{"no port", nil, "pipe", nil, "pipe"},
		{"nobody is trusted", nil, "10.0.0.1:4000", []string{"192.0.2.1"}, "10.0.0.1"},
		{"the peer is not trusted", proxies, "198.51.100.1:4000", []string{"192.0.2.1"}, "198.51.100.1"},
		{"proxy", proxies, "10.0.0.1:4000", []string{"192.0.2.1"}, "192.0.2.1"},
		{"proxy on IPv6", proxies, "[fd00::1]:4000", []string{"2001:db8::7"}, "2001:db8::7"},
		{"proxy that says nothing", proxies, "10.0.0.1:4000", nil, "10.0.0.1"},
		{"two proxies", proxies, "10.0.0.1:4000", []string{"192.0.2.1, 10.9.9.9"}, "192.0.2.1"},
		{"two header lines", proxies, "10.0.0.1:4000", []string{"192.0.2.1", "10.9.9.9"}, "192.0.2.1"},
		{"what the client wrote does not count", proxies, "10.0.0.1:4000", []string{"203.0.113.9, 192.0.2.1"}, "192.0.2.1"},
		{"proxies all the way", proxies, "10.0.0.1:4000", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"with a port", proxies, "10.0.0.1:4000", []string{"192.0.2.1:80"}, "192.0.2.1"},
		{"in brackets", proxies, "10.0.0.1:4000", []string{"[2001:db8::7]:80"}, "2001:db8::7"},
		{"IPv4 in IPv6", proxies, "[::ffff:10.0.0.1]:4000", []string{"192.0.2.1"}, "192.0.2.1"},
		{"garbage", proxies, "10.0.0.1:4000", []string{"192.0.2.1, <script>"}, "10.0.0.1"},
		{"garbage before an address", proxies, "10.0.0.1:4000", []string{"garbage, 10.0.0.2"}, "10.0.0.2"},
		{"empty", proxies, "10.0.0.1:4000", []string{""}, "10.0.0.1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := &http.Request{RemoteAddr: tc.remote, Header: http.Header{"X-Forwarded-For": tc.headers}}
			if got := tc.proxies.Source(r); got != tc.want {
				t.Errorf("Source(%s, %q) = %q, want %q", tc.remote, tc.headers, got, tc.want)
			}
		})
	}
}

// One subscriber of IPv6 has 2^64 addresses and one budget.
func TestFailuresCountByNetwork(t *testing.T) {
	failures := throttle.NewFailures()
	for i := range throttle.FailureBudget.Burst {
		failures.Record("noise", "2001:db8::"+string(rune('a'+i%6)), start)
	}
	if failures.Record("web", "2001:db8::ffff", start) == 0 {
		t.Error("a neighbour in the same /64 has a budget of its own")
	}
	if failures.Record("web", "2001:db8:0:1::1", start) != 0 {
		t.Error("the next /64 has no budget of its own")
	}
}
