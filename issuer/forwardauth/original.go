package forwardauth

import (
	"errors"
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// HeaderName is a header in which a proxy says something of the request that it asks about; none when empty. The proxy
// must set it always, in place of one that its client sends.
type HeaderName string

// ParseHeaderName reads the name of a header, none of those that are the client's to send.
func ParseHeaderName(name string) (HeaderName, error) {
	if name != "" && !httpguts.ValidHeaderFieldName(name) {
		return "", errors.New("this is no name of a header")
	}
	switch name = textproto.CanonicalMIMEHeaderKey(name); name {
	case "Authorization", "Cookie", "Host", "Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers":
		return "", errors.New("this header is the client's own")
	}
	return HeaderName(name), nil
}

// original is the request that the proxy asks about, as far as the proxy tells.
type original struct {
	method string // that of the question where no header is configured, as Envoy has it
	path   string // empty where nothing is told
}

// readOriginal reads what the proxy tells by these headers. A header that is missing, is there twice or makes no sense
// may be the client's: it is an error, whatever the request brings.
func readOriginal(r *http.Request, method, address HeaderName) (original, error) {
	told := original{method: r.Method}
	if method != "" {
		value, err := method.read(r.Header)
		if err == nil && !httpguts.ValidHeaderFieldName(value) { // a method is a token as well (RFC 9110 section 9.1)
			err = misconfigured("the header " + string(method) + " holds no method")
		}
		if err != nil {
			return original{}, err
		}
		told.method = value
	}
	if address != "" {
		value, err := address.read(r.Header)
		if err != nil {
			return original{}, err
		}
		path, ok := pathOf(value)
		if !ok {
			return original{}, misconfigured("the header " + string(address) + " holds no URL")
		}
		told.path = path
	}
	return told, nil
}

// read is the one value of the header.
func (n HeaderName) read(h http.Header) (string, error) {
	switch values := h[string(n)]; {
	case len(values) == 0, values[0] == "":
		return "", misconfigured("the header " + string(n) + " is missing: the proxy must set it for every request")
	case len(values) > 1:
		return "", misconfigured("the header " + string(n) + " is there twice: the proxy must replace what a client sends by this name")
	default:
		return values[0], nil
	}
}

// pathOf is the path of a URL, in either form that proxies have: with scheme and host, or what stands in the request
// line (RFC 9112 section 3.2). Nothing is decoded, since it only tells resources apart.
func pathOf(address string) (string, bool) {
	if scheme, rest, absolute := strings.Cut(address, "://"); absolute && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http")) {
		at := strings.IndexAny(rest, "/?#")
		if at < 0 {
			at = len(rest)
		}
		address = rest[at:]
	} else if address != "*" && !strings.HasPrefix(address, "/") {
		return "", false
	}
	if end := strings.IndexAny(address, "?#"); end >= 0 {
		address = address[:end]
	}
	if !strings.HasPrefix(address, "/") {
		return "/", true
	}
	return address, true
}
