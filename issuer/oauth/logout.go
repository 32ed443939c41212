package oauth

import (
	"net/http"
	"net/url"
)

// maxLogout bounds a logout request, in bytes: it travels on in a URL.
const maxLogout = 8 << 10

// LogoutRequest is a request to the end session endpoint (OpenID Connect RP-Initiated Logout section 2), well-formed and
// nothing more. What is not here is ignored: logout_hint and ui_locales among them.
type LogoutRequest struct {
	ClientID              string
	PostLogoutRedirectURI string // as it was sent; empty when it was not
	State                 string
	// IDTokenHint is an ID token, or claims to be one. Nothing of it is verified.
	IDTokenHint string `json:"-"`
	// FormToken comes along with the forms of the issuer's own pages. A client sends none, nor does any link.
	FormToken string `json:"-"`
}

// ReadLogout reads the query of a GET and the body of any other request; the caller has checked the method. The error is an
// *Error, and is for a page.
func ReadLogout(r *http.Request) (*LogoutRequest, error) {
	if r.Method == http.MethodGet {
		return ParseLogout(r.URL.RawQuery)
	}
	s := borrow()
	defer s.giveBack()
	body, err := s.read(r)
	if err != nil {
		return nil, err
	}
	req, err := readLogout(body)
	if err != nil {
		return nil, err
	}
	req.FormToken = body.get("token")
	return req, nil
}

// ParseLogout reads what a GET has as its query, and what Encode has written. The error is an *Error, and is for a page.
func ParseLogout(encoded string) (*LogoutRequest, error) {
	parsed, err := parseForm(nil, []byte(encoded))
	if err != nil {
		return nil, err
	}
	return readLogout(parsed)
}

func readLogout(f form) (*LogoutRequest, error) {
	req := &LogoutRequest{
		ClientID:              f.get("client_id"),
		PostLogoutRedirectURI: f.get("post_logout_redirect_uri"),
		State:                 f.get("state"),
		IDTokenHint:           f.get("id_token_hint"),
	}
	if len(req.State) > maxState {
		return nil, InvalidRequest.Refusef("state is longer than %d bytes", maxState)
	}
	if len(req.Encode()) > maxLogout {
		return nil, InvalidRequest.Refusef("the logout request is longer than %d bytes", maxLogout)
	}
	return req, nil
}

// Params are the parameters that have a value: all that counts of the request.
func (l *LogoutRequest) Params() []Param {
	var params []Param
	for _, p := range []Param{
		{"id_token_hint", l.IDTokenHint}, {"client_id", l.ClientID},
		{"post_logout_redirect_uri", l.PostLogoutRedirectURI}, {"state", l.State},
	} {
		if p.Value != "" {
			params = append(params, p)
		}
	}
	return params
}

// Encode writes Params form-encoded. ParseLogout reads it as the same request.
func (l *LogoutRequest) Encode() string {
	values := url.Values{}
	for _, p := range l.Params() {
		values.Set(p.Name, p.Value)
	}
	return values.Encode()
}
