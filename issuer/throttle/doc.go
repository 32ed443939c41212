// Package throttle counts what goes wrong, per key, and says when it was too much (RFC 6749 section 2.3.1).
//
// It owns token buckets and growing delays in tables of bounded size, and the question where a request came from. It does
// not know what failed, nor how a request is refused; whether somebody is asked to wait before or after something was
// found wrong is its callers' choice.
package throttle
