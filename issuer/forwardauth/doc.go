// Package forwardauth guards a resource server that cannot look at tokens itself: a proxy in front of it asks here
// whether a request may pass, and a Guard asks the issuer whether the request's access token is good (RFC 7662).
//
// What a request has to bring is in the path that the platform configures in its proxy, never in what a client sends.
// Whoever is in doubt refuses: a request passes only on the issuer's word. The package does not know how the issuer
// mints or keeps tokens, nor where its own credentials come from.
package forwardauth
