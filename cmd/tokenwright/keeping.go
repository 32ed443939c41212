package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// keeping are the flags of the snapshot that an issuer keeps over a restart.
type keeping struct {
	stateDir, keysFile string
	maxStaleness       time.Duration
}

// Bounds of --max-staleness. A client that was deleted, or a secret that was rotated, may count for so long after a start.
const (
	minStaleness     = time.Minute
	maxStaleness     = 30 * 24 * time.Hour
	defaultStaleness = 24 * time.Hour
)

func (k *keeping) bind(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&k.stateDir, "state-dir", "", "folder for a snapshot to start from while the API server is away; none when empty")
	flags.StringVar(&k.keysFile, "sealing-keys-file", "", "sealing ring that the snapshot is sealed under (required with --state-dir)")
	flags.DurationVar(&k.maxStaleness, "max-staleness", defaultStaleness, "how old a snapshot may be that is served from; from 1m to 720h")
}

// check refuses what cannot work.
func (k *keeping) check() error {
	if k.maxStaleness < minStaleness || k.maxStaleness > maxStaleness {
		return fmt.Errorf("--max-staleness %s: choose from 1m to 720h", k.maxStaleness)
	}
	switch {
	case k.stateDir == "" && k.keysFile != "":
		return errors.New("--sealing-keys-file is for the snapshot in --state-dir, which is missing")
	case k.stateDir == "":
		return nil
	case k.keysFile == "":
		return errors.New("--state-dir needs --sealing-keys-file: the snapshot is sealed under the keys in it")
	}
	info, err := os.Stat(k.stateDir)
	if err != nil {
		return fmt.Errorf("--state-dir: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("--state-dir %s: it is no folder", k.stateDir)
	}
	return nil
}
