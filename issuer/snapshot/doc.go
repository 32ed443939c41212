// Package snapshot lets an issuer that starts while the API server is away go on with what it knew before: it keeps the
// registry and the revocations in a file beside the process, sealed, and brings them back.
//
// It owns the form of the file, when it is written, how fresh it is, and when it may be taken. It is not the registry's own
// Snapshot, which is in memory and what requests read. The package does not know Kubernetes: it is told that there was a word
// from the API server, and reads what others hold through their own types.
package snapshot
