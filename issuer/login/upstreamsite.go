package login

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tokenwright.dev/issuer/oauth"
)

const (
	// upstreamPatience bounds one request to an upstream identity provider, and all that renews a lease; loginPatience
	// bounds all that a login takes.
	upstreamPatience = 5 * time.Second
	loginPatience    = 10 * time.Second
	// maxUpstreamAnswer bounds what it answers, in bytes.
	maxUpstreamAnswer = 1 << 20
	// discoveryLifetime is how long its metadata is good for; after a failure it is not asked for so long as
	// discoveryPause.
	discoveryLifetime = time.Hour
	discoveryPause    = 2 * time.Second
)

// site is the server of an upstream identity provider.
type site struct {
	issuer string
	client *http.Client
	now    func() time.Time
	turn   chan struct{} // holds one while somebody asks for the metadata
	known  atomic.Pointer[discovered]
	lately atomic.Pointer[failure]
	seen   sightings
}

// discovered is what the metadata says (OpenID Connect Discovery section 3).
type discovered struct {
	provider      *oidc.Provider
	until         time.Time
	issInResponse bool
	authMethods   []string
	keys          string // jwks_uri
}

var errUnsafe = errors.New("an endpoint is missing, or not https")

// failure is why the metadata could not be read, and until when that is not tried again.
type failure struct {
	err   error
	until time.Time
}

// basic tells whether client_secret_basic is spoken, which is so where nothing is said (section 3).
func (d *discovered) basic() bool {
	return len(d.authMethods) == 0 || slices.Contains(d.authMethods, string(oauth.MethodBasic))
}

// discover reads the metadata if it is not at hand. Many who come at once wait for one answer. Metadata that has grown
// old is used on where there is no newer.
func (s *site) discover(ctx context.Context) (*discovered, error) {
	if known := s.fresh(); known != nil {
		return known, nil
	}
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUpstreamAway, ctx.Err())
	}
	if known := s.fresh(); known != nil {
		return known, nil
	}
	if failed := s.lately.Load(); failed != nil && s.now().Before(failed.until) {
		return nil, failed.err
	}
	found, err := s.ask(ctx)
	s.seen.discovered(ctx, err, s.now())
	if err == nil {
		s.known.Store(found)
		return found, nil
	}
	if known := s.known.Load(); known != nil {
		s.postpone(known, s.now().Add(discoveryPause))
		return known, nil
	}
	err = fmt.Errorf("%w: %s", ErrUpstreamAway, tell(err))
	if ctx.Err() == nil { // whoever gave up tells nothing of the provider
		s.lately.Store(&failure{err, s.now().Add(discoveryPause)})
	}
	return nil, err
}

// postpone changes until when metadata is good, unless there is newer.
func (s *site) postpone(known *discovered, until time.Time) {
	next := *known
	next.until = until
	s.known.CompareAndSwap(known, &next)
}

func (s *site) fresh() *discovered {
	if known := s.known.Load(); known != nil && s.now().Before(known.until) {
		return known
	}
	return nil
}

func (s *site) ask(ctx context.Context) (*discovered, error) {
	provider, err := oidc.NewProvider(s.with(ctx), s.issuer)
	if err != nil {
		return nil, err
	}
	var metadata struct {
		Authorization string   `json:"authorization_endpoint"`
		Token         string   `json:"token_endpoint"`
		UserInfo      string   `json:"userinfo_endpoint"`
		Keys          string   `json:"jwks_uri"`
		IssInResponse bool     `json:"authorization_response_iss_parameter_supported"`
		AuthMethods   []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&metadata); err != nil {
		return nil, err
	}
	endpoints := []string{metadata.Authorization, metadata.Token, metadata.Keys}
	if metadata.UserInfo != "" {
		endpoints = append(endpoints, metadata.UserInfo)
	}
	for _, address := range endpoints {
		if !s.safe(address) {
			return nil, errUnsafe
		}
	}
	return &discovered{provider, s.now().Add(discoveryLifetime), metadata.IssInResponse, metadata.AuthMethods, metadata.Keys}, nil
}

// safe tells whether secrets may be sent to address: by TLS, or where the provider itself is on the same machine.
func (s *site) safe(address string) bool {
	to, err := url.Parse(address)
	if err != nil || to.Host == "" {
		return false
	}
	return to.Scheme == "https" || to.Scheme == "http" && oauth.Loopback(s.issuer) && oauth.Loopback(address)
}

// with lets go-oidc and x/oauth2 speak by our client.
func (s *site) with(ctx context.Context) context.Context { return oidc.ClientContext(ctx, s.client) }

// failed says what a failure means: otherwise, where the provider answered by an error code of its own, and that it is
// away where it did not. Then its metadata is read anew: it may have moved.
func (s *site) failed(err, otherwise error) error {
	refusal, ok := errors.AsType[*oauth2.RetrieveError](err)
	if ok && refusal.ErrorCode != "" && refusal.Response.StatusCode < http.StatusInternalServerError {
		return fmt.Errorf("%w: %s", otherwise, code(refusal.ErrorCode))
	}
	if known := s.known.Load(); known != nil {
		s.postpone(known, time.Time{})
	}
	if ok {
		return fmt.Errorf("%w: status %d", ErrUpstreamAway, refusal.Response.StatusCode)
	}
	return fmt.Errorf("%w: %s", ErrUpstreamAway, tell(err))
}

var errorCode = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// answered finds a status with the body that came with it.
var answered = regexp.MustCompile(`(?s)^((?:userinfo: )?[0-9]{3} [A-Za-z -]+): .*$`)

// tell makes of an error what may stand in a log: those of libraries quote what they were sent.
func tell(err error) string {
	const longest = 200
	text := []rune(answered.ReplaceAllString(err.Error(), "$1"))
	text = text[:min(len(text), longest)]
	for i, r := range text {
		if !unicode.IsPrint(r) {
			text[i] = ' '
		}
	}
	return string(text)
}

// newHTTPClient bounds what an upstream identity provider can do to us. A redirect to another host is refused: it would
// carry a client secret there, or lead into the cluster.
func newHTTPClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Timeout: upstreamPatience, Transport: bounded{transport},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			const most = 3
			if first := via[0].URL; len(via) > most || r.URL.Scheme != first.Scheme || r.URL.Host != first.Host || r.Method != via[0].Method {
				return errors.New("redirected elsewhere")
			}
			return nil
		},
	}
}

// NewTransport is the transport to upstream identity providers, by way of the proxy that the environment names.
func NewTransport() http.RoundTripper {
	const idle = 4
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: upstreamPatience}).DialContext,
		TLSHandshakeTimeout: upstreamPatience, ResponseHeaderTimeout: upstreamPatience, IdleConnTimeout: time.Minute,
		MaxIdleConnsPerHost: idle, MaxResponseHeaderBytes: maxUpstreamAnswer, ForceAttemptHTTP2: true,
	}
}

// bounded cuts answers off at maxUpstreamAnswer.
type bounded struct{ http.RoundTripper }

// RoundTrip sends r.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	answer.Body = http.MaxBytesReader(nil, answer.Body, maxUpstreamAnswer)
	return answer, nil
}
