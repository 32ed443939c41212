package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// sbomType is the media type of a list of modules, by which tools find it beside the image.
const sbomType = "application/vnd.cyclonedx+json"

// set is what one build makes.
type set struct {
	release release
	index   v1.ImageIndex
	members []member
}

// member is the image of one platform, with the list of its modules: as a file, and as an artifact that refers to the
// image, which registries keep beside it.
type member struct {
	platform v1.Platform
	image    v1.Image
	sbom     []byte
	referrer v1.Image
}

// build compiles the program for each platform, and assembles the images and their index.
func build(ctx context.Context, opts options) (set, error) {
	made := set{release: opts.release, index: mutate.IndexMediaType(empty.Index, types.OCIImageIndex)}
	for _, text := range opts.platforms {
		platform, err := v1.ParsePlatform(text)
		if err != nil {
			return set{}, err
		}
		program, err := compile(ctx, opts.root, *platform, opts.release.version)
		if err != nil {
			return set{}, fmt.Errorf("compile for %s: %w", text, err)
		}
		m, err := newMember(*platform, program, opts.release)
		if err != nil {
			return set{}, fmt.Errorf("assemble for %s: %w", text, err)
		}
		made.members = append(made.members, m)
		made.index = mutate.AppendManifests(made.index, mutate.IndexAddendum{Add: m.image, Descriptor: v1.Descriptor{Platform: platform}})
	}
	noted, ok := mutate.Annotations(made.index, opts.release.annotations()).(v1.ImageIndex)
	if !ok {
		return set{}, errors.New("annotate: not an index")
	}
	made.index = noted
	return made, nil
}

// compile builds the program with the flags of `make build`.
func compile(ctx context.Context, root string, platform v1.Platform, version string) (program []byte, err error) {
	dir, err := os.MkdirTemp("", "tokenwright-image-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	output := filepath.Join(dir, "tokenwright")
	command := exec.CommandContext(ctx, filepath.Join("hack", "build.sh"), output)
	command.Dir = root
	command.Env = append(os.Environ(), "VERSION="+version, "GOOS="+platform.OS, "GOARCH="+platform.Architecture)
	if text, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	return os.ReadFile(output)
}

func newMember(platform v1.Platform, program []byte, of release) (member, error) {
	m := member{platform: platform}
	var err error
	if m.image, err = assemble(platform, program, of); err != nil {
		return m, err
	}
	if m.sbom, err = modules(program, of); err != nil {
		return m, fmt.Errorf("list modules: %w", err)
	}
	m.referrer, err = refer(m.image, m.sbom)
	return m, err
}

// refer wraps a list of modules in an artifact whose subject is image (OCI image specification 1.1).
func refer(image v1.Image, sbom []byte) (v1.Image, error) {
	subject, err := partial.Descriptor(image)
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), sbomType)
	artifact, err := mutate.AppendLayers(base, static.NewLayer(sbom, sbomType))
	if err != nil {
		return nil, err
	}
	subject.ArtifactType = ""
	referring, ok := mutate.Subject(artifact, *subject).(v1.Image)
	if !ok {
		return nil, errors.New("refer: not an image")
	}
	return referring, nil
}
