package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"io"
	"path"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// file is one file of the image; the folders above it come with it. Everything belongs to root, and nobody may write.
type file struct {
	path    string // absolute
	mode    int64
	content []byte
}

// layer packs files, sorted by path and without a time, so that equal files give an equal digest.
func layer(files ...file) (v1.Layer, error) {
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	files = slices.SortedFunc(slices.Values(files), func(a, b file) int { return cmp.Compare(a.path, b.path) })
	made := map[string]bool{"/": true}
	for _, f := range files {
		if err := addFolders(w, path.Dir(f.path), made); err != nil {
			return nil, err
		}
		if err := add(w, f); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer),
		tarball.WithCompressionLevel(gzip.BestCompression), tarball.WithCompressedCaching)
}

func addFolders(w *tar.Writer, folder string, made map[string]bool) error {
	if made[folder] {
		return nil
	}
	made[folder] = true
	if err := addFolders(w, path.Dir(folder), made); err != nil {
		return err
	}
	return w.WriteHeader(header(folder+"/", tar.TypeDir, 0o755, 0))
}

func add(w *tar.Writer, f file) error {
	if err := w.WriteHeader(header(f.path, tar.TypeReg, f.mode, int64(len(f.content)))); err != nil {
		return err
	}
	_, err := w.Write(f.content)
	return err
}

// header names an entry as archives do, without the slash in front.
func header(name string, kind byte, mode, size int64) *tar.Header {
	return &tar.Header{
		Name: name[1:], Typeflag: kind, Mode: mode, Size: size, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR,
	}
}
