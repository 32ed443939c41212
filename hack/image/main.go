package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// options are the flags.
type options struct {
	root, out, name, repository string
	platforms                   []string
	release                     release
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

// run builds, writes and, if asked, pushes; the digests of what it made are printed to out.
func run(ctx context.Context, args []string, out io.Writer) error {
	opts, err := parse(ctx, args)
	if err != nil {
		return err
	}
	set, err := build(ctx, opts)
	if err != nil {
		return err
	}
	if err := set.write(opts.out, opts.name); err != nil {
		return fmt.Errorf("write to %s: %w", opts.out, err)
	}
	if opts.repository != "" {
		if err := set.push(ctx, opts.repository); err != nil {
			return fmt.Errorf("push to %s: %w", opts.repository, err)
		}
	}
	return set.report(out)
}

func parse(ctx context.Context, args []string) (options, error) {
	opts := options{}
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	platforms := flags.String("platforms", "linux/amd64,linux/arm64", "what to build for")
	flags.StringVar(&opts.root, "root", ".", "the repository")
	flags.StringVar(&opts.out, "out", "bin/image", "the folder to write to")
	flags.StringVar(&opts.name, "name", "tokenwright:dev", "what the archives call the image")
	flags.StringVar(&opts.repository, "repository", "", "where to push to as well, as in registry.example/tokenwright")
	flags.StringVar(&opts.release.version, "version", "dev", "the version: stamped into the program, and the tag that is pushed")
	flags.StringVar(&opts.release.source, "source", "", "the URL of the sources, for the image's labels")
	if err := flags.Parse(args); err != nil {
		return opts, err
	}
	opts.platforms = strings.Split(*platforms, ",")
	var err error
	opts.release.revision, opts.release.created, err = commit(ctx, opts.root, os.Getenv("SOURCE_DATE_EPOCH"))
	return opts, err
}
