package token

import "strconv"

// appendClaims appends c as JSON. It is written out because encoding/json would cost more than the rest of minting but
// the signature.
func appendClaims(dst []byte, c *Claims) []byte {
	dst = appendText(append(dst, `{"iss":`...), c.Issuer)
	dst = appendText(append(dst, `,"sub":`...), c.Subject)
	dst = appendAudience(append(dst, `,"aud":`...), c.Audience)
	dst = appendText(append(dst, `,"client_id":`...), c.ClientID)
	if c.Scope != "" {
		dst = appendText(append(dst, `,"scope":`...), c.Scope)
	}
	dst = strconv.AppendInt(append(dst, `,"iat":`...), c.IssuedAt, 10)
	dst = strconv.AppendInt(append(dst, `,"exp":`...), c.Expires, 10)
	dst = appendText(append(dst, `,"jti":`...), c.ID)
	return append(appendLogin(dst, c), '}')
}

// appendLogin appends what is known of a login.
func appendLogin(dst []byte, c *Claims) []byte {
	if c.AuthTime != 0 {
		dst = strconv.AppendInt(append(dst, `,"auth_time":`...), c.AuthTime, 10)
	}
	if c.ACR != "" {
		dst = appendText(append(dst, `,"acr":`...), c.ACR)
	}
	if len(c.AMR) > 0 {
		dst = appendTexts(append(dst, `,"amr":`...), c.AMR)
	}
	if c.SessionID != "" {
		dst = appendText(append(dst, `,"sid":`...), c.SessionID)
	}
	return dst
}

// appendAudience writes one audience as a string, which every reader knows, and several as an array (RFC 7519 section
// 4.1.3).
func appendAudience(dst []byte, audience []string) []byte {
	if len(audience) == 1 {
		return appendText(dst, audience[0])
	}
	return appendTexts(dst, audience)
}

// appendTexts writes texts, of which there is one at least, as an array.
func appendTexts(dst []byte, texts []string) []byte {
	for i, text := range texts {
		separator := byte(',')
		if i == 0 {
			separator = '['
		}
		dst = appendText(append(dst, separator), text)
	}
	return append(dst, ']')
}

// appendText appends text, which is UTF-8, as a JSON string (RFC 8259 section 7).
func appendText(dst []byte, text string) []byte {
	const digits = "0123456789abcdef"
	dst = append(dst, '"')
	done := 0
	for i := range len(text) {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, text[done:i]...)
		dst = append(dst, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		done = i + 1
	}
	return append(append(dst, text[done:]...), '"')
}
