// Package index finds what a store holds in memory: what is due, what belongs together, and which revocations cover a
// token.
//
// It owns these three look-ups, each of which takes about as long with a hundred thousand entries as with ten. It does
// not know where the entries are kept, and locks nothing: each backend has its own lock.
package index
