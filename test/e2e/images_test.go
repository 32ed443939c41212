package e2e

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

const (
	// loadVariable holds the command that brings an image to the nodes. It is called with the name of the image and the
	// static binary that becomes its entrypoint, at /<name of the file>.
	loadVariable = "E2E_IMAGE_LOAD"
	// repositoryVariable holds what the names of images begin with, for a registry.
	repositoryVariable = "E2E_IMAGE_REPOSITORY"
)

// Versions of the product.
const (
	firstVersion  = "v0.0.0-e2e.1"
	secondVersion = "v0.0.0-e2e.2"
)

// images are the names under which the nodes know what they run.
type images struct{ first, second, workload, resource string }

// load builds and loads all of them.
func (c *cluster) load(t *testing.T) {
	t.Helper()
	product := []string{filepath.Join(c.root, "hack", "build.sh")}
	helper := []string{"go", "build", "-trimpath", "-ldflags", "-s -w", "-o"}
	c.images = images{
		first:    c.image(t, "tokenwright", firstVersion, product),
		second:   c.image(t, "tokenwright", secondVersion, product),
		workload: c.image(t, "workload", "", helper, "./test/e2e/workload"),
		resource: c.image(t, "resource", "", helper, "./test/e2e/resource"),
	}
}

// image builds name by build, which is given the file to write and args, and loads it under a tag that follows from its
// content, so that no node takes a former one for it.
func (c *cluster) image(t *testing.T, name, version string, build []string, args ...string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	command := exec.CommandContext(t.Context(), build[0], append(append(build[1:len(build):len(build)], file), args...)...)
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "VERSION="+version)
	c.run(t, command)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	repository := os.Getenv(repositoryVariable)
	if repository == "" {
		repository = "e2e.tokenwright.dev"
	}
	sum := sha256.Sum256(content)
	image := repository + "/" + name + ":" + hex.EncodeToString(sum[:6])
	c.run(t, exec.CommandContext(t.Context(), "sh", "-c", os.Getenv(loadVariable)+` "$@"`, "load", image, file))
	return image
}

func (c *cluster) run(t *testing.T, command *exec.Cmd) {
	t.Helper()
	command.Dir = c.root
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", command.Args, err, out)
	}
}
