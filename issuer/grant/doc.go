// Package grant proves what a grant type asks for, one file per grant type (RFC 6749 section 1.3).
//
// It owns the table of grant types that the issuer serves, and whose name stands in a token as its subject. It does not
// know how a client authenticated, which the caller has settled, what the client may have, which issuer/policy decides,
// nor how a token is made.
package grant
