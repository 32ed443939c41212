package oauth

import "net/http"

// TokenRequest is a request to the token endpoint (RFC 6749 section 3.2), well-formed and nothing more: who sent it, and
// whether they may, is still open.
type TokenRequest struct {
	Credentials

	GrantType string   // as it was sent; whether it is served is the grants' to say
	Scopes    Scopes   // empty when the request names none
	Resources []string // absolute URIs without repetition (RFC 8707 section 2)
}

// ParseTokenRequest reads r, whose method the caller has checked. The error is an *Error.
func ParseTokenRequest(r *http.Request) (*TokenRequest, error) {
	s := borrow()
	defer s.giveBack()
	body, err := s.read(r)
	if err != nil {
		return nil, err
	}
	credentials, err := readCredentials(r.Header, body)
	if err != nil {
		return nil, err
	}
	if !body.has("grant_type") {
		return nil, InvalidRequest.Refusef("grant_type is missing")
	}
	scopes, err := ParseScopes(body.get("scope"))
	if err != nil {
		return nil, err
	}
	resources, err := checkResources(body.all("resource"))
	if err != nil {
		return nil, err
	}
	return &TokenRequest{credentials, body.get("grant_type"), scopes, resources}, nil
}

// IntrospectionRequest is a request to the introspection endpoint (RFC 7662 section 2.1). Its token_type_hint is not
// kept: a token tells its own type.
type IntrospectionRequest struct {
	Credentials

	Token string `json:"-"`
}

// ParseIntrospectionRequest reads r, whose method the caller has checked. The error is an *Error.
func ParseIntrospectionRequest(r *http.Request) (*IntrospectionRequest, error) {
	s := borrow()
	defer s.giveBack()
	body, err := s.read(r)
	if err != nil {
		return nil, err
	}
	credentials, err := readCredentials(r.Header, body)
	if err != nil {
		return nil, err
	}
	if !body.has("token") {
		return nil, InvalidRequest.Refusef("token is missing")
	}
	return &IntrospectionRequest{credentials, body.get("token")}, nil
}
