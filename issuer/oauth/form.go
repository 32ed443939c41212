package oauth

import (
	"bytes"
	"slices"
)

// maxParameters is more than any request of the protocol has.
const maxParameters = 64

// form is the parameters of a request body. It is a view of the body's bytes, decoded in place, and ends with them; get
// and all copy what is to live longer.
type form []parameter

type parameter struct{ name, value []byte }

// repeatable are the parameters that may be sent more than once (RFC 8707 section 2, RFC 8693 section 2.1).
var repeatable = []string{"resource", "audience"}

// parseForm reads body as application/x-www-form-urlencoded (RFC 6749 appendix B), appends to f, and overwrites body. It
// refuses what lenient parsers drop or read in different ways: what this issuer sees must be what a proxy before it saw.
func parseForm(f form, body []byte) (form, error) { return parsePairs(f, body, form.admits) }

// parsePairs is parseForm for what admits lets in: it refuses a name that is not to follow those before it.
func parsePairs(f form, body []byte, admits func(form, []byte) error) (form, error) {
	if bytes.IndexByte(body, ';') >= 0 {
		return nil, InvalidRequest.Refusef("parameters must be separated by &, and ; must be encoded")
	}
	for len(body) > 0 {
		var pair []byte
		pair, body, _ = bytes.Cut(body, []byte("&"))
		if len(pair) == 0 {
			continue
		}
		name, value, _ := bytes.Cut(pair, []byte("="))
		name, okName := unescape(name)
		value, okValue := unescape(value)
		if !okName || !okValue || len(name) == 0 {
			return nil, InvalidRequest.Refusef("the parameters are not form-encoded UTF-8 without control characters")
		}
		if err := admits(f, name); err != nil {
			return nil, err
		}
		f = append(f, parameter{name, value})
	}
	return f, nil
}

// admits refuses a repeated parameter, known or not and even without a value: who reads the first and who reads the last
// would see different requests (RFC 6749 section 3.2).
func (f form) admits(name []byte) error {
	if err := f.admitsAny(name); err != nil || f.find(string(name)) < 0 || slices.Contains(repeatable, string(name)) {
		return err
	}
	return InvalidRequest.Refusef("parameter %s is sent more than once", name)
}

// admitsAny refuses nothing but a crowd.
func (f form) admitsAny([]byte) error {
	if len(f) == maxParameters {
		return InvalidRequest.Refusef("more than %d parameters", maxParameters)
	}
	return nil
}

func (f form) find(name string) int {
	return slices.IndexFunc(f, func(p parameter) bool { return string(p.name) == name })
}

// count is how often a parameter was sent, with a value or without.
func (f form) count(name string) int {
	count := 0
	for _, p := range f {
		if string(p.name) == name {
			count++
		}
	}
	return count
}

// value is the value of a parameter, as a view. A parameter without a value counts as absent (RFC 6749 section 3.2).
func (f form) value(name string) []byte {
	if i := f.find(name); i >= 0 {
		return f[i].value
	}
	return nil
}

func (f form) has(name string) bool { return len(f.value(name)) > 0 }

// get is a copy of the value of a parameter; empty when it is absent.
func (f form) get(name string) string { return string(f.value(name)) }

// all is a copy of every value of a repeatable parameter.
func (f form) all(name string) []string {
	var values []string
	for _, p := range f {
		if string(p.name) == name && len(p.value) > 0 {
			values = append(values, string(p.value))
		}
	}
	return values
}
