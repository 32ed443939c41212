package grant

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/seal"
)

const (
	// CodeLifetime is how long an authorization code may be redeemed (RFC 6749 section 4.1.2 allows ten minutes).
	CodeLifetime = 60 * time.Second
	// MaxCode bounds a code, in characters: with it a redirect stays below 2 KiB, which gateways pass on as they come.
	MaxCode = 1024
)

// Code is what an authorization code stands for: all that the authorization endpoint found out. It is sealed, not stored,
// so a code that nobody redeems leaves nothing behind; only what makes it longer than MaxCode is parked.
type Code struct {
	// ID is at least 128 random bits. The grant's name follows from it.
	ID string `json:"id"`
	// ClientID and ClientUID are the client's, RedirectURI is where the code was sent, Challenge its PKCE challenge (RFC 7636).
	// Of the first three a code that was read knows hashes, which is enough to compare.
	ClientID    string `json:"client"`
	ClientUID   string `json:"uid"`
	RedirectURI string `json:"uri"`
	Challenge   string `json:"pkce"`
	Nonce       string `json:"nonce,omitempty"`
	// Scopes and Resources are what the resource owner allowed.
	Scopes    []string `json:"scopes,omitempty"`
	Resources []string `json:"resources,omitempty"`
	// ByPlatform says that the resource owner was not asked: see store.Grant.
	ByPlatform bool `json:"platform,omitempty"`
	// Subject, Username and Provider are the resource owner's, SessionID that of the login session.
	Subject   string   `json:"sub"`
	Username  string   `json:"user,omitempty"`
	Provider  string   `json:"idp"`
	SessionID string   `json:"sid"`
	AuthTime  int64    `json:"auth"` // in seconds since 1970, as SessionEnds and Issued
	ACR       string   `json:"acr,omitempty"`
	AMR       []string `json:"amr,omitempty"`
	// Epoch is the resource owner's: see login.Identity.
	Epoch string `json:"epoch,omitempty"`
	// SessionEnds is when the login session ends at the latest.
	SessionEnds int64 `json:"ends,omitempty"`
	// Asked are the claims that the request asked for by name (OpenID Connect Core section 5.5).
	Asked Asked `json:"asked,omitzero"`
	// Claims are those of a resource owner who logged in elsewhere, Lease is what to ask after them by; nil where there is none,
	// and where they are parked in Places.
	Claims map[string]any `json:"claims,omitempty"`
	Lease  *login.Lease   `json:"lease,omitempty"`
	Places Places         `json:"-"`
	Issued int64          `json:"iat"`

	// client and redirect are hashes, of a code that was read; empty in one of the former version.
	client, redirect []byte
	// parked says that the rest is, under the code's ID.
	parked bool
}

// Asked lists claims by name, by where they are wanted.
type Asked struct {
	IDToken  []string `json:"id,omitempty"`
	UserInfo []string `json:"info,omitempty"`
}

// data is what the grant of the code keeps to itself.
func (c *Code) data() Data {
	data := Data{Epoch: c.Epoch, Asked: c.Asked, Claims: c.Claims}
	if c.Lease != nil {
		data.Upstream = &Upstream{Lease: *c.Lease, Asked: c.Issued}
	}
	return data
}

// IssuedCode is a code as it is sent to the client.
type IssuedCode struct {
	Value string
	// Parked says that a part of it had to be, Evicted how much of the same person's made way for that.
	Parked  bool
	Evicted int
}

// Issue makes the code as it is sent to the client: MaxCode characters at most. The error is an *oauth.Error.
func (c *Code) Issue(ctx context.Context, parking Parking, now time.Time) (IssuedCode, error) {
	head, rest, err := c.encode()
	if err != nil {
		return IssuedCode{}, oauth.ServerError.Hide(err)
	}
	sealed, err := parking.Sealer.Seal(seal.Code, head.with(rest), now)
	if err != nil {
		return IssuedCode{}, oauth.Unavailable(unavailable, err)
	}
	if len(sealed) <= MaxCode {
		return IssuedCode{Value: sealed}, nil
	}
	evicted, err := parking.Put(ctx, c.ID, Parked{Subject: c.Subject, Rest: rest}, c.expires(), now)
	switch {
	case errors.Is(err, ErrTooMuch):
		return IssuedCode{}, oauth.InvalidScope.Because(err, "too many scopes or resources for one authorization: ask for fewer")
	case err != nil:
		return IssuedCode{}, StoreFailed(err)
	}
	if sealed, err = parking.Sealer.Seal(seal.Code, head.with(nil), now); err != nil {
		return IssuedCode{}, oauth.Unavailable(unavailable, err)
	}
	if len(sealed) > MaxCode {
		return IssuedCode{}, oauth.ServerError.Hide(fmt.Errorf("a code has %d characters", len(sealed)))
	}
	return IssuedCode{Value: sealed, Parked: true, Evicted: evicted}, nil
}

var errExpired = errors.New("it has expired")

// openCode reads a code, which must not have expired. What of it is parked is for whole to find.
func openCode(sealer *seal.Sealer, sealed string, now time.Time) (*Code, error) {
	plain, err := sealer.Open(seal.Code, sealed)
	if err != nil {
		return nil, err
	}
	c := new(Code)
	if len(plain) > 0 && plain[0] == '{' { // the former version's
		err = json.Unmarshal(plain, c)
	} else {
		err = c.decode(plain)
	}
	if err != nil {
		return nil, seal.ErrSealed
	}
	if !now.Before(c.expires()) {
		return nil, errExpired
	}
	return c, nil
}

func (c *Code) expires() time.Time { return time.Unix(c.Issued, 0).UTC().Add(CodeLifetime) }

// grantID is the name of the grant that a code is redeemed for: the same one however often that is tried.
func (c *Code) grantID() string {
	sum := sha256.Sum256([]byte("grant of code\x00" + c.ID))
	return lower32.EncodeToString(sum[:])
}

// lower32 is the alphabet of names in Kubernetes that keeps the most bits a character (RFC 4648 section 7).
var lower32 = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)
