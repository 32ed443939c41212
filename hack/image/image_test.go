package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"tokenwright.dev/hack/image/roots"
)

// small is the program of images whose program does not matter: this test itself, which has its modules in it.
func small(t *testing.T) []byte {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestImage(t *testing.T) {
	image, err := assemble(amd64, []byte("program"), tested)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	labels := map[string]string{
		"org.opencontainers.image.title":    "tokenwright",
		"org.opencontainers.image.version":  "v1.2.3",
		"org.opencontainers.image.revision": "0123abc",
		"org.opencontainers.image.source":   "https://git.example/tokenwright",
		"org.opencontainers.image.created":  "2026-11-22T12:00:00Z",
		"org.opencontainers.image.licenses": "Apache-2.0",
	}
	want := v1.Config{User: "65532:65532", Entrypoint: []string{"/tokenwright"}, Labels: labels}
	if diff := cmp.Diff(want, config.Config); diff != "" {
		t.Errorf("configuration (-want +got):\n%s", diff)
	}
	if config.OS != "linux" || config.Architecture != "amd64" || !config.Created.Equal(tested.created) {
		t.Errorf("made for %s/%s at %s", config.OS, config.Architecture, config.Created)
	}
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(labels, manifest.Annotations); diff != "" {
		t.Errorf("annotations (-want +got):\n%s", diff)
	}
}

// TestFiles are all that there is in the image.
func TestFiles(t *testing.T) {
	image, err := assemble(amd64, []byte("program"), tested)
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := roots.PEM()
	if err != nil {
		t.Fatal(err)
	}
	type entry struct {
		Name string
		Mode int64
		Size int
	}
	var got []entry
	for reader := tar.NewReader(mutate.Extract(image)); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if header.ModTime.Unix() != 0 || header.Uid != 0 || header.Gid != 0 {
			t.Errorf("%s is of %s and belongs to %d:%d", header.Name, header.ModTime, header.Uid, header.Gid)
		}
		got = append(got, entry{header.Name, header.Mode, int(header.Size)})
	}
	want := []entry{
		{"etc", 0o755, 0}, {"etc/ssl", 0o755, 0}, {"etc/ssl/certs", 0o755, 0},
		{"etc/ssl/certs/ca-certificates.crt", 0o644, len(trusted)}, {"tokenwright", 0o755, len("program")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnknownIsLeftOut: outside of a clone nobody knows the revision.
func TestUnknownIsLeftOut(t *testing.T) {
	got := release{version: "dev", created: tested.created}.annotations()
	for _, key := range []string{"org.opencontainers.image.revision", "org.opencontainers.image.source"} {
		if value, ok := got[key]; ok {
			t.Errorf("%s is %q", key, value)
		}
	}
}

func TestCommit(t *testing.T) {
	for _, tc := range []struct {
		name, epoch string
		want        int64
		wrong       bool
	}{
		{"told", "1234567890", 1234567890, false},
		{"not told, and no clone", "", 0, false},
		{"told nonsense", "yesterday", 0, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
			revision, created, err := commit(t.Context(), t.TempDir(), tc.epoch)
			if revision != "" || (err != nil) != tc.wrong || (err == nil && created.Unix() != tc.want) {
				t.Errorf("revision %q at %s (%v), want none at %d", revision, created, err, tc.want)
			}
		})
	}
}

// TestCommitOfAClone: the image of a commit is made when the commit was, and says whether files were changed since.
func TestCommitOfAClone(t *testing.T) {
	dir := t.TempDir()
	run := func(args ...string) {
		t.Helper()
		command := exec.CommandContext(t.Context(), "git", append([]string{"-C", dir, "-c", "user.name=A", "-c", "user.email=a@example.com"}, args...)...)
		command.Env = append(os.Environ(), "GIT_COMMITTER_DATE=1234567890 +0000")
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %s: %v\n%s", args, err, out)
		}
	}
	file := filepath.Join(dir, "file")
	write(t, file, []byte("one"))
	run("init", "--quiet")
	run("add", "file")
	run("commit", "--quiet", "--message=One")
	revision, created, err := commit(t.Context(), dir, "")
	if err != nil || len(revision) != 40 || created.Unix() != 1234567890 {
		t.Errorf("revision %q at %s (%v)", revision, created, err)
	}
	write(t, file, []byte("two"))
	if changed, _, err := commit(t.Context(), dir, ""); err != nil || changed != revision+"-dirty" {
		t.Errorf("after a change: revision %q (%v)", changed, err)
	}
}

// TestLayerIsSorted: the order of arguments does not show.
func TestLayerIsSorted(t *testing.T) {
	a, b := file{"/a/x", 0o644, []byte("a")}, file{"/b", 0o755, bytes.Repeat([]byte("b"), 1000)}
	one, err := layer(a, b)
	if err != nil {
		t.Fatal(err)
	}
	other, err := layer(b, a)
	if err != nil {
		t.Fatal(err)
	}
	first, err := one.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := other.Digest(); err != nil || first != second {
		t.Errorf("%s and %s (%v)", first, second, err)
	}
}
