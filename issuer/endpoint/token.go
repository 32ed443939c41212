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
	"tokenwright.dev/issuer/token"
)

const tokenPath = "/token"

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
	granted, err := grant.Authorize(x.r.Context(), client, req)
	if err != nil {
		return err
	}
	signer, claims, err := prepare(x, client, &granted)
	if err != nil {
		return err
	}
	if err := s.appendTokens(x, signer, &claims); err != nil {
		return err
	}
	s.logIssued(x, signer, &claims)
	return x.writeJSON(x.answer)
}

// prepare says what the token says, and by which key.
func prepare(x *exchange, client *policy.Client, granted *grant.Granted) (*keys.Signer, token.Claims, error) {
	signer, err := x.view.keys.Signer(x.view.config.Algorithms, x.began)
	if err != nil {
		return nil, token.Claims{}, oauth.Unavailable(unavailable, err)
	}
	return signer, token.Claims{
		Issuer:   x.view.config.URL,
		Subject:  granted.Subject,
		Audience: granted.Audience,
		ClientID: client.ID(),
		Scope:    granted.Scopes.String(),
		IssuedAt: x.began.Unix(),
		Expires:  x.began.Add(granted.Lifetime).Unix(),
		ID:       token.NewID(),
	}, nil
}

// appendTokens writes the answer of RFC 6749 section 5.1. The scope is always named when there is one, so that no client
// has to know when it may differ from what it asked for.
func (s *Server) appendTokens(x *exchange, signer *keys.Signer, claims *token.Claims) error {
	body := append(x.answer, `{"access_token":"`...)
	body, err := s.minter.AppendAccessToken(body, signer, claims)
	if errors.Is(err, token.ErrTooLarge) {
		return oauth.InvalidScope.Refusef("too many scopes or resources for one token")
	}
	if err != nil {
		return oauth.ServerError.Hide(err)
	}
	body = append(body, `","token_type":"Bearer","expires_in":`...)
	body = strconv.AppendInt(body, claims.Expires-claims.IssuedAt, 10)
	if claims.Scope != "" {
		body = append(body, `,"scope":"`...) // a scope holds nothing that JSON escapes (RFC 6749 section 3.3)
		body = append(body, claims.Scope...)
		body = append(body, '"')
	}
	x.answer = append(body, '}')
	return nil
}

// logIssued counts and logs before the answer is written: no token leaves without a trace.
func (s *Server) logIssued(x *exchange, signer *keys.Signer, claims *token.Claims) {
	s.issued[x.said.GrantType]()
	x.said.Scope, x.said.Audience = claims.Scope, claims.Audience
	x.said.TokenID, x.said.KeyID = claims.ID, signer.KID()
	x.said.ExpiresIn = claims.Expires - claims.IssuedAt
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.TokenIssued, &x.said)
}
