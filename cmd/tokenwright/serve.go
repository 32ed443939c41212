package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of one connection. A request here is small and its answer fast; whoever is slower occupies a connection. An idle one
// is kept for longer than HTTP clients keep theirs (90 seconds in Go, 60 in most proxies), so that it is the client that
// closes it, and no request meets a connection that is being closed. What they cost together has a limit of its own.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 10 * time.Second
	writeTimeout      = 15 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
	shutdownTimeout   = 10 * time.Second
)

// serving says where and how to listen.
type serving struct {
	address           string
	certFile, keyFile string
	plain             bool
	operations        string          // empty: on address
	errors            slog.Handler    // of connections
	connections       int             // at a time on each address; what fits into memory when 0
	evicted           func()          // is told of each that made way; nobody when nil
	until             func(time.Time) // is told when the certificate ends; nobody when nil
}

// handlers are what is served; finish waits for what they have begun beside their requests.
type handlers struct {
	endpoints, operations http.Handler
	finish                func(context.Context)
}

// server is an HTTP server and where it listens.
type server struct {
	*http.Server

	listener net.Listener
}

// serve answers until ctx ends, then drains and ends.
func (s *serving) serve(ctx context.Context, served handlers, drain func()) error {
	servers, err := s.open(ctx, served)
	if err != nil {
		return err
	}
	return run(ctx, servers, drain, served.finish)
}

// open listens on every address: that of the endpoints first.
func (s *serving) open(ctx context.Context, served handlers) ([]server, error) {
	endpoints, err := s.listen(ctx)
	if err != nil {
		return nil, err
	}
	servers := append(make([]server, 0, 2), server{s.server(served.endpoints), endpoints})
	if s.operations == "" {
		return servers, nil
	}
	operations, err := new(net.ListenConfig).Listen(ctx, "tcp", s.operations)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--ops-listen: %w", err), endpoints.Close())
	}
	return append(servers, server{s.server(served.operations), operations}), nil
}

func run(ctx context.Context, servers []server, drain func(), finish func(context.Context)) error {
	failed := make(chan error, len(servers))
	for _, server := range servers {
		go func() { failed <- server.Serve(server.listener) }()
	}
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	drain()
	return shutDown(ctx, servers, finish)
}

// shutDown waits for the requests that are under way, and then for what they have begun.
func shutDown(ctx context.Context, servers []server, finish func(context.Context)) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	errs := make([]error, 0, len(servers))
	for _, server := range servers {
		errs = append(errs, server.Shutdown(ctx))
	}
	finish(ctx)
	return errors.Join(errs...)
}

func (s *serving) server(handler http.Handler) *http.Server {
	held := newConnections(s.limit(), s.evicted)
	if s.evicted == nil {
		held.evicted = func() {}
	}
	return &http.Server{
		ConnState:         held.note,
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(s.errors, slog.LevelWarn),
		// What is served answers OPTIONS * itself: net/http would say 200, which a proxy might take for consent.
		DisableGeneralOptionsHandler: true,
	}
}

// limit is how many connections an address may have at a time.
func (s *serving) limit() int {
	if s.connections > 0 {
		return s.connections
	}
	return defaultConnections(memoryLimit())
}

func (s *serving) listen(ctx context.Context) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.address)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	if s.plain {
		return listener, nil
	}
	config, err := s.tls()
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return tls.NewListener(listener, config), nil
}
