#!/usr/bin/env bash
# Guessed: a key set may hold a key that a verifier does not know; it is passed over (RFC 7517 section 5: "SHOULD ignore").
# Really: one key on a curve that it does not know makes go-jose and jwx refuse the whole set, with all the keys that they do know.
# Versions: github.com/go-jose/go-jose/v4 v4.1.8, github.com/lestrrat-go/jwx/v3 v3.4.0, Go 1.26.
# Why it matters: an issuer that tries a new kind of key beside the old ones locks out everybody who verifies with these, for all
#   tokens: a new kind needs a key set of its own.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"

	"github.com/go-jose/go-jose/v4"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

const known = `{"kty":"EC","crv":"P-256","kid":"known","alg":"ES256","use":"sig",
"x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}`

func main() {
	fmt.Println(runtime.Version())
	var alone jose.JSONWebKeySet
	_, err := jwk.Parse([]byte(`{"keys":[` + known + `]}`))
	failed := err != nil || json.Unmarshal([]byte(`{"keys":[`+known+`]}`), &alone) != nil
	for _, other := range []string{
		`{"kty":"EC","crv":"P-999","kid":"new","x":"AA","y":"AA"}`,
		`{"kty":"OKP","crv":"Ed999","kid":"new","x":"AA"}`,
		`{"kty":"AKP","alg":"ML-DSA-44","kid":"new","pub":"AA"}`,
	} {
		set := []byte(`{"keys":[` + known + `,` + other + `]}`)
		var read jose.JSONWebKeySet
		goJose := json.Unmarshal(set, &read)
		_, jwx := jwk.Parse(set)
		fmt.Printf("%s beside a P-256 key\n  go-jose: %v\n  jwx: %v\n", other, goJose, jwx)
		failed = failed || goJose == nil || jwx == nil
	}
	if failed {
		fmt.Println("This has changed.")
		os.Exit(1)
	}
}
GO
{ go mod init finding && go get github.com/go-jose/go-jose/v4@v4.1.8 github.com/lestrrat-go/jwx/v3@v3.4.0 && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
go list -m github.com/go-jose/go-jose/v4 github.com/lestrrat-go/jwx/v3
go run .
