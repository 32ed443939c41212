package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// reaction is how long to wait for a change to reach the issuer: milliseconds as a rule, but this machine may be busy.
const reaction = 30 * time.Second

func (t *tour) tighten(ctx context.Context) error {
	err := t.kubectl(ctx, `-n tokenwright-system patch tokenpolicy platform --type=merge -p '{"spec":{"accessToken":{"maxLifetime":"5m"}}}'`)
	if err != nil {
		return err
	}
	began := time.Now()
	_, err = t.requestUntil(ctx, func(got token) bool { return got.ExpiresIn == 300 })
	if err != nil {
		return fmt.Errorf("no token of 300 seconds: %w", err)
	}
	t.out.say("\nThe first shorter token came %d ms after kubectl returned.", time.Since(began).Milliseconds())
	if _, err = t.showRequest(ctx, clientCredentials); err != nil {
		return err
	}
	t.out.say("\nThe client says why:")
	return t.kubectl(ctx,
		"-n orders wait --for=jsonpath='{.status.effective.accessToken.lifetime.value}'=5m oauthclient/orders --timeout=30s",
		"-n orders get oauthclient orders -o jsonpath='{.status.effective.accessToken.lifetime}'",
	)
}

func (t *tour) refuse(ctx context.Context) error {
	form := url.Values{"grant_type": {"client_credentials"}, "scope": {"orders:read orders:admin"}}
	got, err := t.showRequest(ctx, form)
	if err != nil {
		return err
	}
	if got.status != http.StatusBadRequest || got.Error != "invalid_scope" || got.AccessToken != "" {
		return fmt.Errorf("got %d %q; expected 400 invalid_scope and no token", got.status, got.Error)
	}
	return nil
}

// requestUntil repeats the request of an application until the answer is the one that is waited for.
func (t *tour) requestUntil(ctx context.Context, done func(token) bool) (token, error) {
	ctx, cancel := context.WithTimeout(ctx, reaction)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	var last token
	for {
		got, err := t.request(ctx, clientCredentials)
		switch {
		case err == nil && done(got):
			return got, nil
		case ctx.Err() != nil:
			return last, fmt.Errorf("%w after %v; the last answer was %d, expires_in %d, error %q", ctx.Err(), reaction, last.status, last.ExpiresIn, last.Error)
		case err != nil:
			return last, err
		}
		last = got
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
}
