// Package env gives tests a real API server that knows the kinds of Tokenwright.
//
// It owns one server per test binary: the first Start starts it, Main stops it, and a guard ends it should the binary
// die without a word. No controller runs beside it: what is deleted stays as long as a finalizer holds it, owners'
// objects outlive them, and a namespace never goes away; so each test takes a namespace of its own. The package knows
// nothing of the operator and the issuer.
package env
