package endpoint

import (
	"net/netip"
	"net/url"
	"strings"
)

// strict has browsers come to this host by TLS alone for a year (RFC 6797 section 6.1). What is below the host is not ours.
var strict = []string{"max-age=31536000"}

// isStrict tells whether browsers of an issuer are told so: not on a developer's machine, where the host is shared with all
// that is tried there, and not for addresses, which RFC 6797 section 8.1.1 leaves out.
func isStrict(issuer string) bool {
	parsed, err := url.Parse(issuer)
	if err != nil || parsed.Scheme != "https" {
		return false
	}
	host := strings.ToLower(parsed.Hostname())
	_, noAddress := netip.ParseAddr(host)
	return noAddress != nil && host != "localhost" && !strings.HasSuffix(host, ".localhost")
}
