package grant

import (
	"context"
	"errors"
	"time"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/store"
)

// AuthorizationCode redeems what the authorization endpoint sent by way of the browser (RFC 6749 section 4.1.3).
const AuthorizationCode = "authorization_code"

// OfflineAccess is the scope of a grant that outlives its login session (OpenID Connect Core section 11).
const OfflineAccess = policy.OfflineAccess

// authorizationCode proves that the client is the one that began (RFC 7636) and that nobody redeemed the code before. The
// grant is stored before anything is minted: that it can be created only once is what makes the code single-use.
func (a *Authorizer) authorizationCode(ctx context.Context, req *Request) (Granted, error) {
	code, err := a.checkCode(ctx, req)
	if err != nil {
		return Granted{}, err
	}
	data, err := a.whole(ctx, req, code)
	if err != nil {
		return Granted{}, err
	}
	by := policy.Authorized{Scopes: code.Scopes, Resources: code.Resources}
	allowed, err := req.Client.Narrow(policy.Request{GrantType: req.GrantType, Scopes: req.Scopes, Resources: req.Resources}, by)
	if err != nil {
		return Granted{}, err
	}
	grant, err := newGrant(req, code, data, allowed.Lifetime)
	if err != nil {
		return Granted{}, oauth.ServerError.Hide(err)
	}
	if grant, err = a.Grants.Create(ctx, grant); err != nil {
		return Granted{}, a.refuseReuse(ctx, grant.ID, err)
	}
	granted := Granted{Grant: allowed, Subject: grant.Subject, Authorization: &grant, Data: data, Nonce: code.Nonce}
	granted.Ended = a.makeRoom(ctx, &grant, req.Now)
	granted.RefreshToken, err = nextToken(req, &grant)
	return granted, err
}

// checkCode reads the code and holds it to what it was made for. Client authentication is settled, so nobody else's
// mistakes burn a code; a wrong verifier does, since only a thief guesses.
func (a *Authorizer) checkCode(ctx context.Context, req *Request) (*Code, error) {
	code, err := readCode(req)
	if err != nil {
		return nil, err
	}
	switch {
	case req.RedirectURI != "" && !code.wentTo(req.RedirectURI):
		return nil, oauth.InvalidGrant.Refusef("redirect_uri differs from the one that the code was sent to")
	case req.CodeVerifier == "":
		return nil, oauth.InvalidGrant.Refusef("code_verifier is missing")
	case oauth.VerifyChallenge(code.Challenge, req.CodeVerifier) != nil:
		return nil, a.burn(ctx, req, code)
	case a.revoked(code, code.Epoch), code.sessionOver(req.Now):
		return nil, errCode(errRevoked)
	default:
		return code, nil
	}
}

// readCode reads a code of the client that asks.
func readCode(req *Request) (*Code, error) {
	if req.Code == "" {
		return nil, oauth.InvalidRequest.Refusef("code is missing")
	}
	code, err := openCode(req.Sealer, req.Code, req.Now)
	if err != nil {
		return nil, errCode(err)
	}
	owner := req.Client.Registration().Owner.UID
	if !code.isOf(req.Client.ID(), owner) {
		return nil, errCode(errForeign)
	}
	code.ClientID, code.ClientUID = req.Client.ID(), owner
	return code, nil
}

// whole finds what of a code is parked, and is what its grant keeps to itself.
func (a *Authorizer) whole(ctx context.Context, req *Request, code *Code) (Data, error) {
	parking := Parking{Marks: a.Marks, Sealer: req.Sealer}
	var err error
	if code.parked {
		var parked Parked
		if parked, err = parking.Get(ctx, code.ID, code.Subject); err == nil {
			err = code.decodeRest(parked.Rest)
		}
	}
	data := code.data()
	if err == nil {
		err = parking.fetch(ctx, code.Places, code.Subject, code.Issued, &data)
	}
	switch {
	case err == nil && code.parked && a.revoked(code, code.Epoch): // by the name, which was parked
		return data, errCode(errRevoked)
	case err == nil:
		return data, nil
	case errors.Is(err, ErrLost):
		return data, a.refuseLost(ctx, code.grantID(), err)
	default:
		return data, StoreFailed(err)
	}
}

