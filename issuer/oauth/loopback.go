package oauth

// Loopback tells whether a redirect URI leads to the resource owner's own machine (RFC 8252 section 7.3), where any
// program may be listening.
func Loopback(uri string) bool {
	_, ok := withoutPort(uri)
	return ok
}
