// Package rights audits the Roles of config/rbac: the operator and the issuer do all that they can do, under their
// ServiceAccounts, while the API server writes down what they ask for. Whatever they were refused, and whatever they were
// granted and never used, is a failure; so a rule that nobody needs any more does not stay.
//
// How broad a rule may be at most is for the tests of the manifests alone, which need no control plane. The package does
// not judge what operator and issuer do with their rights.
package rights
