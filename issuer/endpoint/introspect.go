package endpoint

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/throttle"
	"tokenwright.dev/issuer/token"
)

const introspectionPath = "/introspect"

// scanBudget is how many inactive tokens one caller may ask for before it must slow down (RFC 7662 section 4). An active
// token is answered always.
var scanBudget = throttle.Budget{PerSecond: 50, Burst: 1000}

const rememberedScanners = 1000

// inactive is all that is said of a token that is not active, whatever the reason (RFC 7662 section 2.2).
var inactive = []byte(`{"active":false}`)

// serveIntrospection tells a resource server what a token is worth (RFC 7662).
func (s *Server) serveIntrospection(x *exchange) error {
	req, err := oauth.ParseIntrospectionRequest(x.r)
	if err != nil {
		return err
	}
	caller, err := s.authenticate(x, req.Credentials)
	if err != nil {
		return err
	}
	claims, cause := s.inspect(caller, req.Token, x)
	if cause != nil {
		return s.answerInactive(x, caller, cause)
	}
	body, err := json.Marshal(describe(claims))
	if err != nil {
		return oauth.ServerError.Hide(err)
	}
	x.said.Active, x.said.TokenID = "true", claims.ID
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.IntrospectionAnswered, &x.said)
	return x.writeJSON(body)
}

var (
	errNotForCaller = errors.New("token refused: the caller guards none of its audiences")
	errClientGone   = errors.New("token refused: its client is not registered")
)

// inspect reads a token that is valid, for a resource that the caller guards, and of a client that still exists. The
// error says why it is none, to the log alone.
func (s *Server) inspect(caller *policy.Client, raw string, x *exchange) (*token.Claims, error) {
	guards := caller.Registration().Guards
	if len(guards) == 0 {
		return nil, errNotForCaller
	}
	verifier := token.Verifier{Issuer: x.view.config.URL, Keys: x.view.keys, Algorithms: signatures}
	claims, err := verifier.Verify(raw, token.AccessToken, guards, x.began)
	if err != nil {
		return nil, err
	}
	if !caller.MayIntrospect(claims.Audience) {
		return nil, errNotForCaller
	}
	if !s.Registry.Snapshot().Known(claims.ClientID) {
		return nil, errClientGone
	}
	return claims, nil
}

// signatures are the algorithms of all keys that a ring may hold, also of those that are about to leave it.
var signatures = []string{keys.ES256, keys.RS256, keys.EdDSA}

func (s *Server) answerInactive(x *exchange, caller *policy.Client, cause error) error {
	if wait := s.scans.Spend(caller.ID(), x.began); wait > 0 {
		return withStatus(http.StatusTooManyRequests, &oauth.Error{
			Code: oauth.TemporarilyUnavailable, Description: "too many inactive tokens", RetryAfter: wait,
		})
	}
	x.said.Active, x.said.Cause = "false", cause
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.IntrospectionAnswered, &x.said)
	return x.writeJSON(inactive)
}

// introspection is the answer for an active token (RFC 7662 section 2.2).
type introspection struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope,omitempty"`
	ClientID  string `json:"client_id"`
	TokenType string `json:"token_type"`
	Expires   int64  `json:"exp"`
	IssuedAt  int64  `json:"iat"`
	Subject   string `json:"sub"`
	Audience  any    `json:"aud"` // a string, or several (RFC 7519 section 4.1.3)
	Issuer    string `json:"iss"`
	ID        string `json:"jti"`
}

func describe(c *token.Claims) introspection {
	var audience any = c.Audience
	if len(c.Audience) == 1 {
		audience = c.Audience[0]
	}
	return introspection{
		Active: true, Scope: c.Scope, ClientID: c.ClientID, TokenType: "Bearer", Expires: c.Expires, IssuedAt: c.IssuedAt,
		Subject: c.Subject, Audience: audience, Issuer: c.Issuer, ID: c.ID,
	}
}
