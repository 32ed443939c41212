package forwardauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

const (
	discoveryPath = "/.well-known/openid-configuration"
	// discoveryPause is how long metadata is not asked for again after that failed.
	discoveryPause = time.Second
)

// metadata is what an issuer says of itself (RFC 8414 section 2).
type metadata struct {
	Issuer        string `json:"issuer"`
	Introspection string `json:"introspection_endpoint"`
}

// failure is why metadata could not be read, and until when that is not tried again.
type failure struct {
	err   error
	until time.Time
}

// site finds out where an issuer is asked for tokens. It is safe for concurrent use.
type site struct {
	client *http.Client
	now    func() time.Time
	turn   chan struct{} // holds one while somebody asks for the metadata
	known  atomic.Pointer[metadata]
	lately atomic.Pointer[failure]
	found  atomic.Bool // metadata was there once
}

// discover reads the metadata of issuer if it is not at hand. Many who come at once wait for one answer.
func (s *site) discover(ctx context.Context, issuer string) (*metadata, error) {
	if known := s.at(issuer); known != nil {
		return known, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if known := s.at(issuer); known != nil {
		return known, nil
	}
	if failed := s.lately.Load(); failed != nil && s.now().Before(failed.until) {
		return nil, failed.err
	}
	known, err := s.ask(ctx, issuer)
	if err != nil {
		if ctx.Err() == nil { // whoever gave up tells nothing of the issuer
			s.lately.Store(&failure{err, s.now().Add(discoveryPause)})
		}
		return nil, err
	}
	s.known.Store(known)
	s.found.Store(true)
	return known, nil
}

// at is what is known of issuer; nil where nothing is.
func (s *site) at(issuer string) *metadata {
	if known := s.known.Load(); known != nil && known.Issuer == issuer {
		return known
	}
	return nil
}

// forget has metadata read anew that did not hold.
func (s *site) forget(old *metadata) { s.known.CompareAndSwap(old, nil) }

// ask reads metadata, and believes none that is of another issuer (RFC 8414 section 3.3).
func (s *site) ask(ctx context.Context, issuer string) (*metadata, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(issuer, "/")+discoveryPath, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	status, body, err := exchange(s.client, r)
	if err != nil {
		return nil, fmt.Errorf("read the issuer's metadata: %w", err)
	}
	if status != http.StatusOK {
		return nil, fmt.Errorf("read the issuer's metadata: status %d", status)
	}
	var known metadata
	if err := json.Unmarshal(body, &known); err != nil {
		return nil, errors.New("the issuer's metadata is no JSON object")
	}
	switch {
	case known.Issuer != issuer:
		return nil, errors.New("the issuer's metadata names another issuer")
	case !safe(known.Introspection, issuer):
		return nil, errors.New("the issuer's metadata names no introspection_endpoint by https")
	}
	return &known, nil
}
