package oauth

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// ParseBasic reads client_id and client secret from the value of an Authorization header. Both are form-encoded before
// they are joined (RFC 6749 section 2.3.1), so that an identifier may hold a colon. The secret may be empty, as that of a
// client is that has none (RFC 6749 appendix A.2, RFC 7617 section 2): what it is worth is not known here. Every error is an
// *Error with InvalidClient and a challenge.
func ParseBasic(header string) (string, string, error) {
	scheme, encoded, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Basic") { // RFC 9110 section 11.1
		return "", "", refuseBasic("the Authorization header must be of scheme Basic")
	}
	var space [256]byte // holds most credentials, and is gone with this call
	joined, err := base64.StdEncoding.Strict().AppendDecode(space[:0], []byte(strings.TrimLeft(encoded, " ")))
	if err != nil || strings.ContainsAny(encoded, "\r\n") { // encoding/base64 skips line breaks
		return "", "", refuseBasic("the Authorization header does not hold Base64")
	}
	id, secret, parted := bytes.Cut(joined, []byte(":"))
	id, okID := unescape(id)
	secret, okSecret := unescape(secret)
	switch {
	case !okID || !okSecret:
		return "", "", refuseBasic("client_id and client secret must be form-encoded UTF-8 (RFC 6749 section 2.3.1)")
	case len(id) == 0 || !parted:
		return "", "", refuseBasic("the Authorization header must hold client_id, a colon and the client secret")
	}
	return string(id), string(secret), nil
}

func refuseBasic(description string) error {
	return &Error{Code: InvalidClient, Description: description, Challenge: true}
}
