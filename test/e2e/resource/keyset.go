package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// keySet is an oidc.KeySet that is fetched when the one it has is no longer fresh (RFC 9111 section 4.2), and then only.
type keySet struct {
	client *http.Client
	url    string

	mu    sync.Mutex
	set   jose.JSONWebKeySet
	stale time.Time
}

// VerifySignature is part of oidc.KeySet.
func (k *keySet) VerifySignature(ctx context.Context, jwt string) ([]byte, error) {
	signed, err := jose.ParseSignedCompact(jwt, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		return nil, err
	}
	set, err := k.fresh(ctx)
	if err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	kid := signed.Signatures[0].Header.KeyID
	for _, key := range set.Key(kid) {
		return signed.Verify(key)
	}
	return nil, fmt.Errorf("no key %q in a set of %d that is fresh", kid, len(set.Keys))
}

func (k *keySet) fresh(ctx context.Context) (jose.JSONWebKeySet, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Now().Before(k.stale) {
		return k.set, nil
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return k.set, err
	}
	asked := time.Now()
	response, err := k.client.Do(request)
	if err != nil {
		return k.set, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return k.set, errors.New(response.Status)
	}
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil {
		return k.set, err
	}
	k.set, k.stale = set, asked.Add(maxAge(response.Header))
	return set, nil
}

// maxAge is how long an answer may be kept (RFC 9111 section 5.2.2.1); not at all when it does not say.
func maxAge(header http.Header) time.Duration {
	for directive := range strings.SplitSeq(header.Get("Cache-Control"), ",") {
		if age, ok := strings.CutPrefix(strings.TrimSpace(directive), "max-age="); ok {
			seconds, _ := strconv.Atoi(age) // what is no number is none
			return time.Duration(seconds) * time.Second
		}
	}
	return 0
}
