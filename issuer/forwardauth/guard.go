package forwardauth

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"tokenwright.dev/issuer/oauth"
)

const (
	// maxToken bounds an access token, in bytes. Proxies take no longer header than this either.
	maxToken = 8 << 10
	// retryAfter is when a proxy's client may try again if the issuer is away.
	retryAfter = time.Second
	// warnEvery is how often an issuer that is away is complained of.
	warnEvery = 10 * time.Second
)

// Config is what a Guard is made from. Credentials and Transport are required.
type Config struct {
	// Credentials gives those of today; again says that the issuer has just refused the ones that it gave last.
	Credentials func(again bool) (Credentials, error)
	// Transport carries requests to the issuer; see NewTransport.
	Transport http.RoundTripper
	// Audiences restricts which tokens are good: those for one of them. The issuer's word alone counts when empty.
	Audiences []string
	// Cache is for how long the issuer's word on an active token is remembered; not at all when zero.
	Cache time.Duration
	// Metrics counts what is done; its own when nil.
	Metrics *Metrics
	// Log receives refusals at debug, and complaints of the issuer at warn; nobody does when nil.
	Log *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Guard answers a proxy that asks whether a request may pass. It is safe for concurrent use.
type Guard struct {
	Config

	issuer   *issuer
	cache    cache
	draining atomic.Bool
	warned   atomic.Int64 // when it was complained last, in nanoseconds since 1970
}

// New makes a guard.
func New(config Config) *Guard {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.Metrics == nil {
		config.Metrics = NewMetrics()
	}
	if config.Log == nil {
		config.Log = slog.New(slog.DiscardHandler)
	}
	client := newClient(config.Transport)
	return &Guard{
		Config: config,
		issuer: &issuer{
			credentials: config.Credentials, client: client, metrics: config.Metrics,
			site: &site{client: client, now: config.Now, turn: make(chan struct{}, 1)},
		},
		cache: cache{lifetime: config.Cache},
	}
}

// ServeHTTP answers 200 if the request may pass, and never in doubt. It knows no path but those of parseRequirement: an
// answer of another kind that a client can reach by way of its proxy might be taken for consent.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := g.Now()
	w.Header()["Cache-Control"] = []string{"no-store"}
	found, err := g.verify(r)
	status := http.StatusOK
	if err == nil {
		introduce(w.Header(), found)
	} else {
		status = g.refuse(w, r, err)
	}
	w.Header()["Content-Length"] = []string{"0"}
	if g.draining.Load() { // the proxy takes its next question elsewhere
		w.Header()["Connection"] = []string{"close"}
	}
	w.WriteHeader(status)
	g.Metrics.answers.WithLabelValues(strconv.Itoa(status)).Inc()
	g.Metrics.seconds.Observe(g.Now().Sub(began).Seconds())
}

// verify says what is known of the token of a request that may pass. The error is an *oauth.Error, or errNoRequirement.
func (g *Guard) verify(r *http.Request) (*introspection, error) {
	required, err := parseRequirement(r.URL.EscapedPath())
	if err != nil {
		return nil, err
	}
	token, err := bearer(r.Header)
	if err != nil {
		return nil, err
	}
	found, err := g.inspect(r, token)
	if err != nil {
		return nil, err
	}
	if err := admit(found, required, g.Audiences); err != nil {
		return nil, err
	}
	return found, nil
}

var (
	errSeveral = errors.New("there is more than one Authorization header")
	errLong    = errors.New("the token is too long")
)

// bearer reads the one access token. What else could be wrong with its header is answered as a token that is no good:
// nginx takes no other answer than 401 and 403.
func bearer(h http.Header) (string, error) {
	if len(h["Authorization"]) > 1 {
		return "", oauth.RefuseToken(errSeveral)
	}
	token, err := oauth.BearerInHeader(h)
	if len(token) > maxToken {
		return "", oauth.RefuseToken(errLong)
	}
	return token, err
}

// inspect takes the issuer's word, or remembers it.
func (g *Guard) inspect(r *http.Request, token string) (*introspection, error) {
	now := g.Now()
	if found := g.cache.get(token, now); found != nil {
		g.Metrics.hits.Inc()
		return found, nil
	}
	found, err := g.issuer.introspect(r.Context(), token)
	switch {
	case err == nil:
		g.cache.put(token, found, now)
		return found, nil
	case errors.Is(err, errInactive), errors.Is(err, errBound):
		return nil, oauth.RefuseToken(err)
	default:
		return nil, oauth.Unavailable(retryAfter, err)
	}
}

// introduce tells who the request comes from. Every header is always there: one that is missing might be the client's
// own.
func introduce(h http.Header, found *introspection) {
	expires := ""
	if !found.Expires.IsZero() {
		expires = strconv.FormatInt(found.Expires.Unix(), 10)
	}
	h["X-Auth-Subject"] = []string{found.Subject}
	h["X-Auth-Client-Id"] = []string{found.ClientID}
	h["X-Auth-Scope"] = []string{found.Scopes.String()}
	h["X-Auth-Expires"] = []string{expires}
}

// refuse sets the headers of a refusal and returns its status. It is the only place that turns an error into either.
func (g *Guard) refuse(w http.ResponseWriter, r *http.Request, err error) int {
	g.Log.DebugContext(r.Context(), "Refusing a request", "cause", err)
	if errors.Is(err, errNoRequirement) {
		return http.StatusNotFound
	}
	refusal := oauth.From(err)
	if challenge := refusal.BearerHeader(); challenge != "" {
		w.Header()["Www-Authenticate"] = []string{challenge}
	}
	if refusal.RetryAfter > 0 {
		w.Header()["Retry-After"] = []string{strconv.Itoa(int(refusal.RetryAfter.Seconds()))}
	}
	if refusal.Code == oauth.TemporarilyUnavailable && !errors.Is(err, errThrottled) && r.Context().Err() == nil {
		g.warn(r, err)
	}
	return refusal.Status()
}

// warn complains now and then.
func (g *Guard) warn(r *http.Request, err error) {
	now, last := g.Now().UnixNano(), g.warned.Load()
	if now-last >= int64(warnEvery) && g.warned.CompareAndSwap(last, now) {
		g.Log.WarnContext(r.Context(), "Refusing requests, since the issuer cannot be asked", "cause", err)
	}
}
