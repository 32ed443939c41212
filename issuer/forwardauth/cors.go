package forwardauth

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

var errOrigin = errors.New("an origin is https://HOST or https://HOST:PORT, in lower case, without a port that is the scheme's own, " +
	"and with nothing behind it")

// ParseOrigin checks an origin as browsers send it (RFC 6454 section 6.2): scheme, host in lower case, and port if it
// is not the scheme's.
func ParseOrigin(text string) (string, error) {
	at, err := url.Parse(text)
	if err != nil || at.Host == "" || text != at.Scheme+"://"+strings.ToLower(at.Host) {
		return "", errOrigin
	}
	own, known := map[string]string{"https": ":443", "http": ":80"}[at.Scheme]
	if !known || strings.HasSuffix(at.Host, own) || strings.HasSuffix(at.Host, ":") {
		return "", errOrigin
	}
	return text, nil
}

// preflight tells whether a browser asks the API, without credentials, what a script may send (Fetch Standard section
// 3.2.2). Whoever brings credentials asks for more than that.
func preflight(method string, h http.Header) bool {
	origin, wish := h["Origin"], h["Access-Control-Request-Method"]
	return method == http.MethodOptions && len(h["Authorization"]) == 0 &&
		len(origin) == 1 && origin[0] != "" && len(wish) == 1 && httpguts.ValidHeaderFieldName(wish[0])
}

// expose lets scripts of origins read a refusal, which the API behind the guard knows nothing of.
func expose(to, asked http.Header, origins []string) {
	if len(origins) == 0 {
		return
	}
	to["Vary"] = []string{"Origin"}
	if from := asked["Origin"]; len(from) == 1 && slices.Contains(origins, from[0]) {
		to["Access-Control-Allow-Origin"] = []string{from[0]}
		to["Access-Control-Expose-Headers"] = []string{"WWW-Authenticate, Retry-After"}
	}
}
