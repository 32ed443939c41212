// Command helm is Helm, unchanged: built from the Go module at the version that this folder's go.mod names.
package main

import (
	"fmt"
	"os"

	helm "helm.sh/helm/v4/pkg/cmd"
)

func main() {
	root, err := helm.NewRootCmd(os.Stdout, os.Args[1:], helm.SetupLogging)
	if err != nil {
		fmt.Fprintln(os.Stderr, "helm:", err)
		os.Exit(1)
	}
	if root.Execute() != nil { // it has said why
		os.Exit(1)
	}
}
