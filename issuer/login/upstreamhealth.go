package login

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tokenwright.dev/api/v1alpha1"
)

// doubt is for how long a provider that has worked may fail before nobody is sent there any more: a moment's failure, or one
// replica's, must not shut everybody out, and clients of this issuer hear of it.
const doubt = 2 * time.Minute

// sightings remember what came of asking an upstream identity provider. The zero value has not asked. It is safe for
// concurrent use.
type sightings struct {
	mu        sync.Mutex
	discovery v1alpha1.AskState
	keys      v1alpha1.AskState
	keysOf    *discovered // that the keys were fetched for
	keysNot   time.Time   // before then they are not asked for
	worked    bool        // both came at some time
	failing   time.Time   // since when one of them does not; zero while neither fails
	fault     v1alpha1.ProviderFault
	told      string
}

// discovered notes what came of asking for the metadata; nothing if whoever asked gave up.
func (s *sightings) discovered(ctx context.Context, err error, now time.Time) {
	if err != nil && ctx.Err() != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.discovery = v1alpha1.AskedOK; err != nil {
		s.discovery = v1alpha1.AskedInVain
		s.fail(faultOf(err), now)
		return
	}
	if s.keys != v1alpha1.AskedInVain {
		s.failing = time.Time{}
	}
}

// fetched notes what came of asking for the keys of found.
func (s *sightings) fetched(found *discovered, err error, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys = v1alpha1.AskedOK; err != nil {
		s.keys = v1alpha1.AskedInVain
		s.fail(Fault{v1alpha1.FaultKeysUnavailable, "the keys that it signs with cannot be had: " + faultOf(err).Told}, now)
		return
	}
	s.keysOf = found
	if s.discovery == v1alpha1.AskedOK {
		s.failing, s.worked = time.Time{}, true
	}
}

func (s *sightings) fail(fault Fault, now time.Time) {
	if s.fault, s.told = fault.Class, fault.Told; s.failing.IsZero() {
		s.failing = now
	}
}

// claim tells whether the keys of found are to be asked for, by whoever calls: not if they were fetched, if the metadata is
// old and there is no newer, or if somebody has just asked.
func (s *sightings) claim(found *discovered, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.discovery == v1alpha1.AskedInVain || s.keysOf == found && s.keys == v1alpha1.AskedOK || now.Before(s.keysNot) {
		return false
	}
	s.keysNot = now.Add(discoveryPause)
	return true
}

// health judges by what was seen until now.
func (s *sightings) health(provider string, now time.Time) Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Health{Provider: provider, State: v1alpha1.ProviderUsable, OIDC: &v1alpha1.OIDCReport{Discovery: asked(s.discovery), Keys: asked(s.keys)}}
	switch {
	case s.failing.IsZero() && !s.worked:
		out.State = v1alpha1.ProviderUnknown
		return out
	case s.failing.IsZero():
		return out
	case s.worked && now.Sub(s.failing) < doubt:
		return out.Faulty(v1alpha1.ProviderUsable, s.fault, s.told)
	default:
		return out.Faulty(v1alpha1.ProviderUnusable, s.fault, s.told)
	}
}

func asked(state v1alpha1.AskState) v1alpha1.AskState {
	if state == "" {
		return v1alpha1.AskedNot
	}
	return state
}

// Health is whether people can log in by the provider, as far as was seen until now.
func (u *Upstream) Health() Health { return u.site.seen.health(u.rules.Name, u.now()) }

// Probe asks for the provider's metadata and its keys, unless both are at hand. While all is well that makes two requests an
// hour.
func (u *Upstream) Probe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, loginPatience)
	defer cancel()
	found, err := u.site.discover(ctx)
	if err != nil || !u.site.seen.claim(found, u.now()) {
		return
	}
	if err = u.site.fetchKeys(ctx, found); ctx.Err() == nil {
		u.site.seen.fetched(found, err, u.now())
	}
}

// fetchKeys tells whether the keys of the provider can be had. Go-oidc fetches them itself when an ID token comes.
func (s *site) fetchKeys(ctx context.Context, found *discovered) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, found.keys, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode))
	}
	var set jose.JSONWebKeySet
	if json.NewDecoder(answer.Body).Decode(&set) != nil || len(set.Keys) == 0 {
		return errNoKeys
	}
	return nil
}

var errNoKeys = errors.New("there are none in the answer")

// Fault is what is wrong with a provider: its class, and in words of ours, which quote nobody.
type Fault struct {
	Class v1alpha1.ProviderFault
	Told  string
}

// refusedStatus finds the status at the beginning of what go-oidc says.
var refusedStatus = regexp.MustCompile(`^([0-9]{3})\b`)

// faultOf classifies why metadata could not be had. The error itself may quote what was sent, so it is for the log alone.
func faultOf(err error) Fault {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return Fault{v1alpha1.FaultCertificateNotTrusted, "its certificate is not trusted here, or is for another host, or out of its time"}
	}
	if errors.Is(err, errUnsafe) {
		return Fault{v1alpha1.FaultMetadataInvalid, "its metadata names an endpoint that is missing, or not https"}
	}
	if errors.Is(err, errNoKeys) {
		return Fault{v1alpha1.FaultKeysUnavailable, "the answer holds none"}
	}
	if unreachable(err) {
		return Fault{v1alpha1.FaultUnreachable, "it does not answer"}
	}
	if status := refusedStatus.FindString(err.Error()); status != "" {
		return Fault{v1alpha1.FaultMetadataRefused, "it answers with status " + status}
	}
	return Fault{v1alpha1.FaultMetadataInvalid, "its metadata cannot be read, or is that of another issuer"}
}

// unreachable tells whether an error is about the way to the provider.
func unreachable(err error) bool {
	_, onTheWay := errors.AsType[*url.Error](err)
	return onTheWay || errors.Is(err, context.DeadlineExceeded)
}
