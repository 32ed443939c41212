package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"tokenwright.dev/hack/dev/demo"
	"tokenwright.dev/hack/dev/stack"
)

func main() {
	log.SetLogger(logr.Discard()) // envtest's; what matters of it comes back as an error
	ctx, stop := untilSignal()
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	root, err := stack.Root()
	if err != nil {
		return err
	}
	switch {
	case len(args) == 0:
		return up(ctx, root)
	case len(args) == 1 && args[0] == "demo":
		return demo.Run(ctx, root, os.Stdout)
	default:
		return errors.New("usage: go run ./hack/dev [demo]")
	}
}

// untilSignal returns a context that ends with the first signal. The second one ends this process as if
// nobody had asked to be told, and the kernel then ends its children.
func untilSignal() (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		signals = append(signals, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(ctx, stop)
	go cancelWhenOrphaned(cancel)
	return ctx, cancel
}

// cancelWhenOrphaned helps where `go run` is asked to end by SIGTERM: it dies without passing the signal on.
func cancelWhenOrphaned(cancel context.CancelFunc) {
	for parent := os.Getppid(); os.Getppid() == parent; {
		time.Sleep(200 * time.Millisecond)
	}
	cancel()
}
