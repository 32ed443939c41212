package grant

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
)

// RefreshToken gets the next tokens without asking the resource owner again (RFC 6749 section 6).
const RefreshToken = "refresh_token"

// Refresh is what a refresh token stands for.
type Refresh struct {
	GrantID   string `json:"grant"`
	Sequence  int64  `json:"n"`
	ClientUID string `json:"uid"`
}

// OpenRefresh reads a refresh token. The error is seal.ErrSealed.
func OpenRefresh(sealer *seal.Sealer, sealed string) (Refresh, error) {
	var token Refresh
	plain, err := sealer.Open(seal.RefreshToken, sealed)
	if err == nil && json.Unmarshal(plain, &token) != nil {
		err = seal.ErrSealed
	}
	return token, err
}

// refreshToken proves that the grant is live and that this is its present token. What may be asked for is decided before
// anything is written, so a request that is refused uses nothing up.
func (a *Authorizer) refreshToken(ctx context.Context, req *Request) (Granted, error) {
	if req.RefreshToken == "" {
		return Granted{}, oauth.InvalidRequest.Refusef("refresh_token is missing")
	}
	token, err := OpenRefresh(req.Sealer, req.RefreshToken)
	if err != nil {
		return Granted{}, errRefresh(err)
	}
	if token.ClientUID != req.Client.Registration().Owner.UID {
		return Granted{}, errRefresh(errForeign)
	}
	looks := []store.Freshness{store.AtHand, store.Latest}
	const attempts = 4
	for range attempts {
		grant, err := a.use(ctx, req, token, looks)
		if err == nil || !errors.Is(err, store.ErrConflict) {
			return grant, err
		}
		looks = looks[len(looks)-1:] // another replica was faster, so what is at hand is out of date
	}
	return Granted{}, oauth.Unavailable(unavailable, store.ErrConflict)
}

// use takes the grant as it is now. It fails with store.ErrConflict if another replica was faster.
func (a *Authorizer) use(ctx context.Context, req *Request, token Refresh, looks []store.Freshness) (Granted, error) {
	rules := refreshRules(req.Client)
	if rules == nil {
		return Granted{}, oauth.UnauthorizedClient.Refusef("this client may not use the grant type %s", RefreshToken)
	}
	grant, next, err := a.find(ctx, req, token, rules, looks)
	if err != nil {
		return Granted{}, err
	}
	by := policy.Authorized{Scopes: grant.Scopes, Resources: grant.Resources}
	allowed, err := req.Client.Narrow(policy.Request{GrantType: req.GrantType, Scopes: req.Scopes, Resources: req.Resources}, by)
	if err != nil {
		return Granted{}, err
	}
	if err := a.recheck(ctx, req, &grant); err != nil {
		return Granted{}, err
	}
	if err := a.advance(ctx, req, &grant, next); err != nil {
		return Granted{}, err
	}
	granted := Granted{
		Grant: allowed, Subject: grant.Subject, Authorization: &grant, Data: OpenData(req.Sealer, grant.Sealed),
	}
	if granted.RefreshToken = sameToken(req, token, &grant); granted.RefreshToken == "" {
		granted.RefreshToken, err = nextToken(req, &grant)
	}
	return granted, err
}

// sameToken is the refresh token that was sent, where it stays the present one: clients that save what has changed have
// nothing to save, and whoever looks sees that it did not rotate. It is empty where the next one differs, and where another
// sealing key is due by now: tokens in use move to the new key by themselves, so the old one can go without harm to them.
func sameToken(req *Request, token Refresh, grant *store.Grant) string {
	if token.Sequence != grant.Sequence || !req.Sealer.Due(seal.RefreshToken, req.RefreshToken, req.Now) {
		return ""
	}
	return req.RefreshToken
}

