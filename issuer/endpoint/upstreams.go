package endpoint

import (
	"fmt"
	"net/http"
	"reflect"
	"sync"
	"time"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/registry"
)

// upstreams keeps what is known of each identity provider elsewhere, as long as its configuration stays the same. It is
// safe for concurrent use.
type upstreams struct {
	registry  *registry.Registry
	transport http.RoundTripper
	now       func() time.Time

	mu   sync.Mutex
	made map[string]*madeUpstream // by the URI that the provider sends browsers back to, which has its name
}

// rememberedUpstreams bounds what is kept: more than there are at the URLs of an issuer.
const rememberedUpstreams = 128

type madeUpstream struct {
	of       registration.OIDCProvider
	redirect string
	secret   string

	upstream *login.Upstream
	err      error
}

// newUpstreams speaks by transport; by one of its own when nil.
func newUpstreams(config *Config) *upstreams {
	transport := config.Upstream
	if transport == nil {
		transport = login.NewTransport()
	}
	return &upstreams{registry: config.Registry, transport: transport, now: config.Now, made: map[string]*madeUpstream{}}
}

// find is the identity provider as it is configured now. The error wraps one of login's.
func (u *upstreams) find(v *view, provider *registration.IdentityProvider) (*login.Upstream, error) {
	next := &madeUpstream{of: *provider.OIDC, redirect: v.config.URL + upstreamPath + provider.Name}
	if name := provider.OIDC.ClientSecret; name != "" {
		var known bool
		if next.secret, known = u.registry.Snapshot().UpstreamSecret(name); !known {
			return nil, fmt.Errorf("%w: Secret %s with the client secret has not arrived", login.ErrUpstreamAway, name)
		}
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if held := u.made[next.redirect]; held != nil && held.secret == next.secret && reflect.DeepEqual(held.of, next.of) {
		return held.upstream, held.err
	}
	next.upstream, next.err = login.NewUpstream(*provider, next.secret, next.redirect, u.transport, u.now)
	if len(u.made) >= rememberedUpstreams {
		clear(u.made)
	}
	u.made[next.redirect] = next
	return next.upstream, next.err
}
