// Package conformance has other people's clients judge the issuer, over TLS and with a person who logs in and consents:
// x/oauth2 and go-oidc here, openid-client and oauth4webapi under node. Their strict defaults stay on, so what they take
// is what their users' applications will take. It also holds the metadata to its word (MD-05), and has people log in
// elsewhere, at oidc-provider.
//
// The issuer runs in the test with all its stores in memory; the clock, the sockets and the certificates are real. The
// scripts are test/conformance/node, one file for each flow; `make conformance` installs the libraries that they judge by.
package conformance
