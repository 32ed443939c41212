// Package throttle counts what goes wrong, per key, and says when it was too much (RFC 6749 section 2.3.1).
//
// It owns token buckets in tables of bounded size, and the question where a request came from. It does not know what
// failed, nor how a request is refused; and since its callers ask only after something was found wrong, it never stands
// in the way of a right credential.
package throttle
