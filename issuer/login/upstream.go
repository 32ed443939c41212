package login

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/seal"
)

var (
	// ErrUpstreamAway says that an upstream identity provider cannot be reached, or does not work. The same may succeed
	// later.
	ErrUpstreamAway = errors.New("login: the identity provider cannot be reached")
	// ErrUpstreamRefused says that it answered no: the person gave up, or it does not let them in.
	ErrUpstreamRefused = errors.New("login: the identity provider did not log the person in")
	// ErrUpstreamAnswer says that its answer proves nothing: somebody may have tampered with it, or mixed it up with
	// another's.
	ErrUpstreamAnswer = errors.New("login: the answer of the identity provider is not valid")
	// ErrGone says that it knows the person no longer, or has ended what they allowed.
	ErrGone = errors.New("login: the identity provider knows the person no longer")
)

// Upstream is an identity provider elsewhere, of which this issuer is a client (OpenID Connect Core). Nothing is asked
// of it before somebody wants to log in there. It is safe for concurrent use.
type Upstream struct {
	rules    registration.IdentityProvider
	redirect string
	secret   string
	claims   *ClaimMap
	site     site
	now      func() time.Time
}

// Ask is what an authorization request passes on to the upstream identity provider.
type Ask struct {
	// Prompt is for a new login, although one may be there (OpenID Connect Core section 3.1.2.1); empty for none.
	Prompt    string
	MaxAge    *time.Duration
	LoginHint string
}

// NewUpstream prepares for a provider that is elsewhere, which sends its answers to redirect. The error says what is
// wrong with the mapping of its claims.
func NewUpstream(rules registration.IdentityProvider, secret, redirect string, transport http.RoundTripper, now func() time.Time) (*Upstream, error) {
	claims, err := CompileClaims(rules.OIDC.Claims)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrClaims, err)
	}
	u := &Upstream{rules: rules, redirect: redirect, secret: secret, claims: claims, now: now}
	u.site = site{issuer: rules.OIDC.Issuer, client: newHTTPClient(transport), turn: make(chan struct{}, 1), now: now}
	return u, nil
}

// Begin is the address that the browser of a flow is to be sent to (OpenID Connect Core section 3.1.2.1). The error
// wraps ErrUpstreamAway or ErrFlowSize.
func (u *Upstream) Begin(ctx context.Context, sealer *seal.Sealer, flow Flow, ask Ask) (string, error) {
	found, err := u.site.discover(ctx)
	if err != nil {
		return "", err
	}
	ticket := newTicket(flow, u.rules.Name)
	state, err := ticket.seal(sealer, u.now())
	if err != nil {
		return "", err
	}
	ask.Prompt = u.prompt(ask.Prompt)
	options := append(ask.options(), oauth2.S256ChallengeOption(ticket.Verifier), oidc.Nonce(ticket.Nonce))
	return u.client(found).AuthCodeURL(state, options...), nil
}

// prompt asks for consent beside all else where a refresh token is wanted: without it a provider may ignore
// offline_access, and says nothing (OpenID Connect Core section 11).
func (u *Upstream) prompt(asked string) string {
	const consent = "consent"
	if !slices.Contains(u.rules.OIDC.Scopes, "offline_access") {
		return asked
	}
	return strings.TrimSpace(asked + " " + consent)
}

func (a Ask) options() []oauth2.AuthCodeOption {
	var options []oauth2.AuthCodeOption
	if a.Prompt != "" {
		options = append(options, oauth2.SetAuthURLParam("prompt", a.Prompt))
	}
	if a.MaxAge != nil {
		options = append(options, oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(a.MaxAge.Seconds()))))
	}
	if a.LoginHint != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", a.LoginHint))
	}
	return options
}

// Finish makes an identity of the answer that came back with a ticket. It returns the refresh token, too, if there is
// one, which may be longer than MaxRefreshToken. The error wraps one of this package's.
func (u *Upstream) Finish(ctx context.Context, ticket *Ticket, answer url.Values) (Identity, string, error) {
	ctx, cancel := context.WithTimeout(ctx, loginPatience)
	defer cancel()
	found, err := u.site.discover(ctx)
	if err != nil {
		return Identity{}, "", err
	}
	if err := u.checkAnswer(found, answer); err != nil {
		return Identity{}, "", err
	}
	tokens, err := u.client(found).Exchange(u.site.with(ctx), answer.Get("code"), oauth2.VerifierOption(ticket.Verifier))
	if err != nil {
		return Identity{}, "", u.site.failed(err, ErrUpstreamAnswer)
	}
	said, err := u.read(ctx, found, tokens)
	if err != nil {
		return Identity{}, "", err
	}
	if said.text("nonce") != ticket.Nonce {
		return Identity{}, "", fmt.Errorf("%w: the nonce of the ID token is another", ErrUpstreamAnswer)
	}
	identity, err := u.identity(ctx, said)
	if err != nil {
		return Identity{}, "", err
	}
	return identity, tokens.RefreshToken, nil
}

// MaxRefreshToken bounds a refresh token of an upstream identity provider, in bytes: it is kept, sealed, with the grant.
const MaxRefreshToken = 4 << 10

// checkAnswer refuses what is no authorization response of this provider's. Who it is from stands in its iss (RFC
// 9207), and in the address that it came to, which is for this provider alone (RFC 9700 section 4.4.2).
func (u *Upstream) checkAnswer(found *discovered, answer url.Values) error {
	for _, values := range answer {
		if len(values) > 1 { // RFC 6749 section 3.1
			return fmt.Errorf("%w: a parameter came more than once", ErrUpstreamAnswer)
		}
	}
	from := answer.Get("iss")
	switch {
	case from != u.rules.OIDC.Issuer && (from != "" || found.issInResponse):
		return fmt.Errorf("%w: its iss is another", ErrUpstreamAnswer)
	case answer.Get("error") != "":
		return fmt.Errorf("%w: %s", ErrUpstreamRefused, code(answer.Get("error")))
	case answer.Get("code") == "":
		return fmt.Errorf("%w: there is no code", ErrUpstreamAnswer)
	default:
		return nil
	}
}

// client is what x/oauth2 needs to know.
func (u *Upstream) client(found *discovered) *oauth2.Config {
	endpoint := found.provider.Endpoint()
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if u.secret == "" || !found.basic() {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: u.rules.OIDC.ClientID, ClientSecret: u.secret, Endpoint: endpoint, RedirectURL: u.redirect,
		Scopes: slices.Clone(u.rules.OIDC.Scopes),
	}
}

// code is an error code, if it looks like one.
func code(text string) oauth.Code {
	const longest = 64
	if len(text) > longest || !errorCode.MatchString(text) {
		return "an error without a proper code"
	}
	return oauth.Code(text)
}
