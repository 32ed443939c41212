// Package registration is the compiled client: the contract between the operator, which writes it to a Secret in the
// issuer's namespace, and the issuer, which enforces it and nothing else.
//
// It owns the wire form and its versions, the Secret's name, and the form of client secrets. It does not know how a
// registration comes about (issuer/policy compiles it) nor how it is served (issuer/registry).
package registration
