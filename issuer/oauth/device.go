package oauth

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"
)

// DeviceRequest is a device authorization request (RFC 8628 section 3.1), well-formed and nothing more.
type DeviceRequest struct {
	Credentials

	Scopes    Scopes   // empty when the request names none
	Resources []string // absolute URIs without repetition (RFC 8707 section 2)
}

// ParseDeviceRequest reads r, whose method the caller has checked. The error is an *Error.
func ParseDeviceRequest(r *http.Request) (*DeviceRequest, error) {
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
	scopes, err := ParseScopes(body.get("scope"))
	if err != nil {
		return nil, err
	}
	resources, err := checkResources(body.all("resource"))
	if err != nil {
		return nil, err
	}
	return &DeviceRequest{Credentials: credentials, Scopes: scopes, Resources: resources}, nil
}

// ThrottleDevices refuses device authorization requests of whoever sent too many. RFC 8628 has no code of its own for it;
// slow_down says what to do, and the status that nothing has begun (RFC 6585 section 4).
func ThrottleDevices(after time.Duration) error {
	return &Error{
		Code:        SlowDown,
		Description: "too many device authorization requests",
		RetryAfter:  after,
		HTTPStatus:  http.StatusTooManyRequests,
	}
}

// UserCode is what people type to say which device they mean (RFC 8628 section 6.1): eight letters, so 34 bits, of which
// few are tried before whoever tries has to wait. The zero value is no code.
type UserCode string

const (
	// userCodeLetters are consonants that people do not mistake for one another, and that spell no words.
	userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ"
	userCodeLength  = 8
	// maxTyped is more than anybody types for eight letters, in bytes.
	maxTyped = 64
)

// NewUserCode draws a code; each is as likely as any other. It fails when random does.
func NewUserCode(random io.Reader) (UserCode, error) {
	const fair = 256 / len(userCodeLetters) * len(userCodeLetters) // beyond, some letters would come more often
	code := make([]byte, 0, userCodeLength)
	for len(code) < userCodeLength {
		var draw [1]byte
		if _, err := io.ReadFull(random, draw[:]); err != nil {
			return "", fmt.Errorf("draw a user code: %w", err)
		}
		if int(draw[0]) < fair {
			code = append(code, userCodeLetters[int(draw[0])%len(userCodeLetters)])
		}
	}
	return UserCode(code), nil
}

// ParseUserCode reads what somebody typed: in upper case or lower, with hyphens and blanks wherever they like (RFC 8628
// section 6.1). It tells whether that is a code at all.
func ParseUserCode(typed string) (UserCode, bool) {
	if len(typed) > maxTyped {
		return "", false
	}
	code := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, typed)
	if len(code) != userCodeLength || strings.Trim(code, userCodeLetters) != "" {
		return "", false
	}
	return UserCode(code), true
}

// Shown is the code as people are shown it: in two halves, which are easier to read and to type.
func (c UserCode) Shown() string {
	if len(c) != userCodeLength {
		return string(c)
	}
	return string(c[:userCodeLength/2] + "-" + c[userCodeLength/2:])
}
