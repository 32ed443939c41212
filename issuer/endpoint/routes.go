package endpoint

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tokenwright.dev/issuer/audit"
)

// route is one endpoint.
type route struct {
	serve   func(*exchange) error
	methods []string // besides OPTIONS
	allow   []string // the value of Allow
	count   *audit.Endpoint
	// refused is the event that a failure is logged as; empty for endpoints that tell nobody anything.
	refused audit.Event
	// noStore marks endpoints whose answers, refusals included, no cache may keep.
	noStore bool
	// page marks endpoints that people look at: they get refusals as pages.
	page bool
	// cors marks endpoints that scripts of any origin may use (see allowOrigin).
	cors bool
}

// open lets scripts of any origin use the endpoint.
func (r *route) open() *route {
	r.cors = true
	return r
}

func (r *route) permits(method string) bool { return slices.Contains(r.methods, method) }

// route finds the endpoint at path; nil where there is none. The path is compared as a whole: nothing is cleaned,
// redirected or matched by its beginning.
func (s *Server) route(v *view, path string) *route {
	if found, ok := v.routes[path]; ok {
		return found
	}
	if v.config == nil || v.keys == nil {
		return s.waiting()
	}
	return nil
}

// pathOf is the path that an issuer's endpoints stand below; empty for an issuer without one.
func pathOf(issuer string) string {
	parsed, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return parsed.Path
}

func post(serve func(*exchange) error, count *audit.Endpoint, refused audit.Event) *route {
	return &route{
		serve: serve, methods: []string{http.MethodPost}, allow: []string{"POST, OPTIONS"},
		count: count, refused: refused, noStore: true,
	}
}

func get(serve func(*exchange) error, count *audit.Endpoint) *route {
	return &route{
		serve: serve, methods: []string{http.MethodGet, http.MethodHead}, allow: []string{"GET, HEAD, OPTIONS"}, count: count,
	}
}

// page is an endpoint for people.
func page(serve func(*exchange) error, count *audit.Endpoint, refused audit.Event, methods ...string) *route {
	return &route{
		serve: serve, methods: methods, allow: []string{strings.Join(methods, ", ") + ", OPTIONS"},
		count: count, refused: refused, noStore: true, page: true,
	}
}
