package env

import (
	"errors"
	"os"
	"path/filepath"
)

// Root is the folder of the module: the nearest one with a go.mod, at or above the folder that the test runs in.
func Root() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder, nil
		}
		above := filepath.Dir(folder)
		if above == folder {
			return "", errors.New("the test runs outside the module: no go.mod at or above its folder")
		}
		folder = above
	}
}
