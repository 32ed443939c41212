package forwardauth

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"tokenwright.dev/issuer/oauth"
)

const (
	verifyPath = "/verify"
	scopePath  = "/scope"
)

// errNoRequirement means that the proxy is configured wrongly.
var errNoRequirement = errors.New("the path is neither " + verifyPath + " nor " + verifyPath + scopePath + "/SCOPE+SCOPE")

// parseRequirement reads from an escaped path which scopes a token needs: none at /verify, those that are named at
// /verify/scope/SCOPE+SCOPE. What follows is ignored, since Envoy appends the path that its client asked for. The path
// is taken as it is, so that no ".." in there comes near what stands before it.
func parseRequirement(path string) (oauth.Scopes, error) {
	rest, found := strings.CutPrefix(path, verifyPath)
	if !found || rest != "" && rest[0] != '/' {
		return nil, errNoRequirement
	}
	rest, found = strings.CutPrefix(rest, scopePath)
	if !found || rest != "" && rest[0] != '/' {
		return nil, nil
	}
	list, _, _ := strings.Cut(strings.TrimPrefix(rest, "/"), "/")
	return parseScopes(list)
}

// parseScopes reads a list of scopes, each of them escaped: a scope may well hold a slash or a plus.
func parseScopes(list string) (oauth.Scopes, error) {
	names := strings.Split(list, "+")
	for i, name := range names {
		plain, err := url.PathUnescape(name)
		if err != nil {
			return nil, errNoRequirement
		}
		names[i] = plain
	}
	scopes, err := oauth.ParseScopes(strings.Join(names, " "))
	if err != nil || len(scopes) == 0 {
		return nil, errNoRequirement
	}
	return scopes, nil
}

var errAudience = errors.New("the token is for none of the audiences that are guarded here")

// admit decides whether what the issuer said of a token is enough: an audience of audiences, unless there are none, and
// all scopes that are required.
func admit(found *introspection, required oauth.Scopes, audiences []string) error {
	guarded := func(audience string) bool { return slices.Contains(audiences, audience) }
	if len(audiences) > 0 && !slices.ContainsFunc(found.Audience, guarded) {
		return oauth.RefuseToken(errAudience)
	}
	if lacking := required.Minus(found.Scopes); len(lacking) > 0 {
		return oauth.RefuseScope(required.String())
	}
	return nil
}
