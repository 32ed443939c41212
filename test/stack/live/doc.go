// Package live gives tests a running installation and the hands of those who use it: an administrator who applies
// objects and watches what becomes of them, an application that reads its Secret and asks for tokens, a resource server
// that verifies and introspects.
//
// Applications and resource servers are other people's code wherever there is some: x/oauth2 and go-oidc. The package
// remembers every secret and every token that it meets, so that a test can look for them where they must not be. It does
// not know what a test wants to prove.
package live
