package issuertest

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
)

// Gauge carries requests, and measures the headers of what comes and goes, as HTTP/1.1 writes them. It is safe for concurrent
// use.
type Gauge struct {
	Next http.RoundTripper

	mu       sync.Mutex
	measured []Measured
}

// Measured is the size of one exchange, in bytes.
type Measured struct {
	// What is the method and the path of the request, and the status of the answer.
	What string
	// Header is the answer's status line with all lines of its header, Location the longest of its lines of that name, Cookies
	// the request's lines of that name.
	Header, Location, Cookies int
}

// NewGauge measures what goes to the server's handler.
func (s *Server) NewGauge() *Gauge { return &Gauge{Next: handled{s.Handler}} }

// RoundTrip carries r.
func (g *Gauge) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := g.Next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	m := Measured{
		What: r.Method + " " + r.URL.Path + " " + answer.Status, Location: len(answer.Header.Get("Location")),
		Header: len("HTTP/1.1 " + answer.Status + "\r\n\r\n"),
	}
	lines := answer.Header.Clone()
	for name, value := range map[string]string{"Date": http.TimeFormat, "Content-Length": "00000"} { // which a network adds
		if lines.Get(name) == "" {
			lines.Set(name, value)
		}
	}
	var written bytes.Buffer
	_ = lines.Write(&written)
	m.Header += written.Len()
	m.Cookies = len(strings.Join(r.Header["Cookie"], "; "))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.measured = append(g.measured, m)
	return answer, nil
}

// Take is all that was measured since it was asked last.
func (g *Gauge) Take() []Measured {
	g.mu.Lock()
	defer g.mu.Unlock()
	measured := g.measured
	g.measured = nil
	return measured
}
