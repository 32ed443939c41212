package token

import (
	"slices"
	"unicode/utf8"
)

const (
	maxDepth   = 16
	maxMembers = 128 // of one object; each name is compared with those before it
)

// object is the members of a JSON object. encoding/json will not do where a signature counts: it takes the last of
// several members of one name, takes names in any case, and mends what is not UTF-8. Two readers could then see two
// tokens (RFC 8725 section 2.4).
type object []member

// member is one member of an object: its name as it reads, its value as it is written.
type member struct{ name, value string }

// parseObject reads text, which must be one JSON object and nothing else, with names that differ, at every level, and
// numbers that a float64 can hold.
func parseObject(text string) (object, bool) {
	if !utf8.ValidString(text) {
		return nil, false
	}
	s := scanner{text: text}
	if s.next() != '{' {
		return nil, false
	}
	members, ok := s.object()
	s.next()
	return members, ok && s.pos == len(text)
}

func (o object) find(name string) (string, bool) {
	i := slices.IndexFunc(o, func(m member) bool { return m.name == name })
	if i < 0 {
		return "", false
	}
	return o[i].value, true
}

func (o object) has(name string) bool {
	_, found := o.find(name)
	return found
}

// object reads an object.
func (s *scanner) object() (object, bool) {
	members := make(object, 0, 8)
	ok := s.list('}', func() bool {
		m, ok := s.member()
		if !ok || len(members) == maxMembers || members.has(m.name) {
			return false
		}
		members = append(members, m)
		return true
	})
	return members, ok
}

func (s *scanner) member() (member, bool) {
	name, ok := s.unquoted()
	if !ok || s.next() != ':' {
		return member{}, false
	}
	s.pos++
	s.next()
	start := s.pos
	if !s.value() {
		return member{}, false
	}
	return member{name, s.text[start:s.pos]}, true
}
