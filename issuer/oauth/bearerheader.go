package oauth

import "net/http"

// BearerInHeader reads the access token of a request from its one Authorization header (RFC 6750 section 2.1), for who
// sees no more of the request than its headers. The error is an *Error with a challenge of scheme Bearer, which says no
// more than that where there is no such token.
func BearerInHeader(h http.Header) (string, error) {
	token, found, err := bearerInHeader(h["Authorization"])
	if err == nil && !found {
		err = &Error{Code: InvalidToken, Bearer: &BearerChallenge{Bare: true}}
	}
	return token, err
}
