package oauth

import (
	"strconv"
	"strings"
	"time"
)

// ResponseMode is a way to bring an answer to the redirect URI, by its registered name.
type ResponseMode string

// The response modes that this issuer has. Fragments are not among them: a code in a fragment serves only scripts, which
// can as well read a query (OAuth 2.0 Multiple Response Type Encoding Practices section 2.1).
const (
	ModeQuery    ResponseMode = "query"
	ModeFormPost ResponseMode = "form_post" // OAuth 2.0 Form Post Response Mode section 2
)

// ResponseTypeCode is the one response type that this issuer has: the others bring tokens into URLs (RFC 9700 section
// 2.1.2).
const ResponseTypeCode = "code"

// maxNonce is far beyond what clients send, and bounds what an ID token must repeat.
const maxNonce = 512

// authorizationParameters are the parameters that an AuthorizationForm keeps. What is not here is ignored, as RFC 6749
// section 3.1 has it: display, ui_locales and claims_locales among them (OpenID Connect Core section 15.1).
var authorizationParameters = []string{
	"acr_values", "claims", "client_id", "code_challenge", "code_challenge_method", "id_token_hint", "login_hint",
	"max_age", "nonce", "prompt", "redirect_uri", "request", "request_uri", "resource", "response_mode", "response_type",
	"scope", "state",
}

// AuthorizationRequest is a request to the authorization endpoint (RFC 6749 section 4.1.1, OpenID Connect Core section
// 3.1.2.1), well-formed and nothing more: whether the client may ask so is still open.
type AuthorizationRequest struct {
	ClientID     string
	RedirectURI  string // as it was sent; empty when it was not
	ResponseType string
	ResponseMode ResponseMode
	Scopes       Scopes // empty when the request names none
	State        string
	// CodeChallenge is of method S256 (RFC 7636 section 4.3).
	CodeChallenge string
	Resources     []string // absolute URIs without repetition (RFC 8707 section 2)

	// What follows is of OpenID Connect.

	Nonce  string
	Prompt Prompt
	// MaxAge is how long ago the login may have been; nil when any login will do.
	MaxAge    *time.Duration
	ACRValues []string // in order of preference
	LoginHint string
	// IDTokenHint is an ID token, or claims to be one. Nothing of it is verified.
	IDTokenHint string         `json:"-"`
	Claims      *ClaimsRequest // nil when the request holds none
}

// Request understands the rest of the form. The error is an *Error, and is for the redirect URI if that is one of the
// client.
func (f *AuthorizationForm) Request() (*AuthorizationRequest, error) {
	if err := f.checkForm(); err != nil {
		return nil, err
	}
	req := &AuthorizationRequest{
		ClientID:      f.ClientID,
		RedirectURI:   f.RedirectURI,
		ResponseType:  ResponseTypeCode,
		ResponseMode:  f.ResponseMode(),
		State:         f.State(),
		CodeChallenge: f.form.get("code_challenge"),
		Nonce:         f.form.get("nonce"),
		LoginHint:     f.form.get("login_hint"),
		IDTokenHint:   f.form.get("id_token_hint"),
	}
	for _, read := range []func(*AuthorizationRequest, form) error{readTarget, readAuthentication, readClaims} {
		if err := read(req, f.form); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// checkForm refuses what this issuer cannot do at all, or what has two readings.
func (f *AuthorizationForm) checkForm() error {
	if f.form.has("request") {
		return RequestNotSupported.Refusef("request objects are not supported")
	}
	if f.form.has("request_uri") {
		return RequestURINotSupported.Refusef("references to request objects are not supported")
	}
	for i, p := range f.form {
		if err := f.form[:i].admits(p.name); err != nil {
			return err
		}
	}
	for _, check := range []func(form) error{checkResponseType, checkResponseMode, checkOpaque} {
		if err := check(f.form); err != nil {
			return err
		}
	}
	return checkChallenge(f.form.get("code_challenge"), f.form.get("code_challenge_method"))
}

func checkResponseType(f form) error {
	switch f.get("response_type") {
	case ResponseTypeCode:
		return nil
	case "":
		return InvalidRequest.Refusef("response_type is missing")
	default:
		return UnsupportedResponseType.Refusef("response_type must be %s", ResponseTypeCode)
	}
}

func checkResponseMode(f form) error {
	switch ResponseMode(f.get("response_mode")) {
	case "", ModeQuery, ModeFormPost:
		return nil
	default:
		return InvalidRequest.Refusef("response_mode must be %s or %s", ModeQuery, ModeFormPost)
	}
}

// checkOpaque bounds what is only handed on.
func checkOpaque(f form) error {
	switch {
	case len(f.value("state")) > maxState:
		return InvalidRequest.Refusef("state is longer than %d bytes", maxState)
	case len(f.value("nonce")) > maxNonce:
		return InvalidRequest.Refusef("nonce is longer than %d bytes", maxNonce)
	default:
		return nil
	}
}

// readTarget reads what access is asked for.
func readTarget(req *AuthorizationRequest, f form) error {
	var err error
	if req.Scopes, err = ParseScopes(f.get("scope")); err != nil {
		return err
	}
	req.Resources, err = checkResources(f.all("resource"))
	return err
}

// readAuthentication reads how the resource owner is to be authenticated.
func readAuthentication(req *AuthorizationRequest, f form) error {
	var err error
	if req.Prompt, err = parsePrompt(f.get("prompt")); err != nil {
		return err
	}
	if req.MaxAge, err = parseMaxAge(f.get("max_age")); err != nil {
		return err
	}
	if values := f.get("acr_values"); values != "" {
		req.ACRValues = strings.Fields(values)
	}
	return nil
}

func readClaims(req *AuthorizationRequest, f form) error {
	if !f.has("claims") {
		return nil
	}
	var err error
	req.Claims, err = ParseClaimsRequest(f.get("claims"))
	return err
}

// parseMaxAge reads a number of seconds. One that no 32 bits hold is a mistake.
func parseMaxAge(value string) (*time.Duration, error) {
	if value == "" {
		return nil, nil //nolint:nilnil // absent: any login will do
	}
	seconds, err := strconv.ParseUint(value, 10, 32)
	if err != nil {
		return nil, InvalidRequest.Refusef("max_age must be a number of seconds")
	}
	return new(time.Duration(seconds) * time.Second), nil
}
