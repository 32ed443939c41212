package login

import (
	"encoding/json"
	"errors"
	"iter"
	"maps"
)

// doubts are the people who may be meant by entries of a file that cannot be read. The zero value has nobody.
//
// To be in doubt is not to have left: whoever stood in the former version and may be meant keeps what they began, since a
// slip of somebody's finger must not end it for good. Nobody logs in by an entry that cannot be read, though.
type doubts struct {
	// By folded username and by subject, as far as an entry says them: whether it disables its user, which counts whatever
	// else is wrong with it. An earlier entry keeps both from a later one: who is meant must not depend on a mistake.
	names, subjects map[string]bool
	// anybody says that some entry does not tell whose it is.
	anybody bool
}

func (d *doubts) hasName(folded string) bool {
	_, ok := d.names[folded]
	return ok
}

func (d *doubts) hasSubject(subject string) bool {
	_, ok := d.subjects[subject]
	return ok
}

// note takes from an entry that was refused what can be read of whose it is.
func (d *doubts) note(provider string, raw json.RawMessage, why error) {
	var whose struct {
		Username string `json:"username"`
		Subject  string `json:"subject"`
		ID       string `json:"id"`
		Disabled bool   `json:"disabled"`
	}
	_ = json.Unmarshal(raw, &whose) // what is of the wrong type is left out
	if doubled, ok := errors.AsType[*doubledKeyError](why); ok && (doubled.name == "username" || doubled.name == "subject" || doubled.name == "id") {
		d.anybody = true
	}
	entry := userEntry{Username: whose.Username, Subject: whose.Subject, ID: whose.ID}
	if checkUsername(entry.Username) != nil {
		d.anybody = true
		return
	}
	if d.names == nil {
		d.names, d.subjects = map[string]bool{}, map[string]bool{}
	}
	d.names[fold(entry.Username)] = whose.Disabled
	if entry.checkSubject() == nil && entry.checkID() == nil {
		d.subjects[Subject(provider, entry.own())] = whose.Disabled
	}
}

// about tells whether a user may be meant, and whether what can be read disables them. Name or subject is enough: the other
// one may be what is wrong.
func (d *doubts) about(was *user) (meant, disabled bool) {
	byName, named := d.names[fold(was.identity.Username)]
	bySubject, known := d.subjects[was.identity.Subject]
	return named || known || d.anybody, byName || bySubject
}

// After is u as the version of the file that comes after last, which may be nil: whoever stood there and may be meant by an
// entry of u that cannot be read goes on with what they began, as they were then. They cannot log in.
func (u *Users) After(last *Users) *Users {
	if last == nil || len(u.refused) == 0 {
		return u
	}
	next := *u
	next.kept = map[string]*user{}
	for subject, was := range last.people() {
		if u.bySubject[subject] != nil || was.disabled {
			continue
		}
		if meant, disabled := u.doubts.about(was); meant && !disabled {
			next.kept[subject] = was
		}
	}
	return &next
}

// InDoubt tells whether somebody who is not there may be meant by an entry that cannot be read, and this file comes after none
// that knew them.
func (u *Users) InDoubt(subject, username string) bool {
	if len(u.refused) == 0 || u.bySubject[subject] != nil || u.kept[subject] != nil {
		return false
	}
	meant, disabled := u.doubts.about(&user{identity: Identity{Subject: subject, Username: username}})
	return meant && !disabled
}

// people are all that have begun something, by subject: those of the file, and those who are kept.
func (u *Users) people() iter.Seq2[string, *user] {
	return func(yield func(string, *user) bool) {
		for _, some := range []map[string]*user{u.bySubject, u.kept} {
			for subject, one := range maps.All(some) {
				if !yield(subject, one) {
					return
				}
			}
		}
	}
}
