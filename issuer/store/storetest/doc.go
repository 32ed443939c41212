// Package storetest is what every store passes: one suite for each port of issuer/store, with stories of one or more
// callers at one store.
//
// It owns the meaning of the ports. It does not know where a store keeps things: a backend's test opens an empty store for
// each story, with a clock that the suite steps.
package storetest
