package forwardauth

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"tokenwright.dev/issuer/oauth"
)

const (
	// maxToken bounds an access token, in bytes. Proxies take no longer header than this either.
	maxToken = 8 << 10
	// retryAfter is when a proxy's client may try again if the issuer is away.
	retryAfter = time.Second
)

// Config is what a Guard is made from. Credentials and Transport are required.
type Config struct {
	// Credentials gives those of today; again says that the issuer has just refused the ones that it gave last.
	Credentials func(again bool) (Credentials, error)
	// Transport carries requests to the issuer; see NewTransport.
	Transport http.RoundTripper
	// Audiences restricts which tokens are good: those for one of them. The issuer's word alone counts when empty.
	Audiences []string
	// Resources are guarded as well as Audiences, and described to clients (RFC 9728); see CheckResources.
	Resources []Resource
	// ScopesSupported are named in that description.
	ScopesSupported []string
	// Tail is what the proxy may put behind a path.
	Tail Tail
	// MethodHeader and URLHeader are where the proxy says what it was asked for. The question's own method counts where
	// there is no MethodHeader. The URLHeader tells several resources apart.
	MethodHeader, URLHeader HeaderName
	// PassPreflights lets CORS preflights pass, so that the API answers them.
	PassPreflights bool
	// Origins are those of scripts that may read refusals; see ParseOrigin.
	Origins []string
	// Cache is for how long the issuer's word on an active token is remembered; not at all when zero.
	Cache time.Duration
	// Metrics counts what is done; its own when nil.
	Metrics *Metrics
	// Log receives refusals at debug, complaints of the issuer at warn and of the proxy at error; nobody does when nil.
	Log *slog.Logger
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Guard answers a proxy that asks whether a request may pass. It is safe for concurrent use.
type Guard struct {
	Config

	issuer     *issuer
	cache      cache
	draining   atomic.Bool
	complaints complaints
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
	config.Audiences = slices.Clone(config.Audiences)
	for _, resource := range config.Resources {
		config.Audiences = append(config.Audiences, resource.ID)
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

// ServeHTTP answers 200 if the request may pass, and never in doubt. It knows no path but those of parseRequirement,
// and of the metadata of resources: an answer of another kind that a client can reach by way of its proxy might be
// taken for consent.
func (g *Guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := g.Now()
	w.Header()["Cache-Control"] = []string{"no-store"}
	path := r.URL.EscapedPath()
	if len(g.Resources) > 0 && strings.HasPrefix(path, wellKnown) {
		g.describe(w, r, described(g.Resources, path))
		return
	}
	status := g.answer(w, r, path)
	w.Header()["Content-Length"] = []string{"0"}
	if g.draining.Load() { // the proxy takes its next question elsewhere
		w.Header()["Connection"] = []string{"close"}
	}
	w.WriteHeader(status)
	g.Metrics.answers.WithLabelValues(strconv.Itoa(status)).Inc()
	g.Metrics.seconds.Observe(g.Now().Sub(began).Seconds())
}

// answer sets the headers of an answer to the proxy, and returns its status.
func (g *Guard) answer(w http.ResponseWriter, r *http.Request, path string) int {
	var q question
	var found *introspection
	err := q.read(r, path, &g.Config)
	switch {
	case err != nil:
	case g.PassPreflights && preflight(q.method, r.Header):
		found = new(introspection)
		g.Metrics.preflights.Inc()
	default:
		found, err = g.verify(r, q.required)
	}
	if err != nil {
		return g.refuse(w, r, &q, err)
	}
	introduce(w.Header(), found)
	return http.StatusOK
}

// question is what a proxy asks: whether a request may pass.
type question struct {
	original

	required oauth.Scopes
}

// read takes from r what the proxy asks. The error is misconfigured.
func (q *question) read(r *http.Request, path string, c *Config) (err error) {
	query := r.URL.RawQuery != "" || r.URL.ForceQuery
	if q.required, err = parseRequirement(path, query, c.Tail); err != nil {
		return err
	}
	q.original, err = readOriginal(r, c.MethodHeader, c.URLHeader)
	return err
}

// verify says what is known of the token of a request that may pass. The error is an *oauth.Error.
func (g *Guard) verify(r *http.Request, required oauth.Scopes) (*introspection, error) {
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
