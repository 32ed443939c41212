package endpoint

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/seal"
	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/token"
)

// access is an access token that was read and still counts.
type access struct {
	claims *token.Claims
	client *policy.Client
	grant  *store.Grant // nil for a token that a client got in its own name
	opaque bool
}

var (
	errClientGone = errors.New("token refused: its client is not registered")
	errSuccessor  = errors.New("token refused: it was issued to a former client of that name")
	errPersonGone = errors.New("token refused: its resource owner or its client is gone")
	errWithdrawn  = errors.New("token refused: it was revoked, or its grant is over")
)

// readAccess reads an access token of either format, for one of audiences, or one that came back to its issuer and may be
// for anybody. It must be of a client that still exists, not of another that had its name, and neither it nor its grant
// revoked.
func (s *Server) readAccess(x *exchange, raw string, kind token.Kind, audiences []string) (*access, error) {
	a := &access{opaque: strings.HasPrefix(raw, seal.AccessToken.Prefix())}
	var err error
	if a.opaque {
		a.claims, err = openAccess(x, raw, kind, audiences)
	} else {
		a.claims, err = x.verifier().Verify(raw, kind, audiences, x.began)
	}
	if err != nil {
		return nil, err
	}
	var known bool
	if a.client, known = s.Registry.Snapshot().Client(a.claims.ClientID); !known {
		return nil, errClientGone
	}
	return a, s.checkGrant(x, a)
}

// checkGrant refuses a token whose grant is over, or that somebody revoked.
func (s *Server) checkGrant(x *exchange, a *access) error {
	issued := store.Issued{
		TokenID: a.claims.ID, ClientID: a.claims.ClientID, Subject: a.claims.Subject, At: time.Unix(a.claims.IssuedAt, 0),
	}
	id, _, granted := strings.Cut(a.claims.ID, tokenIDSeparator)
	if !granted && !token.OwnedBy(a.claims.ID, a.client.Registration().Owner.UID) {
		return errSuccessor
	}
	if granted {
		by, err := x.view.stores.Grants.Get(x.r.Context(), id, store.AtHand)
		if err != nil || !by.Live(x.began) {
			return errors.Join(errWithdrawn, err)
		}
		if by.Client.UID != a.client.Registration().Owner.UID {
			return errPersonGone
		}
		if err := x.view.grants.Owned(x.view.sealer, &by); err != nil {
			return errors.Join(errPersonGone, err)
		}
		if !by.Offline {
			issued.SessionID = by.SessionID
		}
		issued.User = by.User()
		a.grant = &by
	}
	if x.view.stores.Revocations.Revoked(issued) {
		return errWithdrawn
	}
	return nil
}

// tokenIDSeparator stands in the jti of a token between the name of its grant and what is its own.
const tokenIDSeparator = "."

// opaqueAccess is what an opaque access token stands for.
type opaqueAccess struct {
	Issuer   string   `json:"iss,omitempty"`
	ID       string   `json:"jti"`
	ClientID string   `json:"client"`
	Subject  string   `json:"sub"`
	Audience []string `json:"aud"`
	Scope    string   `json:"scope,omitempty"`
	IssuedAt int64    `json:"iat"`
	Expires  int64    `json:"exp"`
}

// sealAccess makes an opaque access token of claims.
func sealAccess(sealer *seal.Sealer, c *token.Claims, now time.Time) (string, error) {
	plain, err := json.Marshal(opaqueAccess{c.Issuer, c.ID, c.ClientID, c.Subject, c.Audience, c.Scope, c.IssuedAt, c.Expires})
	if err != nil {
		return "", err
	}
	return sealer.Seal(seal.AccessToken, plain, now)
}

// openAccess reads an opaque access token as Verifier.Verify reads a JWT.
func openAccess(x *exchange, raw string, kind token.Kind, audiences []string) (*token.Claims, error) {
	if x.view.sealer == nil {
		return nil, seal.ErrSealed
	}
	plain, err := x.view.sealer.Open(seal.AccessToken, raw)
	if err != nil {
		return nil, err
	}
	var made opaqueAccess
	if err := json.Unmarshal(plain, &made); err != nil {
		return nil, seal.ErrSealed
	}
	switch {
	case !x.trusts(made.Issuer):
		return nil, token.ErrIssuer
	case kind == token.AccessToken && !slices.ContainsFunc(made.Audience, func(aud string) bool { return slices.Contains(audiences, aud) }):
		return nil, token.ErrAudience
	case x.began.Unix() >= made.Expires:
		return nil, token.ErrExpired
	}
	return &token.Claims{
		Issuer: x.view.config.URL, ID: made.ID, ClientID: made.ClientID, Subject: made.Subject, Audience: made.Audience, Scope: made.Scope,
		IssuedAt: made.IssuedAt, Expires: made.Expires,
	}, nil
}

// appendOpaque writes an opaque access token.
func appendOpaque(body []byte, x *exchange, claims *token.Claims) ([]byte, error) {
	if x.view.sealer == nil {
		return nil, oauth.Unavailable(unavailable, errNotConfigured)
	}
	sealed, err := sealAccess(x.view.sealer, claims, x.began)
	if err != nil {
		return nil, oauth.Unavailable(unavailable, err)
	}
	return append(body, sealed...), nil
}
