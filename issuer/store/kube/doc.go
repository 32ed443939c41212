// Package kube keeps what the issuer must remember in the Kubernetes API: a TokenGrant for each grant, a TokenMark for
// each mark and a TokenRevocation for each revocation, all in the issuer's own namespace.
//
// It owns these objects, a watch on each kind, and the memory that the watches and this replica's own writes fill. Reads
// are answered from memory where that will do; a write is one request, and the API server's resource versions decide
// races between replicas. An API server that goes away takes nothing from what is known. The package does not know what
// grants, marks and revocations are used for.
package kube
