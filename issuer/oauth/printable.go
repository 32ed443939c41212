package oauth

import "strings"

// longestDescription is where a description is cut: it may quote a request, and a log line holds it.
const longestDescription = 256

// printable drops what RFC 6749 section 5.2 does not allow in a description, and cuts the rest. A description may so
// quote a request without becoming a way to write into headers, logs or terminals.
func printable(text string) string {
	kept := strings.Map(func(r rune) rune {
		if r == ' ' || isNQCHAR(r) {
			return r
		}
		return -1
	}, text)
	return kept[:min(len(kept), longestDescription)]
}

// isNQCHAR tells whether r is printable ASCII but space, quote and backslash (RFC 6749 appendix A).
func isNQCHAR(r rune) bool { return r > ' ' && r < 0x7f && r != '"' && r != '\\' }
