package token

import (
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
)

// quoted reads a string and returns it as it is written.
func (s *scanner) quoted() (string, bool) {
	if s.next() != '"' {
		return "", false
	}
	start := s.pos
	for s.pos++; s.pos < len(s.text); {
		switch c := s.text[s.pos]; {
		case c == '"':
			s.pos++
			return s.text[start:s.pos], true
		case c < ' ':
			return "", false
		case c == '\\':
			if !s.escape() {
				return "", false
			}
		default:
			s.pos++
		}
	}
	return "", false
}

// escape reads one escaped character. Half a surrogate pair is none: decoders replace it, and different names would
// become the same.
func (s *scanner) escape() bool {
	s.pos++
	if s.accept(`"\/bfnrt`) {
		return true
	}
	first, ok := s.unit()
	if !ok || !utf16.IsSurrogate(first) {
		return ok
	}
	if !s.accept(`\`) {
		return false
	}
	second, ok := s.unit()
	return ok && utf16.DecodeRune(first, second) != '\uFFFD'
}

// unit reads what follows the backslash of a \uXXXX.
func (s *scanner) unit() (rune, bool) {
	if !s.accept("u") || len(s.text)-s.pos < 4 {
		return 0, false
	}
	unit, err := strconv.ParseUint(s.text[s.pos:s.pos+4], 16, 16)
	s.pos += 4
	return rune(unit), err == nil
}

// unquoted reads a string and returns what it says.
func (s *scanner) unquoted() (string, bool) {
	raw, ok := s.quoted()
	if !ok {
		return "", false
	}
	if !strings.Contains(raw, `\`) {
		return raw[1 : len(raw)-1], true
	}
	var text string
	err := json.Unmarshal([]byte(raw), &text)
	return text, err == nil
}
