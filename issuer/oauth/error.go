package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Error is the only failure that reaches the wire. Its cause is logged and never sent.
type Error struct {
	Code        Code   // decides the HTTP status and the log level
	Description string // for the client's developer, in the characters that RFC 6749 section 5.2 allows
	// Challenge asks for a WWW-Authenticate header: the client tried to authenticate by the Authorization header, and
	// the answer must name the scheme that it should have used (RFC 6749 section 5.2).
	Challenge bool
	// Bearer asks for a WWW-Authenticate header of scheme Bearer, which BearerHeader gives; nil where none is due.
	Bearer *BearerChallenge
	// RetryAfter is when to try again (RFC 9110 section 10.2.3); zero when there is nothing to wait for.
	RetryAfter time.Duration
	// HTTPStatus replaces the status of the code, where HTTP has a better one; zero where it has not.
	HTTPStatus int

	cause error
}

// Refusef tells the client what it did wrong. The description must hold no secret.
func (c Code) Refusef(format string, args ...any) error {
	return &Error{Code: c, Description: printable(fmt.Sprintf(format, args...))}
}

// Hide reports a fault of ours: the client learns the code, the log learns the cause.
func (c Code) Hide(cause error) error { return &Error{Code: c, cause: cause} }

// Throttle refuses further failures of a client for a while. The code stays invalid_client, since RFC 6749 has none of
// its own for it; the status says the rest (RFC 6585 section 4).
func Throttle(after time.Duration) error {
	return &Error{
		Code:        InvalidClient,
		Description: "too many failed attempts to authenticate",
		RetryAfter:  after,
		HTTPStatus:  http.StatusTooManyRequests,
	}
}

// Unavailable reports that something this request needs is away, most likely not for long.
func Unavailable(after time.Duration, cause error) error {
	return &Error{Code: TemporarilyUnavailable, RetryAfter: after, cause: cause}
}

// From finds the Error in err. Anything else is a server_error, so no internal text can leak.
func From(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: ServerError, cause: err}
}

// CodeOf is the code that err answers with; empty when err is nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	return From(err).Code
}

// Status is the HTTP status of the answer.
func (e *Error) Status() int {
	if e.HTTPStatus != 0 {
		return e.HTTPStatus
	}
	return e.Code.Status()
}

// Error tells the log everything, the cause included.
func (e *Error) Error() string {
	text := string(e.Code)
	if e.Description != "" {
		text += ": " + e.Description
	}
	if e.cause != nil {
		text += ": " + e.cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }
