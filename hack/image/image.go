package main

import (
	"errors"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"tokenwright.dev/hack/image/roots"
)

// What the image is, but for its program; the Dockerfile says the same.
const (
	programPath = "/tokenwright"
	rootsPath   = "/etc/ssl/certs/ca-certificates.crt"
	user        = "65532:65532" // no user that a node knows, and by number, so that runAsNonRoot can be checked
)

// assemble makes the image of one platform from its program: from scratch, with nothing else to run.
func assemble(platform v1.Platform, program []byte, of release) (v1.Image, error) {
	trusted, err := roots.PEM()
	if err != nil {
		return nil, err
	}
	content, err := layer(file{programPath, 0o755, program}, file{rootsPath, 0o644, trusted})
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	base, err = mutate.ConfigFile(base, &v1.ConfigFile{
		OS: platform.OS, Architecture: platform.Architecture, Created: v1.Time{Time: of.created},
		Config: v1.Config{User: user, Entrypoint: []string{programPath}, Labels: of.annotations()},
		RootFS: v1.RootFS{Type: "layers"},
	})
	if err != nil {
		return nil, err
	}
	image, err := mutate.Append(base, mutate.Addendum{Layer: content, History: v1.History{
		Created: v1.Time{Time: of.created}, CreatedBy: "hack/image", Comment: "tokenwright and certificate authorities",
	}})
	if err != nil {
		return nil, err
	}
	return annotated(image, of)
}

func annotated(image v1.Image, of release) (v1.Image, error) {
	noted, ok := mutate.Annotations(image, of.annotations()).(v1.Image)
	if !ok {
		return nil, errors.New("annotate: not an image")
	}
	return noted, nil
}
