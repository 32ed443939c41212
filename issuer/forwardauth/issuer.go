package forwardauth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

var (
	errRefused   = errors.New("the issuer refuses the credentials")
	errThrottled = errors.New("the issuer asks to slow down")
	errAway      = errors.New("the issuer is away")
)

// patience bounds all that one request asks of the issuer.
const patience = 5 * time.Second

// issuer asks for tokens what they are worth. It is safe for concurrent use.
type issuer struct {
	credentials func(again bool) (Credentials, error)
	client      *http.Client
	site        *site
	metrics     *Metrics
}

// introspect asks once, and once more where that may help: with the credentials that have come since, or when the
// issuer was away, since a replica of it that ends takes its connections along.
func (i *issuer) introspect(ctx context.Context, token string) (*introspection, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	with, err := i.credentials(false)
	if err != nil {
		return nil, err
	}
	found, err := i.ask(ctx, with, token)
	switch {
	case errors.Is(err, errRefused), errors.Is(err, errThrottled):
		fresh, unreadable := i.credentials(true)
		if unreadable != nil || fresh == with {
			return nil, err
		}
		with = fresh
	case !errors.Is(err, errAway) || ctx.Err() != nil:
		return found, err
	}
	return i.ask(ctx, with, token)
}

// ask asks once and counts what came of it.
func (i *issuer) ask(ctx context.Context, with Credentials, token string) (*introspection, error) {
	found, err := i.try(ctx, with, token)
	i.metrics.introspected(err)
	return found, err
}

func (i *issuer) try(ctx context.Context, with Credentials, token string) (*introspection, error) {
	where, err := i.site.discover(ctx, with.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errAway, err)
	}
	r, err := request(ctx, where.Introspection, with, token)
	if err != nil {
		return nil, err
	}
	status, body, err := exchange(i.client, r)
	switch {
	case err != nil:
		i.site.forget(where)
		return nil, fmt.Errorf("%w: %w", errAway, err)
	case status == http.StatusOK:
		return parseIntrospection(body, with.Issuer)
	case status == http.StatusUnauthorized:
		return nil, errRefused
	case status == http.StatusTooManyRequests:
		return nil, errThrottled
	default:
		i.site.forget(where)
		return nil, fmt.Errorf("%w: status %d", errAway, status)
	}
}

// request asks by client_secret_basic, whose parts are form-encoded (RFC 6749 section 2.3.1).
func request(ctx context.Context, endpoint string, with Credentials, token string) (*http.Request, error) {
	form := "token=" + url.QueryEscape(token) + "&token_type_hint=access_token"
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	joined := url.QueryEscape(with.ClientID) + ":" + url.QueryEscape(with.ClientSecret)
	r.Header["Authorization"] = []string{"Basic " + base64.StdEncoding.EncodeToString([]byte(joined))}
	r.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	r.Header["Accept"] = []string{"application/json"}
	// Nothing is sent by this name, but net/http learns from it that the request may be sent again on another
	// connection.
	r.Header["Idempotency-Key"] = nil
	return r, nil
}
