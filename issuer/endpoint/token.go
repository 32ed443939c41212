package endpoint

import (
	"errors"
	"log/slog"
	"strconv"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/token"
)

const tokenPath = registration.TokenPath

// serveToken answers the token endpoint (RFC 6749 section 3.2): parse, authenticate, authorize, mint, answer.
func (s *Server) serveToken(x *exchange) error {
	req, err := oauth.ParseTokenRequest(x.r)
	if err != nil {
		return err
	}
	x.said.GrantType = req.GrantType
	client, err := s.authenticate(x, req.Credentials)
	if err != nil {
		return err
	}
	// The key comes first: a code that was used up for want of one would be lost.
	signer, err := x.view.keys.Signer(x.view.config.Algorithms, x.began)
	if err != nil {
		return oauth.Unavailable(unavailable, err)
	}
	granted, err := x.view.grants.Authorize(x.r.Context(), &grant.Request{
		TokenRequest: req, Client: client, Sealer: x.view.sealer, Now: x.began,
	})
	if err != nil {
		nameRefusal(x, err)
		s.noteGone(x, err)
		return err
	}
	s.noteEvicted(x, &granted)
	claims := claimsOf(x, client, &granted)
	if err := s.appendTokens(x, client, signer, &claims, &granted); err != nil {
		return err
	}
	s.logIssued(x, signer, &claims)
	return x.writeJSON(x.answer)
}

// nameRefusal names the event of a refusal that ended a grant, so that whoever watches the log finds it. A device that has
// to go on waiting is no event.
func nameRefusal(x *exchange, err error) {
	switch {
	case oauth.CodeOf(err) == oauth.AuthorizationPending:
		x.refusal = ""
	case errors.Is(err, grant.ErrGuessed), errors.Is(err, grant.ErrReused) && x.said.GrantType == grant.AuthorizationCode:
		x.refusal = audit.CodeReused
	case errors.Is(err, grant.ErrReused) && x.said.GrantType == grant.DeviceCode:
		x.refusal = audit.DeviceCodeReused
	case errors.Is(err, grant.ErrReused):
		x.refusal = audit.RefreshTokenReused
	}
}

// noteEvicted tells the log and the metrics which grants made way for a new one.
func (s *Server) noteEvicted(x *exchange, granted *grant.Granted) {
	for i := range granted.Ended {
		ended := &granted.Ended[i]
		s.Metrics.Evicted(audit.EvictedGrant, 1)
		s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.GrantEvicted, &audit.Entry{
			ClientID: ended.Client.ID, GrantID: ended.ID, Subject: ended.Subject, Provider: ended.Provider, SessionID: ended.SessionID,
		})
	}
}

// claimsOf says what the token says.
func claimsOf(x *exchange, client *policy.Client, granted *grant.Granted) token.Claims {
	claims := token.Claims{
		Issuer:   x.view.config.URL,
		Subject:  granted.Subject,
		Audience: granted.Audience,
		ClientID: client.ID(),
		Scope:    granted.Scopes.String(),
		IssuedAt: x.began.Unix(),
		Expires:  x.began.Add(granted.Lifetime).Unix(),
	}
	by := granted.Authorization
	if by == nil {
		claims.ID = token.NewOwnedID(client.Registration().Owner.UID)
	} else {
		claims.ID = by.ID + tokenIDSeparator + token.NewID()
		claims.Expires = min(claims.Expires, max(by.Latest().Unix(), claims.IssuedAt+1))
		claims.AuthTime, claims.ACR, claims.AMR = by.AuthTime.Unix(), by.ACR, by.AMR
		x.said.GrantID, x.said.Subject = by.ID, by.Subject
	}
	claims.Expires = x.view.withinName(claims.IssuedAt, claims.Expires)
	if len(claims.Audience) == 0 { // for the issuer's own userinfo endpoint
		claims.Audience = []string{claims.Issuer}
	}
	return claims
}

// appendTokens writes the answer of RFC 6749 section 5.1. The scope is always named when there is one, so that no client
// has to know when it may differ from what it asked for.
func (s *Server) appendTokens(x *exchange, client *policy.Client, signer *keys.Signer, claims *token.Claims, granted *grant.Granted) error {
	body := append(x.answer, `{"access_token":"`...)
	start := len(body)
	body, err := s.appendAccess(body, x, client, signer, claims)
	if err != nil {
		return err
	}
	access := body[start:len(body):len(body)]
	body = append(body, `","token_type":"Bearer","expires_in":`...)
	body = strconv.AppendInt(body, claims.Expires-claims.IssuedAt, 10)
	if claims.Scope != "" {
		body = append(body, `,"scope":"`...) // a scope holds nothing that JSON escapes (RFC 6749 section 3.3)
		body = append(body, claims.Scope...)
		body = append(body, '"')
	}
	if granted.RefreshToken != "" {
		body = append(body, `,"refresh_token":"`...)
		body = append(body, granted.RefreshToken...)
		body = append(body, '"')
	}
	if granted.Authorization != nil {
		if body, err = s.appendIDToken(body, x, client, access, granted); err != nil {
			return err
		}
	}
	x.answer = append(body, '}')
	return nil
}

// appendAccess writes the access token in the client's format.
func (s *Server) appendAccess(body []byte, x *exchange, client *policy.Client, signer *keys.Signer, claims *token.Claims) ([]byte, error) {
	if client.Registration().AccessTokenFormat == registration.FormatOpaque {
		return appendOpaque(body, x, claims)
	}
	body, err := s.minter.AppendAccessToken(body, signer, claims)
	if errors.Is(err, token.ErrTooLarge) {
		return nil, oauth.InvalidScope.Refusef("too many scopes or resources for one token")
	}
	if err != nil {
		return nil, oauth.ServerError.Hide(err)
	}
	return body, nil
}

// logIssued counts and logs before the answer is written: no token leaves without a trace.
func (s *Server) logIssued(x *exchange, signer *keys.Signer, claims *token.Claims) {
	s.issued[x.said.GrantType]()
	x.said.Scope, x.said.Audience = claims.Scope, claims.Audience
	x.said.TokenID, x.said.KeyID = claims.ID, signer.KID()
	x.said.ExpiresIn = claims.Expires - claims.IssuedAt
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.TokenIssued, &x.said)
}
