package token

import (
	"encoding/base64"
	"strings"
)

// maxSize bounds a token, in bytes: what does not fit into a request header is not worth parsing.
const maxSize = 16 << 10

// compact is a compact JWS (RFC 7515 section 7.1) taken apart.
type compact struct{ header, payload string }

// split takes raw apart. It takes exactly one spelling of each token, where decoders take several: who remembers or
// revokes a token by its text must not meet it again under another.
func split(raw string) (compact, error) {
	if len(raw) > maxSize {
		return compact{}, ErrTooLong
	}
	header, rest, _ := strings.Cut(raw, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	parts := compact{header: decode(header), payload: decode(payload)}
	if parts.header == "" || parts.payload == "" || decode(signature) == "" {
		return compact{}, ErrMalformed
	}
	return parts, nil
}

// decode decodes base64url as an encoder writes it (RFC 7515 section 2): without padding, line breaks or bits behind the
// last byte. It gives nothing for anything else.
func decode(segment string) string {
	if strings.ContainsAny(segment, "\r\n") { // which encoding/base64 skips
		return ""
	}
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if err != nil {
		return ""
	}
	return string(decoded)
}
