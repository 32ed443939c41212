package oauth

import (
	"net/http"
	"strings"
)

// BearerChallenge asks for a WWW-Authenticate header of scheme Bearer (RFC 6750 section 3).
type BearerChallenge struct {
	// Scope is what a token would need; empty when that is not what is wrong.
	Scope string
	// Bare says nothing but the scheme: nobody has tried anything yet (RFC 6750 section 3.1). The body is left out, too.
	Bare bool
}

// BearerHeader is the WWW-Authenticate header that goes with e; empty if e does not ask for one of scheme Bearer.
func (e *Error) BearerHeader() string {
	if e.Bearer == nil {
		return ""
	}
	header := `Bearer realm="tokenwright"`
	if e.Bearer.Bare {
		return header
	}
	header += `, error="` + string(e.Code) + `"`
	if e.Description != "" {
		header += `, error_description="` + printable(e.Description) + `"`
	}
	if e.Bearer.Scope != "" {
		header += `, scope="` + printable(e.Bearer.Scope) + `"`
	}
	return header
}

// RefuseToken is the one answer to an access token that is no good, whatever is wrong with it; cause is for the log.
func RefuseToken(cause error) error {
	return &Error{
		Code:        InvalidToken,
		Description: "the access token is malformed, expired, revoked or not for this",
		Bearer:      &BearerChallenge{},
		cause:       cause,
	}
}

// RefuseScope answers an access token that is good, but lacks scope (RFC 6750 section 3.1).
func RefuseScope(scope string) error {
	return &Error{
		Code:        InsufficientScope,
		Description: "the access token lacks scope " + printable(scope),
		Bearer:      &BearerChallenge{Scope: scope},
	}
}

// RefuseImpersonal answers an access token that is good, but that a client got in its own name, where only what a person
// has granted will do. No scope would help, so none is named.
func RefuseImpersonal() error {
	return &Error{
		Code:        InsufficientScope,
		Description: "the access token is a client's own, and this is about people who log in",
		Bearer:      &BearerChallenge{},
	}
}

// ParseBearer reads the access token of r from the Authorization header (RFC 6750 section 2.1) or from the body of a POST
// (section 2.2), never from the URL. The error is an *Error with a challenge of scheme Bearer.
func ParseBearer(r *http.Request) (string, error) {
	if err := checkQuery(r.URL); err != nil {
		return "", challenged(err)
	}
	inHeader, found, err := bearerInHeader(r.Header["Authorization"])
	if err != nil {
		return "", err
	}
	inBody, err := bearerInBody(r)
	switch {
	case err != nil:
		return "", challenged(err)
	case found && inBody != "":
		return "", challenged(InvalidRequest.Refusef("the access token stands both in header and body"))
	case found:
		return inHeader, nil
	case inBody == "":
		return "", &Error{Code: InvalidToken, Bearer: &BearerChallenge{Bare: true}}
	case !isToken68(inBody):
		return "", RefuseToken(nil)
	default:
		return inBody, nil
	}
}

// bearerInHeader reports whether there is a header of scheme Bearer. One of another scheme proves nothing here.
func bearerInHeader(authorization []string) (string, bool, error) {
	if len(authorization) > 1 {
		return "", false, challenged(InvalidRequest.Refusef("more than one Authorization header"))
	}
	if len(authorization) == 0 {
		return "", false, nil
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") { // RFC 9110 section 11.1
		return "", false, nil
	}
	if token = strings.TrimLeft(token, " "); !isToken68(token) {
		return "", true, RefuseToken(nil)
	}
	return token, true, nil
}

// bearerInBody reads a token from a form. A body of another kind is none of ours: it need not even be read.
func bearerInBody(r *http.Request) (string, error) {
	if r.Method != http.MethodPost || checkContentType(r.Header["Content-Type"]) != nil {
		return "", nil
	}
	s := borrow()
	defer s.giveBack()
	body, err := s.read(r)
	if err != nil {
		return "", err
	}
	return body.get("access_token"), nil
}

// challenged has err ask for a token.
func challenged(err error) error {
	e := From(err)
	e.Bearer = &BearerChallenge{}
	return e
}

// isToken68 follows RFC 9110 section 11.2.
func isToken68(text string) bool {
	text = strings.TrimRight(text, "=")
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return !isBase64URL(r) && !strings.ContainsRune(".~+/", r)
	})
}
