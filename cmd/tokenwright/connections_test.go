package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"slices"
	"testing"

	"tokenwright.dev/issuer/audit"
)

// line is a connection from an address that notes whether it was closed.
type line struct {
	net.Conn

	from   string
	closed bool
}

func (l *line) RemoteAddr() net.Addr { return address(l.from) }

func (l *line) Close() error {
	l.closed = true
	return nil
}

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// switchboard drives connections by hand.
type switchboard struct {
	*connections

	lines map[string]*line
	count int // of what was evicted
}

func newSwitchboard(limit int) *switchboard {
	s := &switchboard{lines: map[string]*line{}}
	s.connections = newConnections(limit, func() { s.count++ })
	return s
}

// play takes steps such as "a1 new": connection 1 of source a.
func (s *switchboard) play(steps ...string) {
	states := map[string]http.ConnState{
		"new": http.StateNew, "active": http.StateActive, "idle": http.StateIdle, "closed": http.StateClosed,
	}
	for _, step := range steps {
		var name, state string
		_, _ = fmt.Sscan(step, &name, &state)
		if s.lines[name] == nil {
			s.lines[name] = &line{from: fmt.Sprintf("192.0.2.%d:%s", name[0], name[1:])}
		}
		s.note(s.lines[name], states[state])
	}
}

// used opens connections that have answered a request each.
func (s *switchboard) used(names ...string) {
	for _, name := range names {
		s.play(name+" new", name+" active", name+" idle")
	}
}

func (s *switchboard) closed() []string {
	var names []string
	for name, l := range s.lines {
		if l.closed {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func TestConnectionsAreLimited(t *testing.T) {
	for _, tc := range []struct {
		name string
		tell func(*switchboard)
		want []string
	}{
		{"at the limit", func(s *switchboard) { s.used("a1", "a2", "a3", "a4") }, nil},
		{"the longest idle goes", func(s *switchboard) { s.used("a1", "a2", "a3", "a4", "a5", "a6") }, []string{"a1", "a2"}},
		{"use keeps it", func(s *switchboard) {
			s.used("a1", "a2", "a3", "a4")
			s.play("a1 active", "a1 idle")
			s.used("a5")
		}, []string{"a2"}},
		{"a request protects it", func(s *switchboard) {
			s.used("a1", "a2", "a3", "a4")
			s.play("a1 active")
			s.used("a5", "a6")
		}, []string{"a2", "a3"}},
		{"who holds most pays, also for others", func(s *switchboard) {
			s.used("m1", "a1", "a2", "a3")
			s.used("b1", "c1")
		}, []string{"a1", "a2"}},
		{"who holds most pays for what they open", func(s *switchboard) {
			s.used("m1", "a1", "a2", "a3", "a4", "a5", "a6")
		}, []string{"a1", "a2", "a3"}},
		{"who only connects goes after those that were used", func(s *switchboard) {
			s.play("a1 new")
			s.used("a2", "a3", "a4", "a5")
		}, []string{"a2"}},
		{"all are in use: the new one goes", func(s *switchboard) {
			s.used("a1", "a2", "a3", "a4")
			s.play("a1 active", "a2 active", "a3 active", "a4 active", "b1 new")
		}, []string{"b1"}},
		{"what is closed makes room", func(s *switchboard) {
			s.used("a1", "a2", "a3", "a4")
			s.play("a2 closed", "a2 closed")
			s.used("a5")
		}, nil},
		{"its server notices a little later", func(s *switchboard) {
			s.used("a1", "a2", "a3", "a4", "a5")
			s.play("a1 active", "a1 idle", "a1 closed")
			s.used("a6")
		}, []string{"a1", "a2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newSwitchboard(4)
			tc.tell(s)
			if got := s.closed(); !slices.Equal(got, tc.want) || s.count != len(tc.want) {
				t.Errorf("closed %q, told of %d; want %q", got, s.count, tc.want)
			}
		})
	}
}

// Nothing is kept of connections that are gone, and a site with IPv6 is one source.
func TestConnectionsAreForgotten(t *testing.T) {
	s := newSwitchboard(1000)
	for i := range 5000 {
		name := fmt.Sprintf("a%d", i)
		s.lines[name] = &line{from: fmt.Sprintf("[2001:db8::%x]:443", i)}
		s.used(name)
	}
	if len(s.open) != 1000 || len(s.bySource) != 1 || s.count != 4000 {
		t.Errorf("%d open of %d sources, %d evicted", len(s.open), len(s.bySource), s.count)
	}
	for name := range s.lines {
		s.play(name + " closed")
	}
	if len(s.open) != 0 || len(s.bySource) != 0 {
		t.Errorf("%d open of %d sources after the end", len(s.open), len(s.bySource))
	}
}

func TestDefaultConnections(t *testing.T) {
	for limit, want := range map[int64]int{
		math.MaxInt64: 10_000, 256_000_000: 3125, 1 << 20: 256, 1 << 40: 10_000, 0: 256,
	} {
		if got := defaultConnections(limit); got != want {
			t.Errorf("of %d bytes: %d, want %d", limit, got, want)
		}
	}
}

// A real server over TLS closes the connections that wait longest, and serves by all others.
func TestServerLimitsConnections(t *testing.T) {
	dir := t.TempDir()
	writePair(t, dir, "localhost")
	metrics := audit.NewMetrics()
	s := tlsServing(dir)
	s.connections, s.evicted = 3, func() { metrics.Evicted(audit.EvictedConnection, 1) }
	servers, err := s.open(t.Context(), quietIssuer(false))
	if err != nil {
		t.Fatal(err)
	}
	rested := make(chan struct{}, 1)
	note := servers[0].ConnState
	servers[0].ConnState = func(conn net.Conn, state http.ConnState) {
		note(conn, state)
		if state == http.StateIdle {
			rested <- struct{}{}
		}
	}
	go func() { _ = servers[0].Serve(servers[0].listener) }()
	t.Cleanup(func() { _ = servers[0].Close() })
	ask := func(conn net.Conn) error {
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			return err
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		<-rested
		return nil
	}
	var open []net.Conn
	for i := range 5 {
		conn := dialTLS(t, servers[0].listener.Addr().String())
		if err := ask(conn); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		open = append(open, conn)
	}
	for i, conn := range open[:2] {
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, net.ErrClosed) {
			t.Errorf("connection %d: %v, want that the server has closed it", i, err)
		}
	}
	for i, conn := range open[2:] {
		if err := ask(conn); err != nil {
			t.Errorf("connection %d: %v", i+2, err)
		}
	}
}

// The limit holds for the address of operations, too, and follows the memory unless a flag says otherwise.
func TestConnectionsFollowMemory(t *testing.T) {
	for given, want := range map[int]int{0: defaultConnections(memoryLimit()), 7: 7} {
		s := serving{errors: slog.DiscardHandler, connections: given}
		if got := s.limit(); got != want {
			t.Errorf("--max-connections=%d: %d, want %d", given, got, want)
		}
	}
}
