package login_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
)

// shape is a page taken apart. Pages are written so that they are XML as well as HTML, and a strict reader finds what is
// not closed or not quoted.
type shape struct{ elements []element }

type element struct {
	name  string
	attrs map[string]string
	text  string // directly inside
}

func parse(tb testing.TB, body []byte) shape {
	tb.Helper()
	decoder := xml.NewDecoder(bytes.NewReader(bytes.Map(replaceIllegal, body)))
	var s shape
	var open []int
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return s
		}
		if err != nil {
			tb.Fatalf("not well-formed: %v\n%s", err, body)
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, len(s.elements))
			s.elements = append(s.elements, startOf(token))
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 {
				s.elements[open[len(open)-1]].text += string(token)
			}
		case xml.Comment:
			tb.Errorf("a comment is sent: %s", token)
		}
	}
}

// replaceIllegal replaces what XML forbids and HTML does not: most control characters, and those that are no characters.
func replaceIllegal(r rune) rune {
	if unicode.IsControl(r) && !strings.ContainsRune("\t\n\r", r) || r&0xfffe == 0xfffe {
		return unicode.ReplacementChar
	}
	return r
}

func startOf(start xml.StartElement) element {
	e := element{name: start.Name.Local, attrs: map[string]string{}}
	for _, attr := range start.Attr {
		e.attrs[attr.Name.Local] = attr.Value
	}
	return e
}

func (s shape) find(name string) []element {
	var found []element
	for _, e := range s.elements {
		if e.name == name {
			found = append(found, e)
		}
	}
	return found
}

func (s shape) texts(name string) []string {
	var texts []string
	for _, e := range s.find(name) {
		texts = append(texts, e.text)
	}
	return texts
}

// bones are the names of elements and attributes, and the values of those attributes that only we write.
func (s shape) bones() string {
	var out strings.Builder
	for _, e := range s.elements {
		out.WriteString("\n" + e.name)
		for _, attr := range []string{
			"action", "autocomplete", "charset", "class", "content", "for", "href", "http-equiv", "id", "method", "name", "rel",
			"required", "role", "spellcheck", "src", "style", "target", "type", "formaction", "onclick", "onload", "onerror",
		} {
			if value, ok := e.attrs[attr]; ok {
				out.WriteString(" " + attr + "=" + value)
			}
		}
		out.WriteString(" of " + strings.Repeat("|", len(e.attrs)))
	}
	return out.String()
}
