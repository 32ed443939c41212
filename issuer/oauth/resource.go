package oauth

import (
	"slices"
	"strings"
)

const (
	// maxResources and maxResourceLength are what a registration can hold.
	maxResources      = 16
	maxResourceLength = 512
)

// checkResources holds each resource to RFC 8707 section 2, an absolute URI without a fragment, and drops repetitions in
// place. Resources are later compared byte for byte with registered ones, so no more syntax is asked for than of those.
func checkResources(resources []string) ([]string, error) {
	if len(resources) > maxResources {
		return nil, InvalidTarget.Refusef("more than %d resources", maxResources)
	}
	kept := resources[:0]
	for _, resource := range resources {
		if !absoluteURI(resource) {
			return nil, InvalidTarget.Refusef("a resource must be an absolute URI without a fragment: %s", resource)
		}
		if !slices.Contains(kept, resource) {
			kept = append(kept, resource)
		}
	}
	return kept, nil
}

// absoluteURI tells whether text is a scheme, a colon, and characters that may stand in a URI (RFC 3986 section 4.3).
func absoluteURI(text string) bool {
	scheme, rest, found := strings.Cut(text, ":")
	if !found || rest == "" || len(text) > maxResourceLength || !isScheme(scheme) {
		return false
	}
	for _, r := range rest {
		if !isNQCHAR(r) || r == '#' {
			return false
		}
	}
	return true
}

// isScheme follows RFC 3986 section 3.1.
func isScheme(text string) bool {
	for i := range len(text) {
		lower := text[i] | 0x20
		letter := 'a' <= lower && lower <= 'z'
		if !letter && (i == 0 || strings.IndexByte("0123456789+-.", text[i]) < 0) {
			return false
		}
	}
	return text != ""
}
