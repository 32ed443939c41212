// Package registry holds what the issuer knows of the cluster, as one immutable snapshot at a time, and authenticates
// clients against it.
//
// A request reads one snapshot and never locks. A writer makes the next one from it, which copies only the part that
// changes. Both the watch and a live read of one registration write here, so each version of a registration carries the
// API server's resource version, and an older one never replaces a newer one. All that is held can be taken out as a
// State, and put back after a start. The package does not know Kubernetes: it is fed, and reads live, through interfaces
// of its own.
package registry
