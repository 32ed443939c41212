package endpoint

import (
	"maps"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
)

// view is what follows from the issuer's configuration and keys: its paths, its public documents, encoded once, and what
// it needs where people log in.
type view struct {
	config *registration.IssuerConfig
	keys   *keys.Set
	sealer *seal.Sealer
	routes map[string]*route

	stores store.Stores
	grants *grant.Authorizer
	pages  *login.Pages // nil where nobody logs in
	bounds login.Bounds
	path   string // that the endpoints stand below
	strict bool   // browsers are to come by TLS alone

	family family // nil where the issuer has one URL
	// These are of a view that serves another URL than the present one: that URL, when it ends, and who counts its requests.
	other string
	ends  time.Time
	asked prometheus.Counter
}

// present is the view of this moment. A request keeps the one that it began with.
func (s *Server) present() *view {
	snapshot := s.Registry.Snapshot()
	v := s.view.Load()
	if v.config != snapshot.Config() || v.keys != snapshot.Keys() || v.sealer != snapshot.Sealer() {
		v = s.newView(snapshot.Config(), snapshot.Keys(), snapshot.Sealer())
		s.view.Store(v)
	}
	return v
}

func (s *Server) newView(config *registration.IssuerConfig, set *keys.Set, sealer *seal.Sealer) *view {
	v := s.bareView(config, set, sealer)
	if config != nil && set != nil {
		s.known(v)
	}
	return v
}

// bareView serves the issuer under the configuration's URL alone.
func (s *Server) bareView(config *registration.IssuerConfig, set *keys.Set, sealer *seal.Sealer) *view {
	v := &view{config: config, keys: set, sealer: sealer, routes: maps.Clone(s.fixed)}
	if config == nil || set == nil {
		return v
	}
	if v.routes == nil {
		v.routes = map[string]*route{}
	}
	v.path, v.strict = pathOf(config.URL), isStrict(config.URL)
	v.stores = s.storesOf(config)
	v.grants = &grant.Authorizer{
		Grants: v.stores.Grants, Index: v.stores.Index, Revocations: v.stores.Revocations, Marks: v.stores.Marks,
		Directory: s.Registry, Elsewhere: elsewhere{s.upstreams, v}, Polls: &s.devices.polls,
	}
	v.routes[v.path+tokenPath] = post(s.serveToken, s.counts.token, audit.TokenRefused).open()
	v.routes[v.path+introspectionPath] = post(s.serveIntrospection, s.counts.introspection, audit.IntrospectionRefused)
	v.routes[v.path+jwksPath] = get(jwksDocument(set).serve, s.counts.jwks).open()
	if v.pages = s.dress(config); v.people() {
		s.welcome(v)
	}
	s.front(v)
	metadata := get(metadataDocument(v).serve, s.counts.metadata).open()
	for _, known := range wellKnown(v.path) {
		v.routes[known] = metadata
	}
	return v
}

// people tells whether anybody logs in at this issuer.
func (v *view) people() bool { return v.sealer != nil && len(v.config.IdentityProviders) > 0 }

// storesOf is where the issuer is to keep what it must remember.
func (s *Server) storesOf(config *registration.IssuerConfig) store.Stores {
	if config.Storage == "" {
		return s.Stores[registration.StorageKubernetes]
	}
	return s.Stores[config.Storage]
}

// welcome adds the endpoints that people and their clients need.
func (s *Server) welcome(v *view) {
	v.bounds = login.BoundsOf(v.config.Sessions)
	for path, endpoint := range map[string]*route{
		authorizationPath: page(s.serveAuthorization, s.counts.authorization, audit.AuthorizationRefused, getOrPost...),
		loginPath:         page(s.serveLogin, s.counts.login, audit.LoginRefused, getOrPost...),
		consentPath:       page(s.serveConsent, s.counts.consent, audit.AuthorizationRefused, getOrPost...),
		accountPath:       page(s.serveAccount, s.counts.account, audit.AccountRefused, getOrPost...),
		logoutPath:        page(s.serveLogout, s.counts.account, audit.AccountRefused, http.MethodGet, http.MethodPost),
		devicePath:        page(s.serveDevice, s.counts.device, audit.DeviceRefused, getOrPost...),
		devicesPath:       post(s.serveDevices, s.counts.devices, audit.DeviceRefused),
		revocationPath:    post(s.serveRevocation, s.counts.revocation, audit.RevocationRefused).open(),
		userinfoPath:      s.userinfoRoute().open(),
		login.StylePath:   s.assetRoute(v.pages.Style()),
	} {
		v.routes[v.path+path] = endpoint
	}
	s.upstreamRoutes(v)
	if logo := v.pages.Logo(); logo != nil {
		v.routes[v.path+login.LogoPath] = s.assetRoute(logo)
	}
}

var getOrPost = []string{http.MethodGet, http.MethodHead, http.MethodPost}

// assetRoute serves a file that pages refer to.
func (s *Server) assetRoute(asset *login.Asset) *route {
	return get(func(x *exchange) error {
		x.status = http.StatusOK // or 304, which counts as much
		asset.ServeHTTP(x.w, x.r)
		return nil
	}, s.counts.assets)
}

// dress makes the pages. Branding that cannot be shown leaves them plain: nobody is kept from logging in for a picture.
func (s *Server) dress(config *registration.IssuerConfig) *login.Pages {
	pages, err := login.NewPages(config.URL, config.Branding)
	if err == nil {
		return pages
	}
	s.Log.Error("Ignoring the branding", "error", err)
	pages, _ = login.NewPages(config.URL, registration.Branding{Name: config.Branding.Name})
	return pages
}
