package forwardauth

import (
	"net/url"
	"strings"

	"tokenwright.dev/issuer/oauth"
)

const (
	verifyPath = "/verify"
	scopePath  = "/scope/"
)

// Tail says what a proxy may put behind the path that the platform configured in it.
type Tail string

const (
	// NoTail allows nothing there.
	NoTail Tail = ""
	// EnvoyTail allows whatever its client asked for, behind a doubled slash: Envoy puts the client's path, which
	// begins with a slash, behind a path_prefix, which ends with one.
	EnvoyTail Tail = "envoy"
)

// The ways in which a path says nothing that can be relied on. None tells what the path was, which with Envoy is a
// client's.
const (
	errPath    = misconfigured("the path that is asked for is neither " + verifyPath + " nor below it")
	errBelow   = misconfigured("what stands below " + verifyPath + " does not begin with " + scopePath)
	errScopes  = misconfigured("what stands behind " + verifyPath + scopePath + " is no list of scopes: SCOPE, or SCOPE+SCOPE")
	errBehind  = misconfigured("something stands behind what is required, be it a slash or a query; only for Envoy there may, by --path-prefix=envoy")
	errNoSlash = misconfigured("what is required does not end with a doubled slash: Envoy's path_prefix must end with a slash")
)

// parseRequirement reads from an escaped path, and the query behind it, which scopes a token needs: none at /verify,
// those that are named at /verify/scope/SCOPE+SCOPE. What is none of these, to the letter, requires nobody knows what:
// it is an error, never less than what was meant. The path is taken as it is, so that no ".." in a tail comes near what
// stands before it.
func parseRequirement(path string, query bool, tail Tail) (oauth.Scopes, error) {
	rest, found := strings.CutPrefix(path, verifyPath)
	switch {
	case !found || rest != "" && rest[0] != '/':
		return nil, errPath
	case tail == EnvoyTail:
		if rest, _, found = strings.Cut(rest, "//"); !found {
			return nil, errNoSlash
		}
	case query:
		return nil, errBehind
	}
	if rest == "" {
		return nil, nil
	}
	list, found := strings.CutPrefix(rest, scopePath)
	if !found {
		return nil, errBelow
	}
	if strings.Contains(list, "/") {
		return nil, errBehind
	}
	return parseScopes(list)
}

// parseScopes reads a list of scopes, each of them escaped: a scope may well hold a slash or a plus.
func parseScopes(list string) (oauth.Scopes, error) {
	names := strings.Split(list, "+")
	for i, name := range names {
		plain, err := url.PathUnescape(name)
		if err != nil || strings.Contains(plain, " ") {
			return nil, errScopes
		}
		names[i] = plain
	}
	scopes, err := oauth.ParseScopes(strings.Join(names, " "))
	if err != nil || len(scopes) == 0 {
		return nil, errScopes
	}
	return scopes, nil
}
