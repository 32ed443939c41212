// Package policy decides what may be issued. It is pure: no clock, no store, no network, no log.
//
//	Accept    says whether a TokenPolicy can be in force, where it stands
//	Governing finds the policies that a client is under
//	Meet      combines their rules: a lattice, so neither order nor repetition matters
//	Compile   turns a client and its rules into a registration and its explanation, from the same value
//	Decide    answers one request for tokens by a registration
//
// The operator calls all of them; the issuer calls Decide alone. What the operator reports and what the issuer refuses
// therefore come from the same code. The package does not know how requests are parsed nor how tokens are minted.
package policy
