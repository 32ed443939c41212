package main

import (
	"container/list"
	"math"
	"net"
	"net/http"
	"runtime/debug"
	"sync"

	"tokenwright.dev/issuer/throttle"
)

const (
	// connectionBytes is what an idle connection costs: buffers of TLS and HTTP, and a stack to wait on.
	connectionBytes = 20 << 10
	// connectionShare is which part of the memory of a process connections may take.
	connectionShare = 4

	minConnections = 256
	maxConnections = 10_000
)

// defaultConnections is how many connections fit into their share of a limit of memory, in bytes; math.MaxInt64 is none.
func defaultConnections(limit int64) int {
	if limit == math.MaxInt64 {
		return maxConnections
	}
	return int(min(max(limit/connectionShare/connectionBytes, minConnections), maxConnections))
}

// memoryLimit is that of this process (GOMEMLIMIT), in bytes.
func memoryLimit() int64 { return debug.SetMemoryLimit(-1) }

// connections bounds how many connections a server holds. Beyond the limit, those go that nobody is asking anything by: of
// the source that has most of them, the one that was used least recently. So whoever holds many pays for it, and a client
// that keeps one or two does not feel it; there is no limit of a source, since a gateway may bring everybody. A connection with
// a request in it is never closed. It is safe for concurrent use.
type connections struct {
	limit   int
	evicted func() // is told of each that is closed

	mu       sync.Mutex
	open     map[net.Conn]*held
	bySource map[string]*waiting
}

// held is an open connection.
type held struct {
	source string
	in     *list.List    // of those that wait; nil while there is a request
	at     *list.Element // in there
}

// waiting are the connections of a source that have no request, the longest waiting first: those that were used before,
// and those by which nothing came yet.
type waiting struct{ used, fresh list.List }

func (w *waiting) len() int { return w.used.Len() + w.fresh.Len() }

// next is the connection that goes first.
func (w *waiting) next() net.Conn {
	first := w.used.Front()
	if first == nil {
		first = w.fresh.Front()
	}
	conn, _ := first.Value.(net.Conn)
	return conn
}

func newConnections(limit int, evicted func()) *connections {
	return &connections{limit: limit, evicted: evicted, open: map[net.Conn]*held{}, bySource: map[string]*waiting{}}
}

// note is an http.Server's ConnState. It closes what is too much at once and without a farewell, for which a peer that
// reads nothing could make the listener wait.
func (c *connections) note(conn net.Conn, state http.ConnState) {
	victim := c.take(conn, state)
	if victim == nil {
		return
	}
	if wrapped, ok := victim.(interface{ NetConn() net.Conn }); ok {
		victim = wrapped.NetConn()
	}
	_ = victim.Close() // its server notices
	c.evicted()
}

// take notes a state, and returns the connection that is to be closed for it; nil if there is none.
func (c *connections) take(conn net.Conn, state http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew:
		h := &held{source: sourceOf(conn)}
		c.open[conn] = h
		c.wait(h, conn, state)
	case http.StateActive:
		c.stopWaiting(c.open[conn])
	case http.StateIdle:
		c.wait(c.open[conn], conn, state)
	case http.StateHijacked, http.StateClosed:
		c.forget(conn)
	}
	if len(c.open) <= c.limit {
		return nil
	}
	return c.choose()
}

// wait puts a connection behind all others of its source. One that is being closed is known no more.
func (c *connections) wait(h *held, conn net.Conn, state http.ConnState) {
	if h == nil {
		return
	}
	c.stopWaiting(h)
	of := c.bySource[h.source]
	if of == nil {
		of = new(waiting)
		c.bySource[h.source] = of
	}
	h.in = &of.used
	if state == http.StateNew {
		h.in = &of.fresh
	}
	h.at = h.in.PushBack(conn)
}

func (c *connections) stopWaiting(h *held) {
	if h == nil || h.in == nil {
		return
	}
	h.in.Remove(h.at)
	h.in, h.at = nil, nil
	if c.bySource[h.source].len() == 0 {
		delete(c.bySource, h.source)
	}
}

func (c *connections) forget(conn net.Conn) {
	c.stopWaiting(c.open[conn])
	delete(c.open, conn)
}

// choose takes out the connection that is to be closed; nil while there is a request in each.
func (c *connections) choose() net.Conn {
	var largest *waiting
	for _, of := range c.bySource {
		if largest == nil || of.len() > largest.len() {
			largest = of
		}
	}
	if largest == nil {
		return nil
	}
	victim := largest.next()
	c.forget(victim)
	return victim
}

// sourceOf is the network that a connection comes from.
func sourceOf(conn net.Conn) string {
	host, _, err := net.SplitHostPort(conn.RemoteAddr().String())
	if err != nil {
		return conn.RemoteAddr().String()
	}
	return throttle.Network(host)
}
