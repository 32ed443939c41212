package endpoint

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/url"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/store"
)

const devicesPath = registration.DeviceAuthorizationPath

// deviceAnswer is what a device is told: what it keeps, and what it shows (RFC 8628 section 3.2).
type deviceAnswer struct {
	DeviceCode              string `json:"device_code"`
	UserCode                string `json:"user_code"`
	VerificationURI         string `json:"verification_uri"`
	VerificationURIComplete string `json:"verification_uri_complete"`
	ExpiresIn               int    `json:"expires_in"`
	Interval                int    `json:"interval"`
}

// serveDevices answers the device authorization endpoint (RFC 8628 section 3.1). Nothing is written before it is
// certain that somebody may be asked to allow what the device wants.
func (s *Server) serveDevices(x *exchange) error {
	req, err := oauth.ParseDeviceRequest(x.r)
	if err != nil {
		return err
	}
	x.said.GrantType = grant.DeviceCode
	client, err := s.authenticate(x, req.Credentials)
	if err != nil {
		return err
	}
	allowed, err := client.Authorize(policy.Request{GrantType: grant.DeviceCode, Scopes: req.Scopes, Resources: req.Resources})
	if err != nil {
		return err
	}
	if err := s.admitDevice(x, client); err != nil {
		return err
	}
	device := grant.NewDevice(client, allowed, x.began)
	code, err := s.keepDevice(x, client, device)
	if err != nil {
		return err
	}
	sealed, err := device.Seal(x.view.sealer, code, x.began)
	if err != nil {
		return oauth.Unavailable(unavailable, err)
	}
	x.said.Scope, x.said.Audience = oauth.Scopes(device.Scopes).String(), device.Resources
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.DeviceWaits, &x.said)
	return x.writeJSON(encodeDevice(x.view.config.URL, sealed, code))
}

// admitDevice holds back whoever has no secret to show and asks too often: each device is something to store.
func (s *Server) admitDevice(x *exchange, client *policy.Client) error {
	if !client.Registration().Public {
		return nil
	}
	if wait := s.devices.begin(x.said.SourceIP, x.began); wait > 0 {
		return oauth.ThrottleDevices(wait)
	}
	return nil
}

// keepDevice stores the device under a code that no other device has. Who has no secret to show pays for it: what they fill
// is their own room first.
func (s *Server) keepDevice(x *exchange, client *policy.Client, device *grant.Device) (oauth.UserCode, error) {
	const attempts = 4 // one is enough, but for one time in 500,000 with as many devices as can wait at all
	for range attempts {
		code, err := oauth.NewUserCode(rand.Reader)
		if err != nil {
			return "", oauth.ServerError.Hide(err)
		}
		mark, err := device.Mark(code)
		if err != nil {
			return "", err
		}
		if client.Registration().Public {
			mark.Source = strangerOf(x.said.SourceIP)
		}
		switch kept, err := x.view.stores.Marks.Put(x.r.Context(), mark); {
		case err == nil:
			s.noteEvictedDevices(x, kept.Evicted)
			return code, nil
		case !errors.Is(err, store.ErrExists):
			return "", grant.StoreFailed(err)
		}
	}
	return "", oauth.Unavailable(unavailable, store.ErrExists)
}

// encodeDevice writes the answer. All addresses come from the configuration, none from the request.
func encodeDevice(issuer, sealed string, code oauth.UserCode) []byte {
	page := issuer + devicePath
	body, err := json.Marshal(deviceAnswer{
		DeviceCode: sealed, UserCode: code.Shown(), VerificationURI: page,
		VerificationURIComplete: page + "?user_code=" + url.QueryEscape(code.Shown()),
		ExpiresIn:               int(grant.DeviceLifetime.Seconds()),
		Interval:                int(grant.DeviceInterval.Seconds()),
	})
	if err != nil { // strings and numbers
		panic(err)
	}
	return body
}
