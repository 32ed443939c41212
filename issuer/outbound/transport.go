package outbound

import (
	"net"
	"net/http"
	"time"
)

// Limits of a call. Each has a connection of its own: there are few, and nobody's is kept.
const (
	dialTimeout    = 3 * time.Second
	answerTimeout  = 5 * time.Second
	maxHeaderBytes = 16 << 10
)

// Transport calls what the profile lets pass. A client that follows a redirect dials again, and so is judged again.
// There is no proxy, whatever the environment says: it would do the looking up. The transport is safe for concurrent
// use.
func (p Profile) Transport() http.RoundTripper { return transport(p.dialer()) }

func transport(dialer *net.Dialer) *http.Transport {
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    answerTimeout,
		ResponseHeaderTimeout:  answerTimeout,
		MaxResponseHeaderBytes: maxHeaderBytes,
		DisableKeepAlives:      true,
		DisableCompression:     true,
	}
}
