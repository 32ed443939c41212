// Command print writes the image's certificate authorities to standard output, for the Dockerfile.
package main

import (
	"fmt"
	"os"

	"tokenwright.dev/hack/image/roots"
)

func main() {
	if err := printRoots(); err != nil {
		fmt.Fprintln(os.Stderr, "print:", err)
		os.Exit(1)
	}
}

func printRoots() error {
	file, err := roots.PEM()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(file)
	return err
}
