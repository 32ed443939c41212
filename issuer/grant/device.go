package grant

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/token"
)

const (
	// DeviceLifetime is how long a device waits for its resource owner: the expires_in of RFC 8628 section 3.2.
	DeviceLifetime = 10 * time.Minute
	// DeviceInterval is how long a device waits between two requests for tokens, until it is told to slow down.
	DeviceInterval = 5 * time.Second
	// DeviceMark is the kind of the marks that devices are kept in, each under its user code.
	DeviceMark = "device"
)

// Answer is what a resource owner said to a device.
type Answer string

// The answers.
const (
	Pending  Answer = "" // none yet
	Approved Answer = "approved"
	Denied   Answer = "denied"
)

// Device is a device that waits for its resource owner (RFC 8628 section 3.3). It must be stored, unlike a code: the device
// has its half before anybody has logged in, and the answer has to find it.
type Device struct {
	// ID is at least 128 random bits. The grant's name follows from it.
	ID string `json:"id"`
	// ClientID and ClientUID are the client's.
	ClientID  string `json:"client"`
	ClientUID string `json:"uid"`
	// Scopes and Resources are what the resource owner is asked to allow.
	Scopes    []string `json:"scopes,omitempty"`
	Resources []string `json:"resources,omitempty"`
	Issued    int64    `json:"iat"` // in seconds since 1970, as all times here
	Answer    Answer   `json:"answer,omitempty"`

	// The resource owner who approved, and the login session that they did it in.
	Subject   string   `json:"sub,omitempty"`
	Username  string   `json:"user,omitempty"`
	Provider  string   `json:"idp,omitempty"`
	SessionID string   `json:"sid,omitempty"`
	AuthTime  int64    `json:"auth,omitempty"`
	ACR       string   `json:"acr,omitempty"`
	AMR       []string `json:"amr,omitempty"`
	// Answered is when they did, SessionEnds when that session ends at the latest.
	Answered    int64 `json:"answered,omitempty"`
	SessionEnds int64 `json:"ends,omitempty"`
	// Sealed is what the grant is to keep to itself: see Keep.
	Sealed string `json:"sealed,omitempty"`
	// Places are where the rest of that is parked.
	Places Places `json:"places,omitzero"`
}

// NewDevice begins to wait for what allowed is about.
func NewDevice(client *policy.Client, allowed policy.Authorized, now time.Time) *Device {
	return &Device{
		ID: token.NewID(), ClientID: client.ID(), ClientUID: client.Registration().Owner.UID,
		Scopes: allowed.Scopes, Resources: allowed.Resources, Issued: now.Unix(),
	}
}

// ownerSize is what there must be room for in a mark when its resource owner answers, in bytes: who they are, and as much of
// what an identity provider elsewhere says as travels in their cookie and their flow.
const ownerSize = 2 << 10

// Keep notes the resource owner's epoch, what an identity provider elsewhere said of them, and what to ask after them by;
// each where there is one, and where of it is parked.
func (d *Device) Keep(session *login.Session, lease *login.Lease, places Places, sealer *seal.Sealer, now time.Time) error {
	code := Code{Epoch: session.Epoch, Claims: session.Claims, Lease: lease, Issued: now.Unix()}
	var err error
	d.Sealed, err = code.data().seal(sealer, now)
	d.Places = places
	return err
}

// Mark is the device as it is stored under its user code. What is secret in it is sealed: what gets tokens is the device
// code, of which it knows no more than the name. The error is an *oauth.Error where there is more than can be kept.
func (d *Device) Mark(code oauth.UserCode) (store.Mark, error) {
	data, err := json.Marshal(d)
	if err != nil {
		return store.Mark{}, fmt.Errorf("encode device: %w", err)
	}
	switch {
	case d.Answer == Pending && len(data) > store.MaxMarkData-ownerSize:
		return store.Mark{}, oauth.InvalidScope.Refusef("too many scopes or resources for one device")
	case len(data) > store.MaxMarkData:
		return store.Mark{}, oauth.InvalidRequest.Refusef("your identity provider says more of you than can be kept for a device")
	}
	return store.Mark{Name: string(code), Kind: DeviceMark, ClientID: d.ClientID, Data: data, Expires: d.expires()}, nil
}

var errDeviceMark = errors.New("the mark of a device cannot be read")

// ReadDevice reads what Mark made.
func ReadDevice(mark store.Mark) (*Device, error) {
	d := new(Device)
	if json.Unmarshal(mark.Data, d) != nil || d.ID == "" {
		return nil, errDeviceMark
	}
	return d, nil
}

func (d *Device) expires() time.Time { return time.Unix(d.Issued, 0).UTC().Add(DeviceLifetime) }

// code is the authorization code that would stand for the same, had there been a browser to send it by.
func (d *Device) code() *Code {
	return &Code{
		ID: d.ID, ClientID: d.ClientID, ClientUID: d.ClientUID, Scopes: d.Scopes, Resources: d.Resources,
		Subject: d.Subject, Username: d.Username, Provider: d.Provider, SessionID: d.SessionID,
		AuthTime: d.AuthTime, ACR: d.ACR, AMR: d.AMR, SessionEnds: d.SessionEnds, Issued: d.Answered,
	}
}

// deviceHalf is what a device code stands for: which device it is, and where its answer is found.
type deviceHalf struct {
	ID        string         `json:"id"`
	ClientUID string         `json:"uid"`
	UserCode  oauth.UserCode `json:"code"`
	Issued    int64          `json:"iat"`
}

// Seal makes the device code: the half of a device authorization that the device keeps to itself.
func (d *Device) Seal(sealer *seal.Sealer, code oauth.UserCode, now time.Time) (string, error) {
	plain, err := json.Marshal(deviceHalf{d.ID, d.ClientUID, code, d.Issued})
	if err != nil {
		return "", err
	}
	return sealer.Seal(seal.DeviceCode, plain, now)
}

func openDevice(sealer *seal.Sealer, sealed string) (*deviceHalf, error) {
	plain, err := sealer.Open(seal.DeviceCode, sealed)
	if err != nil {
		return nil, err
	}
	half := new(deviceHalf)
	if err := json.Unmarshal(plain, half); err != nil {
		return nil, seal.ErrSealed
	}
	return half, nil
}

func (h *deviceHalf) expires() time.Time { return time.Unix(h.Issued, 0).UTC().Add(DeviceLifetime) }

// grantID is the name of the grant that the device gets: the same one however often it asks, and no code's.
func (h *deviceHalf) grantID() string {
	sum := sha256.Sum256([]byte("grant of device\x00" + h.ID))
	return lower32.EncodeToString(sum[:])
}
