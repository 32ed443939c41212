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
	"tokenwright.dev/issuer/registration"
	"tokenwright.dev/issuer/throttle"
	"tokenwright.dev/issuer/token"
)

const introspectionPath = registration.IntrospectionPath

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
	if caller.Registration().Public { // anybody can send its client_id (RFC 7662 section 2.1)
		return req.Refuse()
	}
	found, cause := s.inspect(caller, req.Token, x)
	if cause != nil {
		return s.answerInactive(x, caller, cause)
	}
	body, err := json.Marshal(describe(found, x.view.config.URL))
	if err != nil {
		return oauth.ServerError.Hide(err)
	}
	x.said.Active, x.said.TokenID = "true", found.claims.ID
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.IntrospectionAnswered, &x.said)
	return s.answerIntrospection(x, caller, body)
}

var errNotForCaller = errors.New("token refused: the caller guards none of its audiences")

// inspect reads a token that still counts, for a resource that the caller guards. The error says why it is none, to the
// log alone.
func (s *Server) inspect(caller *policy.Client, raw string, x *exchange) (*access, error) {
	guards := caller.Registration().Guards
	if len(guards) == 0 {
		return nil, errNotForCaller
	}
	found, err := s.readAccess(x, raw, token.AccessToken, guards)
	if err != nil {
		return nil, err
	}
	if !caller.MayIntrospect(found.claims.Audience) {
		return nil, errNotForCaller
	}
	return found, nil
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
	return s.answerIntrospection(x, caller, inactive)
}

// introspection is the answer for an active token (RFC 7662 section 2.2).
type introspection struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope,omitempty"`
	ClientID  string `json:"client_id"`
	Username  string `json:"username,omitempty"`
	TokenType string `json:"token_type"`
	Expires   int64  `json:"exp"`
	IssuedAt  int64  `json:"iat"`
	Subject   string `json:"sub"`
	Audience  any    `json:"aud"` // a string, or several (RFC 7519 section 4.1.3)
	Issuer    string `json:"iss"`
	ID        string `json:"jti"`
	// AuthTime, ACR and AMR are of the resource owner's login (RFC 9470 section 6.2).
	AuthTime int64    `json:"auth_time,omitempty"`
	ACR      string   `json:"acr,omitempty"`
	AMR      []string `json:"amr,omitempty"`
}

// describe tells of a token as the issuer that was asked: under each of its URLs it is the issuer of that name, so that a
// resource server which knows one name need not know the others.
func describe(found *access, issuer string) introspection {
	c := found.claims
	var audience any = c.Audience
	if len(c.Audience) == 1 {
		audience = c.Audience[0]
	}
	out := introspection{
		Active: true, Scope: c.Scope, ClientID: c.ClientID, TokenType: "Bearer", Expires: c.Expires, IssuedAt: c.IssuedAt,
		Subject: c.Subject, Audience: audience, Issuer: issuer, ID: c.ID,
	}
	if by := found.grant; by != nil {
		out.Username, out.AuthTime, out.ACR, out.AMR = by.Username, by.AuthTime.Unix(), by.ACR, by.AMR
	}
	return out
}
