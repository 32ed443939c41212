// Package oauth holds the words of the protocol (RFC 6749): error codes, scopes, and requests as typed values.
//
// A request is read once, strictly, into a value that later code can trust: what has two readings is refused here, so
// that nobody downstream meets a raw form or header. Package oauth does not know who the clients are, what they may ask
// for, or how an answer is written.
package oauth
