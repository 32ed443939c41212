// Package accepted keeps the last accepted version of each TokenPolicy in a ConfigMap, so that a mistake in a policy
// changes nothing until it is corrected. Whether a version is acceptable is for issuer/policy to decide.
package accepted
