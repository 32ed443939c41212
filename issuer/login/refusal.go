package login

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Refusal is an entry of a users file that counts for nobody until somebody repairs it, and why. It names nobody and quotes
// nothing of the file.
type Refusal struct {
	Line   int    // where the mistake stands, from 1; zero where that is not known
	Entry  int    // the place of the entry in the list, from 1
	Reason string // what to write instead
}

func (r Refusal) String() string { return at(r.Line, r.Entry) + ": " + r.Reason }

// at names a line, or the entry where that is not known.
func at(line, entry int) string {
	if line == 0 {
		return fmt.Sprintf("entry %d", entry)
	}
	return fmt.Sprintf("line %d", line)
}

// where names the place of a field of an entry.
func (u *Users) where(place int, field string) string {
	return at(u.places().line(place, field), place+1)
}

// toldRefusals bounds the refusals that are told one by one.
const toldRefusals = 5

// RefusedError says that entries of a users file were left out, while the others count.
type RefusedError struct {
	// Refusals are the entries, in the order of the file. There is at least one.
	Refusals []Refusal
}

// Error tells the first few of them. It has a few hundred bytes at most, and may be shown to whoever reads status or logs.
func (e *RefusedError) Error() string {
	told := make([]string, 0, toldRefusals)
	for _, refusal := range e.Refusals[:min(len(e.Refusals), toldRefusals)] {
		told = append(told, refusal.String())
	}
	text := "users: " + strings.Join(told, "; ")
	if more := len(e.Refusals) - len(told); more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// Refused are the entries that were left out, as a *RefusedError; nil if all count.
func (u *Users) Refused() error {
	if len(u.refused) == 0 {
		return nil
	}
	return &RefusedError{u.refused}
}

// refuse leaves an entry out, and notes who may be meant by it.
func (u *Users) refuse(provider string, place int, raw json.RawMessage, why error) {
	u.refused = append(u.refused, Refusal{Line: u.lineOf(place, why), Entry: place + 1, Reason: why.Error()})
	u.doubts.note(provider, raw, why)
}

// lineOf is where a mistake stands.
func (u *Users) lineOf(place int, why error) int {
	if doubled, ok := errors.AsType[*doubledKeyError](why); ok {
		return doubled.line
	}
	if unknown, ok := errors.AsType[*noFieldError](why); ok {
		if line := u.places().line(place, unknown.name); line != u.places().line(place) {
			return line
		}
		return u.places().line(place, "address", unknown.name)
	}
	path, _, _ := strings.Cut(why.Error(), ":") // what is wrong with a field begins with its name
	return u.places().line(place, strings.Split(path, ".")...)
}
