// Package issuer is the in-cluster OAuth 2.0 and OpenID Connect server. A request crosses these packages in this order and
// never goes back:
//
//	endpoint  parses the HTTP request and writes the one response
//	registry  authenticates the client against an immutable snapshot of the cluster
//	login     says who the resource owner is, and what pages they have to see
//	grant     proves what the grant type asks for, one file per grant type
//	policy    decides scopes, audience and lifetime; pure
//	token     mints claims and signs them with keys
//
// What people allowed is kept by issuer/store; all else that must come back later is sealed by issuer/seal, not stored.
//
// What the issuer knows comes the other way: issuer/kube watches the issuer's own namespace, decodes what it finds into
// registrations, key rings and users, and publishes it in the registry; issuer/snapshot keeps that in a file, for a start
// while the API server is away. Package issuer itself is the wiring and nothing else.
package issuer
