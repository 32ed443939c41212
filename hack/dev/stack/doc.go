// Package stack runs a whole Tokenwright installation on one machine, without containers: a real etcd,
// kube-apiserver and kube-controller-manager, then the operator and the issuer as ordinary processes.
// `make dev`, `make demo` and the whole-stack tests stand on it.
//
// Operator and issuer authenticate as the ServiceAccounts, and hold the Roles, that they have
// in a cluster, so a permission that is missing there is missing here. Only the caller is admin.
//
// The package knows manifests and processes, no Go type of the API and no OAuth.
package stack
