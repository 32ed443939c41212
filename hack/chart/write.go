package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"slices"
)

// chartName is the chart's name.
const chartName = "tokenwright"

// write writes the chart as the folder out/tokenwright and as an archive beside it. The same files make the same bytes.
func write(out, version string, files []file) error {
	slices.SortFunc(files, func(a, b file) int { return cmp.Compare(a.name, b.name) })
	folder := filepath.Join(out, chartName)
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	for _, f := range files {
		path := filepath.Join(folder, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(f.content), 0o644); err != nil {
			return err
		}
	}
	archive, err := pack(files)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, chartName+"-"+version+".tgz"), archive, 0o644)
}

// pack makes the archive that "helm install" takes, without times and owners.
func pack(files []file) ([]byte, error) {
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	archive := tar.NewWriter(zipped)
	for _, f := range files {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: chartName + "/" + f.name, Mode: 0o644, Size: int64(len(f.content)), Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(header); err != nil {
			return nil, err
		}
		if _, err := archive.Write([]byte(f.content)); err != nil {
			return nil, err
		}
	}
	err := errors.Join(archive.Close(), zipped.Close())
	return out.Bytes(), err
}
