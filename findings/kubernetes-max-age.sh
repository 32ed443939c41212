#!/usr/bin/env bash
# Guessed: Cache-Control: max-age says for how long kube-apiserver keeps a key set, and what has left the set is believed no longer.
# Really: the library that it verifies with fetches for an unknown kid once max-age minus 30 s is over, so with 30 or less always, and
#   with more refuses a new key until then. A key that has left the set is believed, however old, until an unknown kid comes.
# Versions: github.com/coreos/go-oidc v2.5.0, which k8s.io/apiserver v0.36.3 and v0.37.2 require; Go 1.26.
# Why it matters: an issuer that says max-age=3600, as many do, must publish a new key for an hour before it signs.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"

	oidc "github.com/coreos/go-oidc"
	"github.com/go-jose/go-jose/v4"
)

func main() {
	fmt.Println(runtime.Version())
	failed := false
	for _, row := range []struct {
		maxAge  int
		newKey  bool
		fetches int
	}{{3600, false, 1}, {90, false, 1}, {30, true, 2}, {5, true, 2}} {
		var set jose.JSONWebKeySet
		fetches := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fetches++
			w.Header().Set("Cache-Control", fmt.Sprintf("max-age=%d", row.maxAge))
			_ = json.NewEncoder(w).Encode(set)
		}))
		first, firstToken := key("first")
		second, secondToken := key("second")
		remote := oidc.NewRemoteKeySet(context.Background(), server.URL)
		takes := func(token string) bool { _, err := remote.VerifySignature(context.Background(), token); return err == nil }
		set.Keys = []jose.JSONWebKey{first}
		known := takes(firstToken)
		set.Keys = []jose.JSONWebKey{first, second}
		newKey := takes(secondToken)
		set.Keys = []jose.JSONWebKey{second}
		gone := takes(firstToken)
		server.Close()
		fmt.Printf("max-age=%-4d a new key is accepted: %-5t a withdrawn one: %t, after %d fetches\n", row.maxAge, newKey, gone, fetches)
		failed = failed || !known || newKey != row.newKey || !gone || fetches != row.fetches
	}
	if failed {
		fmt.Println("This has changed.")
		os.Exit(1)
	}
}

func key(kid string) (jose.JSONWebKey, string) {
	private, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	signer, _ := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: private, KeyID: kid}}, nil)
	signed, _ := signer.Sign([]byte("{}"))
	token, _ := signed.CompactSerialize()
	return jose.JSONWebKey{Key: private.Public(), KeyID: kid, Algorithm: "ES256", Use: "sig"}, token
}
GO
{ go mod init finding && go get github.com/coreos/go-oidc@v2.5.0+incompatible github.com/go-jose/go-jose/v4@v4.1.8 && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
go list -m github.com/coreos/go-oidc
go run .
