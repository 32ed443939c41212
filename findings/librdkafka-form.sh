#!/usr/bin/env bash
# Guessed: librdkafka, which gets tokens by OpenID Connect with libcurl, sends a form that is encoded as one, and encodes id and secret in Basic.
# Really: it joins the form from its configuration as it is. A scope of two words is sent with a raw blank, and a `+`, `%` or `&` of a
#   value would mean something else to whoever reads it as a form; in Basic, id and secret stand as they are, too.
# Versions: github.com/confluentinc/confluent-kafka-go/v2 v2.11.1 with its librdkafka 2.11.1, Go 1.26, gcc.
# Why it matters: an issuer that reads forms strictly (RFC 6749 appendix B) refuses every Kafka client with more than one scope.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/confluentinc/confluent-kafka-go/v2/kafka"
)

func main() {
	_, version := kafka.LibraryVersion()
	fmt.Println("librdkafka", version)
	type request struct{ basic, body string }
	seen := make(chan request, 100)
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		basic, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
		select {
		case seen <- request{string(basic), string(body)}:
		default:
		}
		http.Error(w, "{}", http.StatusBadRequest)
	}))
	_, err := kafka.NewProducer(&kafka.ConfigMap{
		"bootstrap.servers": "127.0.0.1:1", "security.protocol": "sasl_plaintext", "sasl.mechanisms": "OAUTHBEARER",
		"sasl.oauthbearer.method": "oidc", "sasl.oauthbearer.token.endpoint.url": issuer.URL + "/token",
		"sasl.oauthbearer.client.id": "shop.kafka", "sasl.oauthbearer.client.secret": "a+b%c", "sasl.oauthbearer.scope": "orders:read orders:write",
	})
	if err != nil {
		panic(err)
	}
	got := <-seen
	fmt.Printf("inside Basic: %q\nthe form:     %q\n", got.basic, got.body)
	if (got != request{"shop.kafka:a+b%c", "grant_type=client_credentials&scope=orders:read orders:write"}) {
		fmt.Println("This has changed.")
		os.Exit(1)
	}
}
GO
{ go mod init finding && go get github.com/confluentinc/confluent-kafka-go/v2@v2.11.1 && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
timeout 60 go run . 2>run.log || { cat run.log >&2; exit 1; }
