// Package interop proves that other people's code takes our tokens, over TLS: kube-apiserver with structured
// authentication and kubectl (AT-16), x/oauth2 and go-oidc. All of them keep the key set for a while, and none may ever
// meet a token that it cannot verify, also while the issuer changes its keys (KY-02, KY-09).
//
// A key signs a minute and a half after it is served, so this test waits that long for one; with -short it does not.
package interop
