// Package issuertest builds an issuer in memory for tests and benchmarks: with clients, keys and a clock that stands
// still, and without an API server.
package issuertest
