package token

import "strconv"

// reader reads members of an object by type. A member that is there but has another type, or is empty, spoils it.
type reader struct {
	object
	spoilt bool
}

// text is the string called name; empty when it is absent.
func (r *reader) text(name string) string {
	raw, found := r.find(name)
	if !found {
		return ""
	}
	s := scanner{text: raw}
	text, ok := s.unquoted()
	r.spoilt = r.spoilt || !ok || text == ""
	return text
}

// texts is the string or array of strings called name, which is how aud is written (RFC 7519 section 4.1.3).
func (r *reader) texts(name string) []string {
	raw, found := r.find(name)
	if !found {
		return nil
	}
	if raw[0] != '[' {
		return []string{r.text(name)}
	}
	var texts []string
	s := scanner{text: raw}
	ok := s.list(']', func() bool {
		text, ok := s.unquoted()
		texts = append(texts, text)
		return ok && text != ""
	})
	r.spoilt = r.spoilt || !ok || len(texts) == 0
	return texts
}

// seconds is the NumericDate called name, rounded down; 0 when it is absent. It may have a fraction (RFC 7519 section 2).
func (r *reader) seconds(name string) int64 {
	raw, found := r.find(name)
	if !found {
		return 0
	}
	value, err := strconv.ParseFloat(raw, 64)
	if err != nil || value < 0 || value > lastSecond {
		r.spoilt = true
		return 0
	}
	return int64(value)
}
