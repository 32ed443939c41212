// Command resource is the resource server of the end-to-end tests that verifies tokens offline: go-oidc and go-jose, with
// the issuer's key set kept for as long as its Cache-Control says. It is stricter than most: it never asks for the keys
// earlier, not even for a kid that it does not know, and every failure is an answer with its reason.
package main
