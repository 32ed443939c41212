#!/usr/bin/env bash
# Guessed: a Prometheus that scrapes with `oauth2:` sends its client secret in the Authorization header, as the log of the issuer shows.
# Really: golang.org/x/oauth2 guesses the place at its first request. If that one is answered 503 or 429, it takes the header for the
#   fault, sends the secret in the form body, is answered, and does so for as long as the client lives.
# Versions: github.com/prometheus/common v0.74.0, golang.org/x/oauth2 v0.38.0, Go 1.26.
# Why it matters: a restart of the issuer at the wrong moment moves secrets to where proxies log them, and fails clients that may use Basic alone.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"
	"slices"

	"github.com/prometheus/common/config"
)

// scrape lets Prometheus' client fetch three tokens, which expire at once, and tells where the secret was each time. The first
// request is answered with that status.
func scrape(first int) (places []string) {
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			return
		}
		place := "body"
		if _, _, ok := r.BasicAuth(); ok {
			place = "header"
		}
		w.Header().Set("Content-Type", "application/json")
		if places = append(places, place); len(places) == 1 && first != http.StatusOK {
			w.WriteHeader(first)
			return
		}
		io.WriteString(w, `{"access_token":"a","token_type":"Bearer","expires_in":1}`)
	}))
	client, err := config.NewClientFromConfig(config.HTTPClientConfig{
		OAuth2: &config.OAuth2{ClientID: "shop.prometheus", ClientSecret: "s", TokenURL: issuer.URL + "/token"},
	}, "finding")
	if err != nil {
		panic(err)
	}
	for range 3 {
		_, _ = client.Get(issuer.URL + "/metrics")
	}
	return places
}

func main() {
	build, _ := debug.ReadBuildInfo()
	for _, d := range build.Deps {
		if d.Path == "github.com/prometheus/common" || d.Path == "golang.org/x/oauth2" {
			fmt.Println(d.Path, d.Version, build.GoVersion)
		}
	}
	failed := false
	for first, want := range map[int][]string{
		200: {"header", "header", "header"}, 503: {"header", "body", "body", "body"}, 429: {"header", "body", "body", "body"},
	} {
		got := scrape(first)
		fmt.Printf("first answer %d: the secret was in the %v\n", first, got)
		failed = failed || !slices.Equal(got, want)
	}
	if failed {
		fmt.Println("This has changed.")
		os.Exit(1)
	}
}
GO
{ go mod init finding && go get github.com/prometheus/common@v0.74.0 golang.org/x/oauth2@v0.38.0 && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
go run .
