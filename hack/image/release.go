package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os/exec"
	"strconv"
	"time"
)

// release is what every image of one build says of itself.
type release struct {
	version  string
	revision string // the commit, with "-dirty" behind it if files were changed since; empty outside of a clone
	source   string // the URL of the sources; empty if nobody said
	created  time.Time
}

// annotations are those that the OCI image specification defines; a value that nobody knows is left out.
func (r release) annotations() map[string]string {
	all := map[string]string{
		"org.opencontainers.image.title":    "tokenwright",
		"org.opencontainers.image.version":  r.version,
		"org.opencontainers.image.revision": r.revision,
		"org.opencontainers.image.source":   r.source,
		"org.opencontainers.image.created":  r.created.UTC().Format(time.RFC3339),
		"org.opencontainers.image.licenses": "Apache-2.0",
	}
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}

// commit tells which commit stands in root, and when the image is said to be made: at epoch, the SOURCE_DATE_EPOCH of
// reproducible builds, else at the time of the commit, so that the same commit gives the same image on any day.
func commit(ctx context.Context, root, epoch string) (revision string, created time.Time, err error) {
	revision = git(ctx, root, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")
	if epoch == "" {
		epoch = git(ctx, root, "log", "-1", "--format=%ct")
	}
	if epoch == "" {
		epoch = "0"
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return "", time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH is a number of seconds: %w", err)
	}
	return revision, time.Unix(seconds, 0).UTC(), nil
}

// git is what git prints, or nothing where there is no clone or no git.
func git(ctx context.Context, root string, args ...string) string {
	command := exec.CommandContext(ctx, "git", args...)
	command.Dir = root
	line, err := command.Output()
	if err != nil {
		return ""
	}
	return string(bytes.TrimSpace(line))
}