// find reads the grant and judges the token. What this replica has at hand is enough for everyday use; whatever looks out
// of order is looked up in the store before anybody is refused for it.
func (a *Authorizer) find(
	ctx context.Context, req *Request, token Refresh, rules *registration.RefreshTokenRules, looks []store.Freshness,
) (store.Grant, turn, error) {
	var (
		grant store.Grant
		next  turn
	)
	for _, fresh := range looks {
		var err error
		if grant, err = a.Grants.Get(ctx, token.GrantID, fresh); errors.Is(err, store.ErrNotFound) {
			return grant, next, errRefresh(err)
		} else if err != nil {
			return grant, next, StoreFailed(err)
		}
		next = turnOf(token.Sequence, &grant, rules, req.Now)
		if next != reuse && next != unheard && !ended(&grant, rules, req.Now) {
			return grant, next, a.stillThere(req, &grant)
		}
	}
	if ended(&grant, rules, req.Now) || next == unheard {
		return grant, next, errRefresh(errEnded)
	}
	if err := a.Grants.Revoke(ctx, grant.ID); err != nil {
		return grant, next, StoreFailed(err)
	}
	return grant, next, errRefresh(ErrReused)
}

// stillThere refuses for a resource owner who is gone, or whose tokens were revoked. While nobody knows whether they are gone,
// the client is to come again: it throws away what is not valid.
func (a *Authorizer) stillThere(req *Request, grant *store.Grant) error {
	err := a.Stands(req.Sealer, grant)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrEpoch) && a.Directory.InDoubt(grant.Provider, grant.Subject, grant.Username):
		return oauth.Unavailable(untilRepaired, err)
	default:
		return errRefresh(err)
	}
}

// untilRepaired is how long a client should wait for somebody to repair a file.
const untilRepaired = time.Minute

// advance writes what the use of a token changes. A time of last use that cannot be written is no reason to refuse; a
// rotation is.
func (a *Authorizer) advance(ctx context.Context, req *Request, grant *store.Grant, next turn) error {
	registered, now := req.Client.Registration(), req.Now.UTC().Truncate(time.Second)
	noted := *grant
	noted.LastUsed, noted.Idle = now, idleOf(registered)
	switch {
	case next == rotate:
		noted.Sequence, noted.RotatedAt = grant.Sequence+1, now
		written, err := a.Grants.Update(ctx, noted)
		if err != nil {
			return rotationFailed(err)
		}
		*grant = written
	case next == proceed && worthNoting(grant, registered, now):
		if written, err := a.Grants.Update(ctx, noted); err == nil {
			*grant = written
		}
	}
	return nil
}

// rotationFailed leaves a conflict to be tried again.
func rotationFailed(err error) error {
	switch {
	case errors.Is(err, store.ErrConflict):
		return store.ErrConflict
	case errors.Is(err, store.ErrNotFound):
		return errRefresh(err)
	default:
		return StoreFailed(err)
	}
}

// nextToken seals the refresh token that is to be used next; none for a client that may not use one.
func nextToken(req *Request, grant *store.Grant) (string, error) {
	if refreshRules(req.Client) == nil || grant.Sequence == 0 {
		return "", nil
	}
	plain, err := json.Marshal(Refresh{GrantID: grant.ID, Sequence: grant.Sequence, ClientUID: grant.Client.UID})
	if err != nil {
		return "", oauth.ServerError.Hide(err)
	}
	sealed, err := req.Sealer.Seal(seal.RefreshToken, plain, req.Now)
	if err != nil {
		return "", oauth.Unavailable(unavailable, err)
	}
	return sealed, nil
}

// refreshRules are those of a client that may refresh; nil for any other.
func refreshRules(client *policy.Client) *registration.RefreshTokenRules {
	r := client.Registration()
	if !slices.Contains(r.GrantTypes, RefreshToken) {
		return nil
	}
	return r.RefreshToken
}

var errEnded = errors.New("its grant is over")

// errRefresh tells the client no more than that the refresh token is not valid.
func errRefresh(cause error) error {
	return oauth.InvalidGrant.Because(cause, "the refresh token is not valid")
}
