package grant

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
)

// Request is a request for tokens, by a client that has authenticated.
type Request struct {
	*oauth.TokenRequest

	Client *policy.Client
	// Sealer opens and makes sealed values; nil at an issuer where nobody logs in.
	Sealer *seal.Sealer
	Now    time.Time
}

// Granted is what the tokens may say.
type Granted struct {
	policy.Grant

	// Subject is the principal that the token speaks for (RFC 9068 section 2.2).
	Subject string
	// Authorization is what a resource owner allowed; nil where a client speaks for itself.
	Authorization *store.Grant
	// Data is what the authorization keeps to itself.
	Data Data
	// RefreshToken is the next one, sealed; empty where there is none.
	RefreshToken string
	// Nonce belongs into the ID token (OpenID Connect Core section 2).
	Nonce string
	// Ended are the grants of the same resource owner that made way for a new one.
	Ended []store.Grant
}

// Directory knows the resource owners of the issuer's identity providers.
type Directory interface {
	// Present tells whether the resource owner may still log in, and what they allowed in that epoch still counts.
	Present(provider, subject, epoch string) bool
	// InDoubt tells whether a resource owner who is not present may come back with all that they began: nobody knows, as long as
	// an entry cannot be read.
	InDoubt(provider, subject, username string) bool
}

// Authorizer proves grants. All fields are required but Index and Elsewhere.
type Authorizer struct {
	Grants store.Grants
	// Index finds the grants of a person, of whom none may have too many; nobody's are counted when nil.
	Index       store.GrantIndex
	Revocations store.Revocations
	Marks       store.Marks
	Directory   Directory
	Polls       *Polls
	// Elsewhere asks after people who logged in elsewhere; nobody is asked after when nil.
	Elsewhere Elsewhere

	rooms oneByOne // by person
}

// ErrReused marks the refusal of a code, device code or refresh token that was used before: whoever holds it may have stolen
// it, so its grant has ended (RFC 6749 section 4.1.2, RFC 9700 section 4.14.2).
var ErrReused = errors.New("used before: its grant has ended")

// ErrGuessed marks the refusal of a code whose verifier is wrong: it was burnt.
var ErrGuessed = errors.New("wrong code_verifier: the code was burnt")

type authorizer func(*Authorizer, context.Context, *Request) (Granted, error)

// authorizers holds the grant types that are served. A new one is a file, a line here and a row in TestAuthorize.
var authorizers = map[string]authorizer{
	ClientCredentials: (*Authorizer).clientCredentials,
	AuthorizationCode: (*Authorizer).authorizationCode,
	RefreshToken:      (*Authorizer).refreshToken,
	DeviceCode:        (*Authorizer).deviceCode,
}

// Types lists the grant types that are served, sorted: where people log in, and where only clients speak for themselves.
func Types(people bool) []string {
	if !people {
		return []string{ClientCredentials}
	}
	return slices.Sorted(maps.Keys(authorizers))
}

// Authorize answers req. The error is an *oauth.Error. Whether the client may use the grant type at all is judged before its
// code or token is looked at: the refusal names what has to change, and nothing is used up.
func (a *Authorizer) Authorize(ctx context.Context, req *Request) (Granted, error) {
	authorize, ok := authorizers[req.GrantType]
	if !ok || req.GrantType != ClientCredentials && req.Sealer == nil {
		return Granted{}, oauth.UnsupportedGrantType.Refusef("this issuer does not serve the grant type %s", req.GrantType)
	}
	if err := req.Client.MayUse(req.GrantType); err != nil {
		return Granted{}, err
	}
	return authorize(a, ctx, req)
}

// unavailable is how long a client should wait for a store that is away.
const unavailable = 2 * time.Second

// StoreFailed answers for a store that could not do what it was asked.
func StoreFailed(err error) error {
	if errors.Is(err, store.ErrUnavailable) || errors.Is(err, store.ErrFull) {
		return oauth.Unavailable(unavailable, err)
	}
	return oauth.ServerError.Hide(err)
}
