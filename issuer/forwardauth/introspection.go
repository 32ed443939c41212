package forwardauth

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"tokenwright.dev/issuer/oauth"
)

// introspection is what the issuer says of an active token (RFC 7662 section 2.2), as far as it matters here.
type introspection struct {
	Subject  string
	ClientID string
	Scopes   oauth.Scopes
	Audience []string
	Expires  time.Time // zero where nothing is said
}

var (
	errInactive  = errors.New("the issuer says that the token is not active")
	errBound     = errors.New("the token asks for a proof that cannot be seen here")
	errMalformed = errors.New("the issuer's answer makes no sense")
)

// introspectionAnswer is the body of an answer.
type introspectionAnswer struct {
	Active       bool            `json:"active"`
	Issuer       string          `json:"iss"`
	Subject      string          `json:"sub"`
	ClientID     string          `json:"client_id"`
	Scope        string          `json:"scope"`
	TokenType    string          `json:"token_type"`
	Audience     audience        `json:"aud"`
	Expires      int64           `json:"exp"`
	Confirmation json.RawMessage `json:"cnf"`
}

// parseIntrospection reads the answer of issuer. An answer that may not be passed on in headers is none.
func parseIntrospection(body []byte, issuer string) (*introspection, error) {
	var answer introspectionAnswer
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, errMalformed
	}
	switch {
	case !answer.Active:
		return nil, errInactive
	case answer.bound():
		return nil, errBound
	case answer.Issuer != "" && answer.Issuer != issuer || !headerSafe(answer.Subject) || !headerSafe(answer.ClientID):
		return nil, errMalformed
	}
	scopes, err := oauth.ParseScopes(answer.Scope)
	if err != nil {
		return nil, errMalformed
	}
	found := &introspection{Subject: answer.Subject, ClientID: answer.ClientID, Scopes: scopes, Audience: answer.Audience}
	if answer.Expires > 0 {
		found.Expires = time.Unix(answer.Expires, 0)
	}
	return found, nil
}

// bound tells whether the token is worth nothing without a proof (RFC 9449, RFC 8705), which a guard does not get to
// see.
func (a *introspectionAnswer) bound() bool {
	return len(a.Confirmation) > 0 || a.TokenType != "" && !strings.EqualFold(a.TokenType, "Bearer")
}

// audience is one string or several (RFC 7519 section 4.1.3).
type audience []string

// UnmarshalJSON reads either form.
func (a *audience) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '"' {
		*a = make(audience, 1)
		return json.Unmarshal(text, &(*a)[0])
	}
	return json.Unmarshal(text, (*[]string)(a))
}

// headerSafe tells whether value means the same to everybody who reads it from a header: nothing but printable ASCII,
// and no space at its ends, which some would cut off (RFC 9110 section 5.5).
func headerSafe(value string) bool {
	return strings.TrimSpace(value) == value && !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' })
}
