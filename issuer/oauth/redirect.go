package oauth

import (
	"net/url"
	"slices"
	"strings"
)

// MatchRedirectURI finds the URI that answers go to: asked, if it is one of registered, or the only registered one if
// none was asked for (RFC 6749 section 3.1.2.3). It reports false for anything else, and then nothing may be sent anywhere.
//
// URIs match byte for byte (RFC 9700 section 2.1): what browsers, proxies and parsers read differently is never compared by
// what it means. The one exception is the port of a loopback address, since native applications cannot choose theirs (RFC
// 8252 section 7.3).
func MatchRedirectURI(registered []string, asked string) (string, bool) {
	if asked == "" {
		if len(registered) == 1 {
			return registered[0], true
		}
		return "", false
	}
	if slices.Contains(registered, asked) {
		return asked, true
	}
	portless, ok := withoutPort(asked)
	if !ok {
		return "", false
	}
	for _, one := range registered {
		if known, ok := withoutPort(one); ok && known == portless {
			return asked, true
		}
	}
	return "", false
}

// loopbacks begin the URIs whose port may vary. A name is no address: who registers localhost means just that.
var loopbacks = []string{"http://127.0.0.1", "http://[::1]", "http://localhost"}

// withoutPort cuts the port out of a loopback URI. It reports false for a URI of another form.
func withoutPort(uri string) (string, bool) {
	for _, host := range loopbacks {
		rest, found := strings.CutPrefix(uri, host)
		if !found {
			continue
		}
		if port, found := strings.CutPrefix(rest, ":"); found {
			end := strings.IndexFunc(port, func(r rune) bool { return r < '0' || r > '9' })
			if end < 0 {
				end = len(port)
			}
			if end == 0 || end > len("65535") {
				return "", false
			}
			rest = port[end:]
		}
		return host + rest, rest == "" || rest[0] == '/' || rest[0] == '?'
	}
	return "", false
}

// Param is one parameter of an authorization response.
type Param struct{ Name, Value string }

// AppendResponse appends params to the query of redirectURI, which it keeps as it is registered (RFC 6749 section 3.1.2).
// A parameter without a value is left out. A redirect URI that holds a parameter of the same name is refused: a client
// would not know which of the two is ours. The error is an *Error, and is not for the redirect URI.
func AppendResponse(redirectURI string, params []Param) (string, error) {
	if strings.Contains(redirectURI, "#") {
		return "", InvalidRequest.Refusef("the redirect URI holds a fragment")
	}
	_, query, found := strings.Cut(redirectURI, "?")
	separator := "&"
	switch {
	case !found:
		separator = "?"
	case query == "" || strings.HasSuffix(query, "&"):
		separator = ""
	}
	var uri strings.Builder
	uri.WriteString(redirectURI)
	for _, p := range params {
		if p.Value == "" {
			continue
		}
		if holds(query, p.Name) {
			return "", InvalidRequest.Refusef("the redirect URI itself holds a parameter %s", p.Name)
		}
		uri.WriteString(separator + url.QueryEscape(p.Name) + "=" + url.QueryEscape(p.Value))
		separator = "&"
	}
	return uri.String(), nil
}

// holds tells whether anybody could see a parameter called name in query.
func holds(query, name string) bool {
	for pair := range strings.FieldsFuncSeq(query, func(r rune) bool { return r == '&' || r == ';' }) {
		raw, _, _ := strings.Cut(pair, "=")
		if decoded, err := url.QueryUnescape(raw); raw == name || err == nil && decoded == name {
			return true
		}
	}
	return false
}
