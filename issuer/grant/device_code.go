package grant

import (
	"context"
	"errors"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/store"
)

// DeviceCode gets tokens for a device whose resource owner uses another one to log in (RFC 8628 section 3.4).
const DeviceCode = "urn:ietf:params:oauth:grant-type:device_code"

// deviceCode asks whether the resource owner has answered. As with a code the grant is stored before anything is minted,
// under a name that follows from the device code: however many requests come at once, and wherever, one gets tokens.
func (a *Authorizer) deviceCode(ctx context.Context, req *Request) (Granted, error) {
	half, err := a.checkDevice(req)
	if err != nil {
		return Granted{}, err
	}
	device, err := a.answered(ctx, req, half)
	if err != nil {
		return Granted{}, err
	}
	by := policy.Authorized{Scopes: device.Scopes, Resources: device.Resources}
	allowed, err := req.Client.Narrow(policy.Request{GrantType: req.GrantType, Scopes: req.Scopes, Resources: req.Resources}, by)
	if err != nil {
		return Granted{}, err
	}
	data := OpenData(req.Sealer, device.Sealed)
	grant, err := newGrant(req, device.code(), data, allowed.Lifetime)
	if err != nil {
		return Granted{}, oauth.ServerError.Hide(err)
	}
	grant.ID, grant.CodeExpires = half.grantID(), half.expires()
	if grant, err = a.Grants.Create(ctx, grant); err != nil {
		return Granted{}, a.refuseSpent(ctx, req, &grant, err)
	}
	_ = a.Marks.Delete(ctx, DeviceMark, string(half.UserCode)) // the grant has the answer; a mark that stays only expires later
	granted := Granted{Grant: allowed, Subject: grant.Subject, Authorization: &grant, Data: data}
	granted.Ended = a.makeRoom(ctx, &grant, req.Now)
	granted.RefreshToken, err = nextToken(req, &grant)
	return granted, err
}

// checkDevice reads the device code, and holds the device to its interval. Client authentication is settled, so nobody but
// the client itself can make it wait.
func (a *Authorizer) checkDevice(req *Request) (*deviceHalf, error) {
	if req.DeviceCode == "" {
		return nil, oauth.InvalidRequest.Refusef("device_code is missing")
	}
	half, err := openDevice(req.Sealer, req.DeviceCode)
	if err != nil {
		return nil, errDevice(err)
	}
	switch {
	case half.ClientUID != req.Client.Registration().Owner.UID:
		return nil, errDevice(errForeign)
	case !req.Now.Before(half.expires()):
		return nil, oauth.ExpiredToken.Refusef("the device code has expired: ask for a new one")
	case a.Polls.early(half.ID, half.expires(), req.Now):
		return nil, oauth.SlowDown.Refusef("wait five seconds longer between requests")
	default:
		return half, nil
	}
}

// answered finds the device, which its resource owner must have approved.
func (a *Authorizer) answered(ctx context.Context, req *Request, half *deviceHalf) (*Device, error) {
	mark, err := a.Marks.Get(ctx, DeviceMark, string(half.UserCode))
	if errors.Is(err, store.ErrNotFound) {
		return nil, a.refuseGone(ctx, req, half)
	}
	if err != nil {
		return nil, StoreFailed(err)
	}
	device, err := ReadDevice(mark)
	switch {
	case err != nil:
		return nil, oauth.ServerError.Hide(err)
	case device.ID != half.ID: // the code was drawn again, for another device
		return nil, errDevice(errDeviceGone)
	case device.Answer == Pending:
		return nil, oauth.AuthorizationPending.Refusef("nobody has answered yet")
	case device.Answer != Approved:
		return nil, oauth.AccessDenied.Refusef("the resource owner denied the request")
	case a.revoked(device.code(), OpenData(req.Sealer, device.Sealed).Epoch), device.code().sessionOver(req.Now):
		return nil, errDevice(errRevoked)
	default:
		return device, nil
	}
}

// refuseGone answers for a device that waits no longer: most likely it has its tokens. If it has not, it is over before its
// time (RFC 8628 section 3.5).
func (a *Authorizer) refuseGone(ctx context.Context, req *Request, half *deviceHalf) error {
	grant, err := a.Grants.Get(ctx, half.grantID(), store.AtHand)
	switch {
	case err == nil:
		return a.refuseSpent(ctx, req, &grant, store.ErrExists)
	case errors.Is(err, store.ErrNotFound): // it made way for another, and may begin anew
		return oauth.ExpiredToken.Because(errDeviceGone, "the device waits no longer: ask for a new device code")
	default:
		return StoreFailed(err)
	}
}

// refuseSpent answers for a device code that has got its tokens. Within an interval that is a request which crossed the
// answer on its way, and the tokens are good (RFC 8628 says nothing of it). Later it is somebody else's copy, or a device
// that never got its answer, and either way the grant is better over, as that of a code is (RFC 6749 section 4.1.2).
func (a *Authorizer) refuseSpent(ctx context.Context, req *Request, grant *store.Grant, err error) error {
	if !errors.Is(err, store.ErrExists) {
		return StoreFailed(err)
	}
	if !grant.RevokedAt.IsZero() || req.Now.Before(grant.CreatedAt.Add(DeviceInterval)) {
		return errDevice(errDeviceGone)
	}
	if err := a.Grants.Revoke(ctx, grant.ID); err != nil {
		return StoreFailed(err)
	}
	return errDevice(ErrReused)
}

var errDeviceGone = errors.New("it has got its tokens, or waits no longer")

// errDevice tells the client no more than that the device code is not valid.
func errDevice(cause error) error {
	return oauth.InvalidGrant.Because(cause, "the device code is not valid")
}
