// Package kube connects the issuer to the API server, within its own namespace alone: it feeds the registry, reads one
// registration live, and reports what this replica has loaded.
//
// It owns two watches, on the Secrets that carry the issuer's label and on the issuer's ConfigMap. What arrives is
// compiled at once and nothing raw is kept but the signing ring. An API server that goes away takes nothing from what is
// known. The package does not know requests, nor what registrations and keys are used for.
package kube
