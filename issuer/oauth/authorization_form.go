package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const (
	// maxAuthorization bounds an authorization request, in bytes: it travels on in a URL, and waits in a cookie.
	maxAuthorization = 8 << 10
	// maxState bounds what is kept for a client and given back to it.
	maxState = 2 << 10
	// maxReturned bounds what is given back to it in an address with an error, which is a good deal shorter than a code.
	maxReturned = maxState + 900
)

// AuthorizationForm is the parameters of an authorization request, of which only two are understood: who asks, and where
// the answer goes. As long as those two are in doubt nothing may be redirected (RFC 6749 section 4.1.2.1), so every other
// parameter is left to Request.
type AuthorizationForm struct {
	ClientID    string
	RedirectURI string // as it was sent; empty when it was not

	form form
}

// ReadAuthorization reads the query of a GET and the body of any other request (OpenID Connect Core section 3.1.2.1); the
// caller has checked the method. The error is an *Error, and is for a page.
func ReadAuthorization(r *http.Request) (*AuthorizationForm, error) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return ParseAuthorizationForm(r.URL.RawQuery)
	}
	s := borrow()
	defer s.giveBack()
	if err := s.load(r); err != nil {
		return nil, err
	}
	return ParseAuthorizationForm(string(s.body))
}

// ParseAuthorizationForm reads what a GET has as its query, and what Encode has written. The error is an *Error, and is
// for a page.
func ParseAuthorizationForm(encoded string) (*AuthorizationForm, error) {
	if len(encoded) > maxAuthorization {
		return nil, InvalidRequest.Refusef("the authorization request is longer than %d bytes", maxAuthorization)
	}
	parsed, err := parsePairs(nil, []byte(encoded), form.admitsAny)
	if err != nil {
		return nil, err
	}
	f := &AuthorizationForm{ClientID: parsed.get("client_id"), RedirectURI: parsed.get("redirect_uri"), form: parsed}
	if err := f.check(); err != nil {
		return nil, err
	}
	return f, nil
}

// check refuses what leaves open who asks or where the answer goes.
func (f *AuthorizationForm) check() error {
	switch {
	case f.form.count("client_id") > 1 || f.form.count("redirect_uri") > 1:
		return InvalidRequest.Refusef("client_id and redirect_uri must not be sent more than once")
	case f.ClientID == "":
		return InvalidRequest.Refusef("client_id is missing")
	case f.RedirectURI == "" && f.asksForOpenID():
		return InvalidRequest.Refusef("redirect_uri is missing: OpenID Connect asks for it always")
	default:
		return nil
	}
}

// asksForOpenID tells whether anybody could read openid into the request (OpenID Connect Core section 3.1.2.1).
func (f *AuthorizationForm) asksForOpenID() bool {
	return slices.ContainsFunc(f.form.all("scope"), func(value string) bool {
		return slices.Contains(strings.Fields(value), "openid")
	})
}

// State is what the client gets back with each answer, errors included (RFC 6749 section 4.1.2.1). It is empty when there
// is none, and when it is open what it is. One that is too long comes back with the refusal as it is, since RFC 6749 has no
// part of one, as far as that fits into an address; a form fits all.
func (f *AuthorizationForm) State() string {
	state := f.single("state")
	if len(state) > maxReturned && f.ResponseMode() != ModeFormPost {
		return ""
	}
	return state
}

// ResponseMode is the way in which the client gets its answer, errors included: the default when it is open which one.
func (f *AuthorizationForm) ResponseMode() ResponseMode {
	if mode := ResponseMode(f.single("response_mode")); mode == ModeFormPost {
		return mode
	}
	return ModeQuery
}

func (f *AuthorizationForm) single(name string) string {
	if f.form.count(name) > 1 {
		return ""
	}
	return f.form.get(name)
}

// Encode writes what counts of the request, form-encoded: the parameters that Request knows and that have a value, in
// order. If Request accepts f, it accepts what is read of that, as the same request.
func (f *AuthorizationForm) Encode() string { return f.encode("") }

// EncodeWithoutHint is Encode for whoever has verified the id_token_hint, and keeps what it says: an ID token is as long as
// what it says of a person.
func (f *AuthorizationForm) EncodeWithoutHint() string { return f.encode("id_token_hint") }

func (f *AuthorizationForm) encode(without string) string {
	kept := url.Values{}
	for _, p := range f.form {
		name := string(p.name)
		if len(p.value) > 0 && name != without && slices.Contains(authorizationParameters, name) {
			kept.Add(name, string(p.value))
		}
	}
	return kept.Encode()
}
