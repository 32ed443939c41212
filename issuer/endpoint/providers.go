package endpoint

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"tokenwright.dev/api/v1alpha1"
	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/registration"
)

// probeEvery is how often identity providers elsewhere are looked at. They are asked for something only if they failed, or
// if what is known of them is old: see login.Upstream.Probe.
const probeEvery = 30 * time.Second

// providers watches the health of the identity providers, and tells of changes once. It is safe for concurrent use.
type providers struct {
	woken chan struct{}           // holds one when there may be news
	tell  func()                  // called when the report of this replica is to be written anew; nil where nobody is to know
	told  map[string]login.Health // by provider: what was told last, nil before; for WatchProviders alone

	mu     sync.Mutex
	logins map[string]time.Time // by provider: the hour of the last login
}

func newProviders(tell func()) *providers {
	return &providers{woken: make(chan struct{}, 1), tell: tell, logins: map[string]time.Time{}}
}

// wake asks for a look at the providers. It never blocks.
func (p *providers) wake() {
	select {
	case p.woken <- struct{}{}:
	default:
	}
}

// loggedIn notes a login. The hour is enough, so that a report does not change with each of them.
func (p *providers) loggedIn(provider string, at time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.logins[provider] = at.UTC().Truncate(time.Hour)
}

// WatchProviders looks after the identity providers until ctx ends: it asks those elsewhere whether they are there, and tells
// of changes in the log and by metrics.
func (s *Server) WatchProviders(ctx context.Context) {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		s.assess(ctx)
		if s.probe(ctx) {
			s.assess(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.providers.woken:
		}
	}
}

// probe asks the providers elsewhere, all at once, since one that does not answer takes its time. It tells whether there are
// any.
func (s *Server) probe(ctx context.Context) (some bool) {
	v := s.present()
	if v.config == nil || !s.Registry.Snapshot().PeopleKnown() {
		return false
	}
	var asking sync.WaitGroup
	for i := range v.config.IdentityProviders {
		provider := &v.config.IdentityProviders[i]
		if provider.OIDC == nil {
			continue
		}
		if upstream, err := s.upstreams.find(v, provider); err == nil {
			asking.Go(func() { upstream.Probe(ctx) })
			some = true
		}
	}
	asking.Wait()
	return some
}

// ProvidersHealth is what this replica knows of the issuer's identity providers; empty before there is a configuration.
func (s *Server) ProvidersHealth() []v1alpha1.IdentityProviderReport {
	v := s.present()
	if v.config == nil {
		return nil
	}
	out := make([]v1alpha1.IdentityProviderReport, 0, len(v.config.IdentityProviders))
	for i := range v.config.IdentityProviders {
		h := s.healthKnown(v, &v.config.IdentityProviders[i])
		report := v1alpha1.IdentityProviderReport{
			Name: h.Provider, Health: h.State, Fault: h.Fault, Message: h.Told, Users: h.Users, OIDC: h.OIDC,
		}
		s.providers.mu.Lock()
		if at, ok := s.providers.logins[h.Provider]; ok {
			report.LastLoginHour = new(metav1.NewTime(at))
		}
		s.providers.mu.Unlock()
		out = append(out, report)
	}
	return out
}

// healthKnown is the health of a provider, or that it is not known yet where not all has arrived that it needs.
func (s *Server) healthKnown(v *view, provider *registration.IdentityProvider) login.Health {
	if !s.Registry.Snapshot().PeopleKnown() {
		return login.Health{Provider: provider.Name, State: v1alpha1.ProviderUnknown}
	}
	return s.health(v, provider)
}

// health is whether people can log in by a provider now.
func (s *Server) health(v *view, provider *registration.IdentityProvider) login.Health {
	if provider.OIDC == nil {
		return s.Registry.UsersHealth(provider)
	}
	upstream, err := s.upstreams.find(v, provider)
	if err == nil {
		return upstream.Health()
	}
	unfit := login.Health{Provider: provider.Name, OIDC: &v1alpha1.OIDCReport{Discovery: v1alpha1.AskedNot, Keys: v1alpha1.AskedNot}}
	if errors.Is(err, login.ErrClaims) {
		return unfit.Faulty(v1alpha1.ProviderUnusable, v1alpha1.FaultClaimsNotAccepted, err.Error())
	}
	why := fmt.Sprintf("no Secret %s with the client secret has arrived", provider.OIDC.ClientSecret)
	if refused := s.Registry.Snapshot().RefusedSecret(provider.OIDC.ClientSecret); refused != nil {
		why = refused.Error()
	}
	return unfit.Faulty(v1alpha1.ProviderUnusable, v1alpha1.FaultClientSecretMissing, why)
}

// assess tells of what has changed since it was last told, once. That a provider works is no news at a start.
func (s *Server) assess(ctx context.Context) {
	v := s.present()
	if v.config == nil || !s.Registry.Snapshot().PeopleKnown() {
		return
	}
	before := s.providers.told
	after := make(map[string]login.Health, len(v.config.IdentityProviders))
	for i := range v.config.IdentityProviders {
		h := s.health(v, &v.config.IdentityProviders[i])
		after[h.Provider] = h
		s.tellOf(ctx, before[h.Provider], &h)
	}
	for name := range before {
		if _, ok := after[name]; !ok {
			s.Metrics.NoProvider(name)
		}
	}
	changed := before == nil || !maps.EqualFunc(before, after, func(a, b login.Health) bool { return a.Same(&b) && sameUsers(&a, &b) })
	s.providers.told = after
	if changed && s.providers.tell != nil {
		s.providers.tell()
	}
}

// sameUsers tells whether the same version of a file is in use, as far as a report goes.
func sameUsers(a, b *login.Health) bool {
	return a.Users == nil || b.Users == nil || a.Users.AcceptedVersion == b.Users.AcceptedVersion
}

// tellOf logs and counts one provider.
func (s *Server) tellOf(ctx context.Context, before login.Health, now *login.Health) {
	if now.State == v1alpha1.ProviderUnknown {
		s.Metrics.NoProvider(now.Provider)
		return
	}
	s.Metrics.Provider(now.Provider, now.Usable())
	switch {
	case !now.Usable() && !now.Same(&before):
		s.Audit.Write(ctx, slog.LevelError, audit.ProviderUnusable, &audit.Entry{
			Provider: now.Provider, Error: string(now.Fault), Cause: errors.New(now.Told),
		})
	case now.Usable() && before.State == v1alpha1.ProviderUnusable:
		s.Audit.Write(ctx, slog.LevelInfo, audit.ProviderUsable, &audit.Entry{Provider: now.Provider})
	}
}
