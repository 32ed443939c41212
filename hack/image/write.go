package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// write fills dir: oci is a layout with the index and what refers to its images, and each platform has an archive that
// `docker load` and the like take, in which the image is called called, and its list of modules.
func (s set) write(dir, called string) error {
	tag, err := name.NewTag(called)
	if err != nil {
		return err
	}
	if err := s.writeLayout(filepath.Join(dir, "oci")); err != nil {
		return err
	}
	for _, m := range s.members {
		base := filepath.Join(dir, "tokenwright-"+strings.ReplaceAll(m.platform.String(), "/", "-"))
		if err := tarball.WriteToFile(base+".tar", tag, m.image); err != nil {
			return err
		}
		if err := os.WriteFile(base+".cdx.json", m.sbom, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (s set) writeLayout(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	ref := map[string]string{"org.opencontainers.image.ref.name": s.release.version}
	if err := path.AppendIndex(s.index, layout.WithAnnotations(ref)); err != nil {
		return err
	}
	for _, m := range s.members {
		if err := path.AppendImage(m.referrer); err != nil {
			return err
		}
	}
	return nil
}

// report prints the digests: of the index, and of the image of each platform.
func (s set) report(out io.Writer) error {
	digest, err := s.index.Digest()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s  tokenwright %s\n", digest, s.release.version)
	for _, m := range s.members {
		if digest, err = m.image.Digest(); err != nil {
			return err
		}
		fmt.Fprintf(out, "%s  %s\n", digest, m.platform)
	}
	return nil
}
