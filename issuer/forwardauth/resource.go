package forwardauth

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"tokenwright.dev/issuer/oauth"
)

// wellKnown is where the metadata of a resource is (RFC 9728 section 3).
const wellKnown = "/.well-known/oauth-protected-resource"

// Resource is what clients know by a URL, and tokens by that URL as their audience. ParseResource makes one.
type Resource struct {
	ID string // the URL, as it is written

	path     string // of the URL, escaped, without a slash that stands alone
	metadata string // the URL of its metadata
}

// ParseResource reads the URL of a resource: https, or http on loopback, with a host and without query and fragment
// (RFC 9728 sections 1.2 and 2).
func ParseResource(text string) (Resource, error) {
	at, err := url.Parse(text)
	switch {
	case err != nil, at.Host == "", at.Opaque != "", at.User != nil, !printableURL(text),
		at.Scheme != "https" && (at.Scheme != "http" || !oauth.Loopback(text)):
		return Resource{}, errors.New("a resource is a URL with https and a host")
	case strings.ContainsAny(text, "?#"):
		return Resource{}, errors.New("a resource has neither query nor fragment")
	}
	path := strings.TrimSuffix(at.EscapedPath(), "/")
	if path != "" {
		path = at.EscapedPath() // only a slash right behind the host is taken away (RFC 9728 section 3.1)
	}
	return Resource{ID: text, path: path, metadata: at.Scheme + "://" + at.Host + wellKnown + path}, nil
}

// printableURL tells whether a URL may stand in a quoted string of a header as it is.
func printableURL(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}

// CheckResources refuses resources whose metadata would be at one place.
func CheckResources(resources []Resource) error {
	at := map[string]string{}
	for _, resource := range resources {
		if other, taken := at[resource.path]; taken {
			return fmt.Errorf("the metadata of %s and of %s would be at one path: each needs a guard of its own", other, resource.ID)
		}
		at[resource.path] = resource.ID
	}
	return nil
}

// resourceAt is the resource that a path belongs to: the one with the longest path that begins it; the only one there
// is whatever the path; nil where none is known.
func resourceAt(resources []Resource, path string) *Resource {
	if len(resources) == 1 {
		return &resources[0]
	}
	var found *Resource
	for i := range resources {
		if at := &resources[i]; at.covers(path) && (found == nil || len(at.path) > len(found.path)) {
			found = at
		}
	}
	return found
}

// covers tells whether a path is that of the resource, or below it.
func (r *Resource) covers(path string) bool {
	rest, found := strings.CutPrefix(path, r.path)
	return found && path != "" && (rest == "" || rest[0] == '/' || strings.HasSuffix(r.path, "/"))
}

// challenge adds to a challenge of scheme Bearer where the client learns what it needs (RFC 9728 section 5.1), and the
// scopes that are needed, if it says nothing of them yet (RFC 6750 section 3).
func (r *Resource) challenge(header string, needed oauth.Scopes) string {
	if len(needed) > 0 && !strings.Contains(header, ` scope="`) {
		header += `, scope="` + needed.String() + `"`
	}
	return header + `, resource_metadata="` + r.metadata + `"`
}
