// Package policy decides what may be issued. It is pure: no clock, no store, no network, no log.
//
//	Accept    says whether a TokenPolicy can be in force, where it stands
//	Governing finds the policies that a client is under
//	Meet      combines their rules: a lattice, so neither order nor repetition matters
//	Compile   turns a client and its rules into a registration and its explanation, from the same value
//	Offered   says whether an issuer has what a client was registered for
//	Decide    answers one request for tokens by a registration
//	Authorize says what a resource owner may be asked to allow, and Narrow what is left of it for a token
//	SkipsConsent says whether the resource owner is asked at all
//
// The operator calls all but Narrow and SkipsConsent; the issuer calls the last four alone. What the operator reports and
// what the issuer refuses therefore come from the same code. The package does not know how requests are parsed nor how tokens are minted.
package policy
