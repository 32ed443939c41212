// Package interop proves that other people's code takes our tokens, over TLS: kube-apiserver with structured
// authentication and kubectl (AT-16), x/oauth2 and go-oidc. All of them keep the key set for a while, and none may ever
// meet a token that it cannot verify, also while the issuer changes its keys (KY-02, KY-09). What they make of a key that is
// revoked stands in docs/verifiers.md, and is held to that here.
//
// With the shortest publishLead a key signs a minute and a half after it is served, so this test waits that long for one; with
// -short it does not. verifiers.sh beside it asks more libraries about their caches.
package interop
