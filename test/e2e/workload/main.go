package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"tokenwright.dev/test/e2e/traffic"
)

// patience is how long one request may take: more than any that is answered.
const patience = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "workload:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("workload", flag.ContinueOnError)
	folder := flags.String("credentials", "/etc/credentials", "folder where the client's Secret is mounted")
	ca := flags.String("ca", "/etc/issuer-ca/ca.crt", "who signs the issuer's certificate")
	rate := flags.Int("rate", 40, "calls in a second")
	listen := flags.String("listen", ":8080", "address of /stats")
	var targets targets
	flags.Var(&targets, "call", "what to call, as NAME=URL; several take turns")
	if err := flags.Parse(args); err != nil {
		return err
	}
	kept, fresh, err := clients(*ca)
	if err != nil {
		return err
	}
	record := new(traffic.Record)
	c := &caller{folder: *folder, targets: targets, clients: []*http.Client{kept, fresh}, record: record}
	go c.run(ctx, *rate)
	return serve(ctx, *listen, record)
}

// targets are the resource servers, in the order in which they take turns.
type targets []struct{ name, url string }

// String is part of flag.Value.
func (t *targets) String() string { return fmt.Sprint(*t) }

// Set is part of flag.Value.
func (t *targets) Set(text string) error {
	name, url, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("%q: write NAME=URL", text)
	}
	*t = append(*t, struct{ name, url string }{name, url})
	return nil
}

func serve(ctx context.Context, address string, record *traffic.Record) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(record.Stats()) // who asked has gone
	})
	server := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: patience}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); ctx.Err() == nil {
		return err
	}
	return nil
}
