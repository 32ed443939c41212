// Package token makes the issuer's tokens and reads JSON Web Tokens back: claims, minting, and one verify function for
// every place where a JWT comes in.
//
// Minting appends bytes and leaves the signature to issuer/keys. Verifying is strict first and cryptographic second: a
// token has one reading or none. Package token does not know what a client may have (issuer/policy decides that), nor
// which tokens have been revoked.
package token
