package token

import (
	"strconv"
	"strings"
)

// scanner is at a place in a JSON text (RFC 8259). Its methods read what begins there and report whether it was well
// formed; after a false the scanner is of no more use.
type scanner struct {
	text  string
	pos   int
	depth int // of the objects and arrays that are open
}

// value reads any value.
func (s *scanner) value() bool {
	switch s.next() {
	case '{':
		_, ok := s.object()
		return ok
	case '[':
		return s.list(']', s.value)
	case '"':
		_, ok := s.quoted()
		return ok
	default:
		return s.word("true") || s.word("false") || s.word("null") || s.number()
	}
}

// list reads items with commas between them, from the opening bracket to the closing one.
func (s *scanner) list(closing byte, item func() bool) bool {
	s.pos++
	if s.depth++; s.depth > maxDepth {
		return false
	}
	for more := s.next() != closing; more; {
		if !item() {
			return false
		}
		switch s.next() {
		case ',':
			s.pos++
		case closing:
			more = false
		default:
			return false
		}
	}
	s.pos++
	s.depth--
	return true
}

// number reads a number that does not overflow.
func (s *scanner) number() bool {
	start := s.pos
	s.accept("-")
	if !s.accept("0") && !s.digits() {
		return false
	}
	if s.accept(".") && !s.digits() {
		return false
	}
	if s.accept("eE") {
		s.accept("+-")
		if !s.digits() {
			return false
		}
	}
	_, err := strconv.ParseFloat(s.text[start:s.pos], 64)
	return err == nil
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.accept("0123456789") {
	}
	return s.pos > start
}

func (s *scanner) word(word string) bool {
	if !strings.HasPrefix(s.text[s.pos:], word) {
		return false
	}
	s.pos += len(word)
	return true
}

// accept takes the next character if it is one of set.
func (s *scanner) accept(set string) bool {
	if s.pos == len(s.text) || strings.IndexByte(set, s.text[s.pos]) < 0 {
		return false
	}
	s.pos++
	return true
}

// next skips white space and tells the next character without taking it; 0 at the end.
func (s *scanner) next() byte {
	for s.accept(" \t\r\n") {
	}
	if s.pos == len(s.text) {
		return 0
	}
	return s.text[s.pos]
}
