#!/usr/bin/env bash
# Guessed: Dapr's middleware oauth2clientcredentials answers its caller with an error when it gets no token.
# Really: it logs a line and returns. The caller sees 200 with an empty body, and what was to be called is not called.
# Versions: github.com/dapr/components-contrib v1.18.0, Go 1.26.
# Why it matters: a refused secret or an issuer that restarts looks like success to the application, which goes on with nothing in its hands.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime/debug"

	"github.com/dapr/components-contrib/metadata"
	"github.com/dapr/components-contrib/middleware"
	"github.com/dapr/components-contrib/middleware/http/oauth2clientcredentials"
	"github.com/dapr/kit/logger"
)

func main() {
	build, _ := debug.ReadBuildInfo()
	for _, d := range build.Deps {
		if d.Path == "github.com/dapr/components-contrib" {
			fmt.Println(d.Path, d.Version, build.GoVersion)
		}
	}
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	quiet := logger.NewLogger("finding")
	quiet.SetOutputLevel(logger.FatalLevel)
	about := middleware.Metadata{Base: metadata.Base{Properties: map[string]string{
		"clientID": "shop.dapr", "clientSecret": "s", "tokenURL": issuer.URL + "/token", "scopes": "orders:read", "headerName": "Authorization",
	}}}
	wrap, err := oauth2clientcredentials.NewOAuth2ClientCredentialsMiddleware(quiet).(*oauth2clientcredentials.Middleware).GetHandler(context.Background(), about)
	if err != nil {
		panic(err)
	}
	called := 0
	front := httptest.NewServer(wrap(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		called++
		io.WriteString(w, "orders")
	})))
	answer, err := http.Get(front.URL + "/orders")
	if err != nil {
		panic(err)
	}
	body, _ := io.ReadAll(answer.Body)
	fmt.Printf("without a token: status %d, body %q, passed on %d times\n", answer.StatusCode, body, called)
	if answer.StatusCode != http.StatusOK || len(body) != 0 || called != 0 {
		fmt.Println("This has changed.")
		os.Exit(1)
	}
}
GO
{ go mod init finding && go get github.com/dapr/components-contrib@v1.18.0 && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
go run .
