#!/usr/bin/env bash
# Guessed: the OpenTelemetry Collector's oauth2client extension fetches a token when the one that it has is about to expire.
# Really: it takes a token for expired 5 minutes before it is (`expiry_buffer`). One that lives 5 minutes or less is never good, so
#   each export waits for a token request of its own, one after another, and fails with it although the last token still lives.
# Versions: opentelemetry-collector-contrib/extension/oauth2clientauthextension v0.150.0, Go 1.26.
# Why it matters: short tokens are good practice, and turn every collector into a load on the issuer: `expiry_buffer: 30s` cures it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	oauth2client "github.com/open-telemetry/opentelemetry-collector-contrib/extension/oauth2clientauthextension"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
)

// export sends so many requests with tokens that live that long, the last while the issuer is away, and counts token requests
// and failures.
func export(lifetime, requests int, buffer time.Duration) (fetched, failed int) {
	away := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if w.Header().Set("Content-Type", "application/json"); r.URL.Path != "/token" {
			return
		}
		if fetched++; away {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		fmt.Fprintf(w, `{"access_token":"a","token_type":"Bearer","expires_in":%d}`, lifetime)
	}))
	factory := oauth2client.NewFactory()
	config := factory.CreateDefaultConfig().(*oauth2client.Config)
	config.ClientID, config.ClientSecret, config.TokenURL = "shop.collector", "s", server.URL+"/token"
	config.ExpiryBuffer = cmp.Or(buffer, config.ExpiryBuffer)
	settings := extension.Settings{ID: component.NewID(factory.Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	made := must(factory.Create(context.Background(), settings, config))
	transport := must(made.(interface{ RoundTripper(http.RoundTripper) (http.RoundTripper, error) }).RoundTripper(http.DefaultTransport))
	for i := range requests {
		away = i == requests-1
		if _, err := (&http.Client{Transport: transport}).Get(server.URL + "/v1/traces"); err != nil {
			failed++
		}
	}
	return
}

func main() {
	for _, row := range [][4]int{{300, 0, 11, 1}, {600, 0, 1, 0}, {300, 30, 1, 0}} {
		fetched, failed := export(row[0], 10, time.Duration(row[1])*time.Second)
		fmt.Printf("tokens of %d s, expiry_buffer %d s (0: the default): %d token requests for 10 exports, %d failed\n", row[0], row[1], fetched, failed)
		if fetched != row[2] || failed != row[3] {
			fmt.Println("This has changed.")
			os.Exit(1)
		}
	}
}

func must[T any](value T, err error) T {
	if err == nil {
		return value
	}
	panic(err)
}
GO
module=github.com/open-telemetry/opentelemetry-collector-contrib/extension/oauth2clientauthextension
{ go mod init finding && go get $module@v0.150.0 && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
go list -m $module && go run .
