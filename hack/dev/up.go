package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tokenwright.dev/hack/dev/stack"
)

// settings is what the environment says.
type settings struct {
	dir, issuerAddr string
	samples         bool
}

// fromEnvironment reads the settings and checks what would otherwise fail late.
func fromEnvironment(root string) (settings, error) {
	set := settings{
		dir:        cmp.Or(os.Getenv("DEV_DIR"), filepath.Join(root, ".dev")),
		issuerAddr: cmp.Or(os.Getenv("DEV_ISSUER_ADDR"), "127.0.0.1:8089"),
	}
	switch samples := os.Getenv("DEV_SAMPLES"); samples {
	case "":
		set.samples = true
	case "none":
	default:
		return set, fmt.Errorf("DEV_SAMPLES is %q; it may be none or not set", samples)
	}
	addr, err := stack.Listenable(set.issuerAddr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return set, fmt.Errorf("%w: is another `make dev` running? DEV_ISSUER_ADDR=host:port chooses another address", err)
	}
	if err != nil {
		return set, fmt.Errorf("DEV_ISSUER_ADDR: %w", err)
	}
	set.issuerAddr = addr
	set.dir, err = filepath.Abs(set.dir)
	return set, err
}

// up runs the stack until ctx ends.
func up(ctx context.Context, root string) (err error) {
	began := time.Now()
	set, err := fromEnvironment(root)
	if err != nil {
		return err
	}
	if err := errors.Join(set.withdraw(), os.MkdirAll(set.dir, 0o700)); err != nil {
		return err
	}
	s, err := set.start(ctx, root)
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() {
		fmt.Println("Stopping")
		err = errors.Join(err, set.withdraw(), s.Close())
	}()
	if err := set.publish(s); err != nil {
		return err
	}
	if err := set.announce(ctx, s, began); err != nil {
		return interrupted(ctx, err)
	}
	return s.Wait(ctx)
}

func (set settings) start(ctx context.Context, root string) (*stack.Stack, error) {
	assets, err := stack.Assets(ctx, root, os.Stderr)
	if err != nil {
		return nil, err
	}
	fmt.Println("Building cmd/tokenwright into", set.dir)
	binary, err := stack.Build(ctx, root, set.dir)
	if err != nil {
		return nil, err
	}
	return stack.Start(ctx, stack.Options{
		Root: root, Assets: assets, Binary: binary, Dir: set.dir,
		IssuerAddr: set.issuerAddr, Samples: set.samples, Log: os.Stdout,
	})
}

// interrupted drops an error that only says that the user ended this.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	return nil
}
