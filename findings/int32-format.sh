#!/usr/bin/env bash
# Guessed: a CRD field of type integer and format int32 takes 32 bits, since the API server validates the schema that it is given.
# Really: up to Kubernetes 1.35 the format of a number is not looked at. 2147483648 is stored, and each Go client whose field is
#   an int32 then fails to decode the object, and with it the whole list: an informer of that kind sees nothing any more. 1.36 refuses it.
# Versions: k8s.io/apiextensions-apiserver v0.35.4, v0.36.3 and v0.37.2 (Kubernetes 1.35.4, 1.36.3, 1.37.2), Go 1.26.
# Why it matters: controller-gen writes format: int32 for a Go int32 and no maximum; whoever may write one object blinds an operator to all of the kind.
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
	"runtime/debug"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func main() {
	build, _ := debug.ReadBuildInfo()
	for _, d := range build.Deps {
		if d.Path == "k8s.io/apiextensions-apiserver" {
			fmt.Println(d.Path, d.Version, build.GoVersion)
		}
	}
	schema := &apiextensions.JSONSchemaProps{Type: "object", Properties: map[string]apiextensions.JSONSchemaProps{
		"replicas": {Type: "integer", Format: "int32"},
	}}
	validator, _, err := validation.NewSchemaValidator(schema)
	must(err)
	failed := false
	for _, row := range []struct {
		number  int64
		refused bool
	}{{2147483647, false}, {2147483648, os.Args[1] == "refused"}} {
		errs := validation.ValidateCustomResource(field.NewPath(""), map[string]any{"replicas": row.number}, validator)
		var typed struct{ Replicas int32 }
		decoded := json.Unmarshal(fmt.Appendf(nil, `{"replicas": %d}`, row.number), &typed)
		fmt.Printf("%d: validation %v; a Go client: %v\n", row.number, errs, decoded)
		failed = failed || (len(errs) > 0) != row.refused || (decoded != nil) != (row.number > 2147483647)
	}
	if failed {
		fmt.Println("This has changed.")
		os.Exit(1)
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
GO
try() {
	rm -f go.mod go.sum
	{ go mod init finding && go get "k8s.io/apiextensions-apiserver@$1" "k8s.io/apimachinery@$1" && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
	go run . "$2"
}
try v0.35.4 taken
try v0.36.3 refused
try v0.37.2 refused
