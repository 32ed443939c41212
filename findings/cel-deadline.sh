#!/usr/bin/env bash
# Guessed: cel-go's ContextEval ends with its context, so a deadline bounds what one expression of a tenant costs.
# Really: the context is looked at once in every InterruptCheckFrequency elements of a comprehension, and nowhere else: an
#   expression without one, or over a shorter list, is evaluated to its end under a context that was over before it began.
# Versions: github.com/google/cel-go v0.31.0, Go 1.26.
# Why it matters: an issuer runs claim mappings and policy rules in CEL; a deadline alone bounds neither a chain of calls nor a short list of dear ones.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
)

func main() {
	calls := 0
	count := cel.UnaryBinding(func(ref.Val) ref.Val { calls++; return types.True })
	env, err := cel.NewEnv(cel.Variable("xs", cel.ListType(cel.IntType)),
		cel.Function("look", cel.Overload("look_int", []*cel.Type{cel.IntType}, cel.BoolType, count)))
	must(err)
	over, cancel := context.WithCancel(context.Background())
	cancel()
	build, _ := debug.ReadBuildInfo()
	for _, d := range build.Deps {
		if d.Path == "github.com/google/cel-go" {
			fmt.Println(d.Path, d.Version, build.GoVersion)
		}
	}
	failed := false
	for _, row := range []struct {
		text      string
		frequency uint
		calls     int
		ended     bool // by the context
	}{
		{"look(1) && look(2) && look(3)", 1, 3, false},
		{"xs.all(x, look(x))", 1, 1, true},
		{"xs.all(x, look(x))", 100, 100, true},
		{"xs.all(x, look(x))", 1000, 500, false},
	} {
		ast, issues := env.Compile(row.text)
		must(issues.Err())
		program, err := env.Program(ast, cel.InterruptCheckFrequency(row.frequency))
		must(err)
		calls = 0
		_, _, err = program.ContextEval(over, map[string]any{"xs": make([]int64, 500)})
		fmt.Printf("%-30s frequency %4d: %3d calls under a context that is over, error %v\n", row.text, row.frequency, calls, err)
		failed = failed || calls != row.calls || (err != nil) != row.ended
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
{ go mod init finding && go get github.com/google/cel-go/cel@v0.31.0 && go mod tidy; } >go.log 2>&1 || { cat go.log >&2; exit 1; }
go run .
