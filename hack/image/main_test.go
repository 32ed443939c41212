package main

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const root = "../.."

var (
	amd64  = v1.Platform{OS: "linux", Architecture: "amd64"}
	tested = release{
		version: "v1.2.3", revision: "0123abc", source: "https://git.example/tokenwright",
		created: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC),
	}
)

// TestImageIsReproducible builds what the Dockerfile copies, in another folder: the image is that of the work tree.
func TestImageIsReproducible(t *testing.T) {
	here, err := compile(t.Context(), root, amd64, tested.version)
	if err != nil {
		t.Fatal(err)
	}
	copied := t.TempDir()
	dockerfile(t).copyInto(t, copied)
	there, err := compile(t.Context(), copied, amd64, tested.version)
	if err != nil {
		t.Fatal(err)
	}
	first, second := digest(t, here), digest(t, there)
	t.Logf("the image is %s", first)
	if first != second {
		t.Errorf("built elsewhere it is %s", second)
	}
	checkModules(t, here)
	checkVersion(t, here)
}

// digest is that of the image of a program.
func digest(t *testing.T, program []byte) string {
	t.Helper()
	m, err := newMember(amd64, program, tested)
	if err != nil {
		t.Fatal(err)
	}
	hash, err := m.image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return hash.String()
}

// checkVersion runs the program where that is possible.
func checkVersion(t *testing.T, program []byte) {
	t.Helper()
	if runtime.GOOS+"/"+runtime.GOARCH != amd64.String() {
		return
	}
	path := filepath.Join(t.TempDir(), "tokenwright")
	write(t, path, program)
	out, err := exec.CommandContext(t.Context(), path, "version").Output()
	if err != nil || strings.TrimSpace(string(out)) != tested.version {
		t.Errorf("it says it is %q (%v), want %q", out, err, tested.version)
	}
}
