package oauth

import "unicode/utf8"

// unescape decodes one form-encoded name or value in place. It reports false for a broken escape, for anything but UTF-8,
// and for control characters, which no parameter of the protocol may hold (RFC 6749 appendix A) and which cut strings
// short or forge lines further down.
func unescape(text []byte) ([]byte, bool) {
	out := text[:0]
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch c {
		case '+':
			c = ' '
		case '%':
			if i+2 >= len(text) {
				return nil, false
			}
			high, okHigh := unhex(text[i+1])
			low, okLow := unhex(text[i+2])
			if !okHigh || !okLow {
				return nil, false
			}
			c = high<<4 | low
			i += 2
		}
		if c < ' ' || c == 0x7f {
			return nil, false
		}
		out = append(out, c)
	}
	return out, utf8.Valid(out)
}

func unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	default:
		return 0, false
	}
}
