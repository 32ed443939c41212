// Package oauthclient keeps OAuthClients true: a registration at the issuer, then a Secret with the credentials that it
// holds, and a status that says what the client got and why.
//
//	observe  reads everything once, the time and fresh entropy included
//	desire   decides, purely: registration, Secret, conditions
//	apply    writes the registration before the Secret
//	report   writes the status, if it changed
//
// What a client may have is decided in issuer/policy; this package does not know how tokens are made.
package oauthclient
