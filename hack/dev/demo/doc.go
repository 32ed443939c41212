// Package demo shows one OAuthClient's whole life on a stack of its own: from the YAML to a verified token,
// through a tightened policy, to a dead credential. Everything it prints has just happened, and whatever
// happens otherwise than told is an error.
//
// It knows what a user knows: kubectl, HTTP and the published protocols. No Go type of Tokenwright.
package demo
