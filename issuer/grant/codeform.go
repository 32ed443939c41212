package grant

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"fmt"

	"tokenwright.dev/issuer/login"
)

// A code is sealed as DER (ITU-T X.690), which takes two thirds of what JSON does: so what a provider elsewhere says of most
// people fits beside the rest. Whoever reads it takes no offence at what later versions append.

// codeHead is what a code holds always: enough to judge it, and to burn it.
type codeHead struct {
	ID               string
	Client, Redirect []byte
	Challenge        []byte
	Subject          string
	Provider         string
	SessionID        string
	Epoch            string
	AuthTime         int64
	SessionEnds      int64
	Issued           int64
	ClaimsIn         string
	LeaseIn          string
	Rest             []byte // empty where it is parked
}

// codeRest is what a code holds where there is room.
type codeRest struct {
	Username, Nonce, ACR    string
	AMR, Scopes, Resources  []string
	AskedToken, AskedInfo   []string
	Claims                  []byte // packed; empty for none
	LeaseIssuer, LeaseToken string
	ByPlatform              bool `asn1:"optional"` // of most codes it says nothing, and takes no room
}

// with is the head with a rest, or without.
func (h codeHead) with(rest []byte) []byte {
	h.Rest = rest
	text, err := asn1.Marshal(h)
	if err != nil { // its texts have been encoded before
		panic(err)
	}
	return text
}

// encode makes the two parts of a code. It fails for what is no UTF-8.
func (c *Code) encode() (codeHead, []byte, error) {
	challenge, err := base64.RawURLEncoding.DecodeString(c.Challenge)
	if err != nil {
		return codeHead{}, nil, fmt.Errorf("encode challenge: %w", err)
	}
	head := codeHead{
		ID: c.ID, Client: clientHash(c.ClientID, c.ClientUID), Redirect: redirectHash(c.RedirectURI), Challenge: challenge,
		Subject: c.Subject, Provider: c.Provider, SessionID: c.SessionID, Epoch: c.Epoch,
		AuthTime: c.AuthTime, SessionEnds: c.SessionEnds, Issued: c.Issued, ClaimsIn: c.Places.Claims, LeaseIn: c.Places.Lease,
	}
	rest := codeRest{
		Username: c.Username, Nonce: c.Nonce, ACR: c.ACR, AMR: c.AMR, Scopes: c.Scopes, Resources: c.Resources,
		AskedToken: c.Asked.IDToken, AskedInfo: c.Asked.UserInfo, ByPlatform: c.ByPlatform,
	}
	if c.Lease != nil {
		rest.LeaseIssuer, rest.LeaseToken = c.Lease.Issuer, c.Lease.Token
	}
	if rest.Claims, err = login.PackClaims(c.Claims); err != nil {
		return head, nil, fmt.Errorf("encode claims: %w", err)
	}
	text, err := asn1.Marshal(rest)
	if err == nil {
		_, err = asn1.Marshal(head)
	}
	if err != nil {
		return head, nil, fmt.Errorf("encode code: %w", err)
	}
	return head, text, nil
}

// decode reads what encode made.
func (c *Code) decode(text []byte) error {
	var head codeHead
	if _, err := asn1.Unmarshal(text, &head); err != nil {
		return err
	}
	*c = Code{
		ID: head.ID, Challenge: base64.RawURLEncoding.EncodeToString(head.Challenge), Subject: head.Subject, Provider: head.Provider, SessionID: head.SessionID,
		Epoch: head.Epoch, AuthTime: head.AuthTime, SessionEnds: head.SessionEnds, Issued: head.Issued,
		Places: Places{Claims: head.ClaimsIn, Lease: head.LeaseIn},
		client: head.Client, redirect: head.Redirect, parked: len(head.Rest) == 0,
	}
	if c.parked {
		return nil
	}
	return c.decodeRest(head.Rest)
}

func (c *Code) decodeRest(text []byte) error {
	var rest codeRest
	if _, err := asn1.Unmarshal(text, &rest); err != nil {
		return err
	}
	c.Username, c.Nonce, c.ACR, c.AMR = rest.Username, rest.Nonce, rest.ACR, someOf(rest.AMR)
	c.Scopes, c.Resources, c.ByPlatform = someOf(rest.Scopes), someOf(rest.Resources), rest.ByPlatform
	c.Asked = Asked{IDToken: someOf(rest.AskedToken), UserInfo: someOf(rest.AskedInfo)}
	if rest.LeaseToken != "" {
		c.Lease = &login.Lease{Issuer: rest.LeaseIssuer, Token: rest.LeaseToken}
	}
	var err error
	c.Claims, err = login.UnpackClaims(rest.Claims)
	return err
}

// someOf is list, and nil if it is empty.
func someOf(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}

// isOf tells whether the code is of this client.
func (c *Code) isOf(clientID, uid string) bool {
	if c.client == nil {
		return c.ClientID == clientID && c.ClientUID == uid
	}
	return bytes.Equal(c.client, clientHash(clientID, uid))
}

// wentTo tells whether the code was sent there.
func (c *Code) wentTo(uri string) bool {
	if c.redirect == nil {
		return c.RedirectURI == uri
	}
	return bytes.Equal(c.redirect, redirectHash(uri))
}

func clientHash(id, uid string) []byte { return short("client\x00" + id + "\x00" + uid) }

func redirectHash(uri string) []byte { return short("redirect\x00" + uri) }

// short is a hash that nobody finds another text for.
func short(text string) []byte {
	const bits128 = 16
	sum := sha256.Sum256([]byte(text))
	return sum[:bits128]
}
