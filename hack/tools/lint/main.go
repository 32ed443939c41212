// Command lint is golangci-lint with kube-api-linter compiled in: the upstream program and the upstream
// plugin, both from Go modules, at the versions that this folder's go.mod names.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/golangci/golangci-lint/v2/pkg/commands"
	"github.com/golangci/golangci-lint/v2/pkg/exitcodes"
	_ "sigs.k8s.io/kube-api-linter" // registers the linter "kubeapilinter" and its rules
)

func main() {
	info := commands.BuildInfo{GoVersion: runtime.Version(), Version: version(), Commit: "none", Date: "unknown"}
	if err := commands.Execute(info); err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
		os.Exit(exitcodes.Failure)
	}
}

// version is golangci-lint's own, as the linker recorded it.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, module := range build.Deps {
		if module.Path == "github.com/golangci/golangci-lint/v2" {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}
