#!/usr/bin/env bash
# Guessed: kube-apiserver leaves out a member of the groups claim that is no text, or the claim, and knows the person without it.
# Really: one such member, a number for example, has the whole token refused, with an error about an array where a text was
#   expected; null among texts becomes a group with an empty name, and so does an empty text.
# Versions: k8s.io/apiserver v0.37.2 (the authenticator of structured authentication configuration), Go 1.26.
# Why it matters: a directory with one numeric group locks its people out of kubectl altogether; an issuer must drop such a claim and say so.
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
	"time"

	"github.com/go-jose/go-jose/v4"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

func main() {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}}}
	mux := http.NewServeMux()
	site := httptest.NewTLSServer(mux)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { // as JSON: metadata and key set in one
		json.NewEncoder(w).Encode(map[string]any{"issuer": site.URL, "jwks_uri": site.URL + "/jwks", "keys": set.Keys})
	})
	type mapping = apiserver.PrefixedClaimOrExpression
	authenticator := must(oidc.New(context.Background(), oidc.Options{JWTAuthenticator: apiserver.JWTAuthenticator{
		Issuer:        apiserver.Issuer{URL: site.URL, Audiences: []string{"cluster"}},
		ClaimMappings: apiserver.ClaimMappings{Username: mapping{Claim: "sub", Prefix: new("")}, Groups: mapping{Claim: "groups", Prefix: new("idp:")}},
	}, Client: site.Client(), SupportedSigningAlgs: []string{"ES256"}}))
	for authenticator.HealthCheck() != nil {
		time.Sleep(50 * time.Millisecond)
	}
	signer := must(jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil))
	changed := false
	for _, row := range [][2]string{
		{`["dev","ops"]`, `["idp:dev" "idp:ops"]`}, {`"dev"`, `["idp:dev"]`}, {`null`, `[]`}, {`""`, `["idp:"]`},
		{`["dev",null]`, `["idp:dev" "idp:"]`}, {`["dev",7]`, "refused"}, {`7`, "refused"}, {`{"dev":true}`, "refused"},
	} {
		claims := fmt.Sprintf(`{"iss":%q,"aud":"cluster","sub":"alice","exp":%d,"groups":%s}`, site.URL, time.Now().Add(time.Hour).Unix(), row[0])
		answer, ok, err := authenticator.AuthenticateToken(context.Background(), must(must(signer.Sign([]byte(claims))).CompactSerialize()))
		got := "refused"
		if ok {
			got = fmt.Sprintf("%q", answer.User.GetGroups())
		}
		fmt.Printf("groups %-14s %s %v\n", row[0], got, err)
		changed = changed || got != row[1]
	}
	if changed {
		fmt.Println("This has changed.")
		os.Exit(1)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
GO
{ go mod init finding && go get k8s.io/apiserver@v0.37.2 github.com/go-jose/go-jose/v4@v4.1.4 && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
go list -m k8s.io/apiserver && go version
go run .
