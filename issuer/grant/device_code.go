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
	half, err := a.checkDevice(ctx, req)
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
	if err := a.unpark(ctx, req, device, &data); err != nil {
		return Granted{}, err
	}
	grant, err := newGrant(req, device.code(), data, allowed.Lifetime)
	if err != nil {
		return Granted{}, oauth.ServerError.Hide(err)
	}
	grant.ID, grant.CodeExpires = half.grantID(), half.expires()
	if grant, err = a.Grants.Create(ctx, grant); err != nil {
		return Granted{}, a.refuseAgain(ctx, req, half, &grant, err)
	}
	a.Polls.spent(half.ID, half.expires(), grant.CreatedAt, false)
	_ = a.Marks.Delete(ctx, DeviceMark, string(half.UserCode)) // the grant has the answer; a mark that stays only expires later
	granted := Granted{Grant: allowed, Subject: grant.Subject, Authorization: &grant, Data: data}
	granted.Ended = a.makeRoom(ctx, &grant, req.Now)
	granted.RefreshToken, err = nextToken(req, &grant)
	return granted, err
}

// unpark finds what of the answer to a device is parked.
func (a *Authorizer) unpark(ctx context.Context, req *Request, device *Device, data *Data) error {
	parking := Parking{Marks: a.Marks, Sealer: req.Sealer}
	err := parking.fetch(ctx, device.Places, device.Subject, device.Answered, data)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrLost):
		return errDevice(err)
	default:
		return StoreFailed(err)
	}
}

// checkDevice reads the device code, and holds the device to its interval. Client authentication is settled, so nobody but
// the client itself can make it wait. A code that has got its tokens is told so, early or not: to wait longer would not help.
func (a *Authorizer) checkDevice(ctx context.Context, req *Request) (*deviceHalf, error) {
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
	}
	switch a.Polls.judge(half.ID, half.expires(), req.Now) {
	case pollSpent:
		return nil, errDevice(errDeviceGone)
	case pollReused:
		return nil, a.refuseSpent(ctx, req, half, errDevice(errDeviceGone))
	case pollHasty:
		return nil, a.refuseSpent(ctx, req, half, errSlowDown)
	case pollEarly:
		return nil, errSlowDown
	default:
		return half, nil
	}
}

var errSlowDown = oauth.SlowDown.Refusef("wait five seconds longer between requests")

// answered finds the device, which its resource owner must have approved.
func (a *Authorizer) answered(ctx context.Context, req *Request, half *deviceHalf) (*Device, error) {
	mark, err := a.Marks.Get(ctx, DeviceMark, string(half.UserCode))
	if errors.Is(err, store.ErrNotFound) {
		return nil, a.refuseSpent(ctx, req, half, errNeverGot)
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
