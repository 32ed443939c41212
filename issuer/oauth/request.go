package oauth

import "net/http"

// TokenRequest is a request to the token endpoint (RFC 6749 section 3.2), well-formed and nothing more: who sent it,
// whether they may, and whether all is there that its grant type needs, is still open. Like its Credentials, it shows what
// is secret to nobody who prints, formats, logs or encodes it.
type TokenRequest struct {
	Credentials

	GrantType string   // as it was sent; whether it is served is the grants' to say
	Scopes    Scopes   // empty when the request names none
	Resources []string // absolute URIs without repetition (RFC 8707 section 2)

	// Code, RedirectURI and CodeVerifier are of the authorization code grant (RFC 6749 section 4.1.3, RFC 7636 section 4.5).
	Code         string `json:"-"`
	RedirectURI  string `json:"-"`
	CodeVerifier string `json:"-"`
	// RefreshToken is of the grant that bears its name (RFC 6749 section 6).
	RefreshToken string `json:"-"`
	// DeviceCode is of the device authorization grant (RFC 8628 section 3.4).
	DeviceCode string `json:"-"`
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
	req := &TokenRequest{Credentials: credentials, GrantType: body.get("grant_type"), Scopes: scopes, Resources: resources}
	req.readProofs(body)
	return req, nil
}

// readProofs copies what single grant types ask for, in one pass over all parameters.
func (t *TokenRequest) readProofs(body form) {
	for _, p := range body {
		switch string(p.name) {
		case "code":
			t.Code = string(p.value)
		case "redirect_uri":
			t.RedirectURI = string(p.value)
		case "code_verifier":
			t.CodeVerifier = string(p.value)
		case "refresh_token":
			t.RefreshToken = string(p.value)
		case "device_code":
			t.DeviceCode = string(p.value)
		}
	}
}

// IntrospectionRequest is a request to the introspection endpoint (RFC 7662 section 2.1). Its token_type_hint is not
// kept: a token tells its own type.
type IntrospectionRequest struct {
	Credentials

	Token string `json:"-"`
}

// ParseIntrospectionRequest reads r, whose method the caller has checked. The error is an *Error.
func ParseIntrospectionRequest(r *http.Request) (*IntrospectionRequest, error) {
	about, err := parseAbout(r)
	if err != nil {
		return nil, err
	}
	return &IntrospectionRequest{about.Credentials, about.Token}, nil
}

// RevocationRequest is a request to the revocation endpoint (RFC 7009 section 2.1).
type RevocationRequest struct {
	Credentials

	Token string `json:"-"`
	// TypeHint is where to look first. It may be wrong, or a word that nobody knows.
	TypeHint string
}

// ParseRevocationRequest reads r, whose method the caller has checked. The error is an *Error.
func ParseRevocationRequest(r *http.Request) (*RevocationRequest, error) { return parseAbout(r) }

// parseAbout reads a request about a token; all of them look alike.
func parseAbout(r *http.Request) (*RevocationRequest, error) {
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
	return &RevocationRequest{credentials, body.get("token"), body.get("token_type_hint")}, nil
}
