package endpoint

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/registration"
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
}

func (r *route) permits(method string) bool { return slices.Contains(r.methods, method) }

// view is what follows from the issuer's configuration and keys: its paths, and its public documents, encoded once.
type view struct {
	config *registration.IssuerConfig
	keys   *keys.Set
	routes map[string]*route
}

// present is the view of this moment. A request keeps the one that it began with.
func (s *Server) present() *view {
	snapshot := s.Registry.Snapshot()
	v := s.view.Load()
	if v.config != snapshot.Config() || v.keys != snapshot.Keys() {
		v = s.newView(snapshot.Config(), snapshot.Keys())
		s.view.Store(v)
	}
	return v
}

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

func (s *Server) newView(config *registration.IssuerConfig, set *keys.Set) *view {
	v := &view{config: config, keys: set, routes: maps.Clone(s.fixed)}
	if config == nil || set == nil {
		return v
	}
	if v.routes == nil {
		v.routes = map[string]*route{}
	}
	path := pathOf(config.URL)
	v.routes[path+tokenPath] = post(s.serveToken, s.counts.token, audit.TokenRefused)
	v.routes[path+introspectionPath] = post(s.serveIntrospection, s.counts.introspection, audit.IntrospectionRefused)
	v.routes[path+jwksPath] = get(jwksDocument(set).serve, s.counts.jwks)
	metadata := get(metadataDocument(config.URL).serve, s.counts.metadata)
	for _, known := range wellKnown(path) {
		v.routes[known] = metadata
	}
	return v
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