// refuseLost answers for a code whose rest is gone. If it was redeemed before, that counts as ever.
func (a *Authorizer) refuseLost(ctx context.Context, id string, lost error) error {
	switch _, err := a.Grants.Get(ctx, id, store.Latest); {
	case err == nil:
		return a.refuseReuse(ctx, id, store.ErrExists)
	case errors.Is(err, store.ErrNotFound):
		return errCode(lost)
	default:
		return StoreFailed(err)
	}
}

// revoked tells whether the resource owner logged out or got another password, or somebody intervened, since the code was
// made.
func (a *Authorizer) revoked(code *Code, epoch string) bool {
	return !a.Directory.Present(code.Provider, code.Subject, epoch) || a.Revocations.Revoked(store.Issued{
		SessionID: code.SessionID, ClientID: code.ClientID, Subject: code.Subject,
		User: store.User{Provider: code.Provider, Username: code.Username}, At: time.Unix(code.Issued, 0),
	})
}

// burn leaves a tombstone in the place of the grant, so that the code is worth nothing to whoever finds the verifier next.
func (a *Authorizer) burn(ctx context.Context, req *Request, code *Code) error {
	grant, err := newGrant(req, code, Data{}, 0)
	if err != nil {
		return oauth.ServerError.Hide(err)
	}
	grant.RevokedAt = req.Now
	if _, err := a.Grants.Create(ctx, grant); err != nil {
		return a.refuseReuse(ctx, grant.ID, err)
	}
	return oauth.InvalidGrant.Because(ErrGuessed, "code_verifier does not match the code_challenge")
}

// refuseReuse ends the grant of a code that was redeemed before: one of the two who hold it stole it.
func (a *Authorizer) refuseReuse(ctx context.Context, id string, err error) error {
	if !errors.Is(err, store.ErrExists) {
		return StoreFailed(err)
	}
	if err := a.Grants.Revoke(ctx, id); err != nil {
		return StoreFailed(err)
	}
	return errCode(ErrReused)
}

// newGrant is the grant of a code that was redeemed for a token of that lifetime.
func newGrant(req *Request, code *Code, data Data, lifetime time.Duration) (store.Grant, error) {
	owner := req.Client.Registration().Owner
	sealed, err := data.seal(req.Sealer, req.Now)
	now := req.Now.UTC().Truncate(time.Second)
	grant := store.Grant{
		ID:      code.grantID(),
		Client:  store.Client{ID: code.ClientID, Namespace: owner.Namespace, Name: owner.Name, UID: owner.UID},
		Subject: code.Subject, Username: code.Username, Provider: code.Provider,
		SessionID: code.SessionID, Offline: req.Client.MayStay(code.Scopes), ByPlatform: code.ByPlatform,
		Scopes: code.Scopes, Resources: code.Resources,
		AuthTime: time.Unix(code.AuthTime, 0).UTC(), ACR: code.ACR, AMR: code.AMR,
		CreatedAt: now, CodeExpires: code.expires(), Expires: now.Add(lifetime), LastUsed: now, Sealed: sealed,
	}
	if rules := refreshRules(req.Client); rules != nil {
		grant.Expires = latest(grant.Expires, now.Add(time.Duration(rules.Lifetime)*time.Second))
		grant.Sequence, grant.Idle = 1, idleOf(req.Client.Registration())
	}
	code.tie(&grant, req.Client.Registration().BackchannelLogoutURI != "", lifetime)
	return grant, err
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

var (
	errForeign = errors.New("it is another client's")
	errRevoked = errors.New("it was revoked, its login session has ended, or its resource owner is gone")
)

// errCode tells the client no more than that the code is not valid.
func errCode(cause error) error { return oauth.InvalidGrant.Because(cause, "the code is not valid") }
