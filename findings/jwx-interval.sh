#!/usr/bin/env bash
# Guessed: jwx's cache of key sets fetches a set again when its Cache-Control: max-age is over, or when a token names an unknown key.
# Really: never before 15 minutes are over, however short max-age is, and an unknown kid fetches nothing: a new key is refused and
#   a withdrawn one believed until then. Only jwk.WithConstantInterval, WithMinInterval or Refresh changes that.
# Versions: github.com/lestrrat-go/jwx/v3 v3.4.0, github.com/lestrrat-go/httprc/v3 v3.0.6, Go 1.26.
# Why it matters: the lead of a rotation must be longer than the slowest cache; and "we said max-age=30" ends nobody's trust in a key.
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
	"time"

	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

func main() {
	ctx, failed := context.Background(), false
	for _, maxAge := range []string{"max-age=30", "max-age=3600", ""} {
		set, fetches := jwk.NewSet(), 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fetches++
			w.Header().Set("Cache-Control", maxAge)
			_ = json.NewEncoder(w).Encode(set)
		}))
		first, second := key("first"), key("second")
		add(set, first)
		cache, began := must(jwk.NewCache(ctx, httprc.NewClient())), time.Now()
		must(0, cache.Register(ctx, server.URL))
		must(cache.Lookup(ctx, server.URL))
		next := must(cache.LookupResource(ctx, server.URL)).Next().Sub(began).Round(time.Minute)
		add(set, second)
		signed := must(jws.Sign([]byte("{}"), jws.WithKey(jwa.ES256(), second)))
		_, refused := jws.Verify(signed, jws.WithKeySet(must(cache.Lookup(ctx, server.URL))))
		before := fetches
		_, taken := jws.Verify(signed, jws.WithKeySet(must(cache.Refresh(ctx, server.URL))))
		fmt.Printf("%-13q next fetch after %v, a new key refused: %t, fetches: %d; after Refresh refused: %t\n",
			maxAge, next, refused != nil, before, taken != nil)
		failed = failed || next != max(15*time.Minute, map[string]time.Duration{"max-age=3600": time.Hour}[maxAge]) || refused == nil || before != 1 || taken != nil
	}
	if failed {
		panic("this has changed")
	}
}

func key(kid string) jwk.Key {
	made := must(jwk.Import(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))))
	_, _ = made.Set(jwk.KeyIDKey, kid), made.Set(jwk.AlgorithmKey, jwa.ES256())
	return made
}

func add(set jwk.Set, key jwk.Key) { _ = set.AddKey(must(key.PublicKey())) }

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
GO
{ go mod init finding && go get github.com/lestrrat-go/jwx/v3@v3.4.0 github.com/lestrrat-go/httprc/v3@v3.0.6 && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
go version
go list -m github.com/lestrrat-go/jwx/v3 github.com/lestrrat-go/httprc/v3
go run .
