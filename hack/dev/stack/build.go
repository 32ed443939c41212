package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	assetsEnv  = "KUBEBUILDER_ASSETS"
	modulePath = "tokenwright.dev"
)

// Root finds the repository around the working directory.
func Root() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		content, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(content, []byte("module "+modulePath+"\n")) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.mod of %s in %s or above it", modulePath, start)
		}
	}
}

// Assets returns the folder of the control plane's programs: that of KUBEBUILDER_ASSETS when it holds them,
// else what hack/controlplane builds, which takes minutes the first time. Progress is written to log.
func Assets(ctx context.Context, root string, log io.Writer) (string, error) {
	build := exec.CommandContext(ctx, filepath.Join(root, "hack", "controlplane", "build.sh"))
	build.Dir, build.Stderr = root, log
	dir, err := build.Output()
	if err != nil {
		return "", fmt.Errorf("build the control plane: %w", err)
	}
	if len(bytes.TrimSpace(dir)) == 0 {
		return "", errors.New("build the control plane: no folder printed")
	}
	return strings.TrimSpace(string(dir)), nil
}

// Build compiles the tokenwright binary into dir and returns its path.
func Build(ctx context.Context, root, dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "tokenwright")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "./cmd/tokenwright")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build tokenwright: %w\n%s", err, output)
	}
	return binary, nil
}
