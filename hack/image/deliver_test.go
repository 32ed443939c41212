package main

import (
	"io"
	"log"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// made is a set of one platform.
func made(t *testing.T) set {
	t.Helper()
	m, err := newMember(amd64, small(t), tested)
	if err != nil {
		t.Fatal(err)
	}
	index := mutate.AppendManifests(empty.Index, mutate.IndexAddendum{Add: m.image, Descriptor: v1.Descriptor{Platform: &amd64}})
	return set{release: tested, index: index, members: []member{m}}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	s := made(t)
	for range 2 { // the second time over what the first has left
		if err := s.write(dir, "tokenwright:v1.2.3"); err != nil {
			t.Fatal(err)
		}
	}
	index, err := layout.ImageIndexFromPath(filepath.Join(dir, "oci"))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 2 || manifest.Manifests[0].Annotations["org.opencontainers.image.ref.name"] != tested.version {
		t.Errorf("the layout has %+v", manifest.Manifests)
	}
	tag, err := name.NewTag("tokenwright:v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	archived, err := tarball.ImageFromPath(filepath.Join(dir, "tokenwright-linux-amd64.tar"), &tag)
	if err != nil {
		t.Fatal(err)
	}
	sameLayers(t, s.members[0].image, archived)
}

func sameLayers(t *testing.T, want, got v1.Image) {
	t.Helper()
	first, err := want.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := got.ConfigName(); err != nil || first != second {
		t.Errorf("another configuration: %s, want %s (%v)", second, first, err)
	}
}

// TestPush pushes to registries that know what refers to an image, and to those that do not.
func TestPush(t *testing.T) {
	for _, tc := range []struct {
		name  string
		knows bool
	}{{"with referrers", true}, {"without", false}} {
		t.Run(tc.name, func(t *testing.T) {
			server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0)), registry.WithReferrersSupport(tc.knows)))
			defer server.Close()
			repository := strings.TrimPrefix(server.URL, "http://") + "/tokenwright"
			s := made(t)
			if err := s.push(t.Context(), repository); err != nil {
				t.Fatal(err)
			}
			checkPushed(t, s, repository)
		})
	}
}

func checkPushed(t *testing.T, s set, repository string) {
	t.Helper()
	repo, err := name.NewRepository(repository)
	if err != nil {
		t.Fatal(err)
	}
	index, err := remote.Index(repo.Tag(tested.version))
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := index.Digest(); err != nil || got != want {
		t.Errorf("pulled %s, want %s (%v)", got, want, err)
	}
	image, err := s.members[0].image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	referrers, err := remote.Referrers(repo.Digest(image.String()))
	if err != nil {
		t.Fatal(err)
	}
	listed, err := referrers.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(listed.Manifests) != 1 || listed.Manifests[0].ArtifactType != sbomType {
		t.Fatalf("what refers to the image: %+v", listed.Manifests)
	}
	artifact, err := remote.Image(repo.Digest(listed.Manifests[0].Digest.String()))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(s.members[0].sbom), string(onlyLayer(t, artifact))); diff != "" {
		t.Errorf("(-made +pulled):\n%s", diff)
	}
}

func onlyLayer(t *testing.T, image v1.Image) []byte {
	t.Helper()
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, want 1 (%v)", len(layers), err)
	}
	reader, err := layers[0].Compressed()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
