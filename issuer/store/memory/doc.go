// Package memory keeps what the issuer must remember in the memory of one process: for tests, for trying things out, and
// for an issuer of one replica that may forget everybody's logins when it restarts.
//
// It owns maps, their locks and their limits. It does not know other replicas.
package memory
