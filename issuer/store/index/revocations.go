package index

import (
	"cmp"
	"slices"
	"time"

	"tokenwright.dev/issuer/store"
)

// Revocations tells whether one of many revocations covers a token. It looks once for each combination of selectors that
// is in use, of which there are at most thirty-two, however many revocations there are. The zero value is empty. It is not
// safe for concurrent use.
type Revocations struct {
	bySelector map[selector][]cutoff // the latest first
	inUse      [combinations]int     // selectors by the fields that they set
}

// selector is what a revocation is about.
type selector struct {
	tokenID, sessionID, clientID, subject string
	user                                  store.User
}

// cutoff is one revocation of what was issued before a moment.
type cutoff struct {
	before time.Time
	name   string
}

// combinations are the sets of fields that a selector can set, one bit for each; userField is the last.
const (
	combinations = 1 << 5
	userField    = 1 << 4
)

// Add takes the revocation that is called name; another of that name must have been removed before.
func (x *Revocations) Add(name string, r store.Revocation) {
	if x.bySelector == nil {
		x.bySelector = map[selector][]cutoff{}
	}
	s := selectorOf(r)
	list := x.bySelector[s]
	if len(list) == 0 {
		x.inUse[s.fields()]++
	}
	c := cutoff{r.IssuedBefore, name}
	place, _ := slices.BinarySearchFunc(list, c, latestFirst)
	x.bySelector[s] = slices.Insert(list, place, c)
}

// Remove takes the revocation away that was added under name.
func (x *Revocations) Remove(name string, r store.Revocation) {
	s := selectorOf(r)
	list := x.bySelector[s]
	place, found := slices.BinarySearchFunc(list, cutoff{r.IssuedBefore, name}, latestFirst)
	switch {
	case !found:
	case len(list) == 1:
		delete(x.bySelector, s)
		x.inUse[s.fields()]--
	default:
		x.bySelector[s] = slices.Delete(list, place, place+1)
	}
}

// Cover tells whether any revocation covers i, as store.Revocation.Covers says of one.
func (x *Revocations) Cover(i store.Issued) bool {
	whole := selector{tokenID: i.TokenID, sessionID: i.SessionID, clientID: i.ClientID, subject: i.Subject}
	for fields, count := range x.inUse {
		if count == 0 {
			continue
		}
		if fields&userField != 0 && whole.user == (store.User{}) {
			whole.user = i.User.Folded() // only where somebody revokes by name, since it takes a while
		}
		if list := x.bySelector[whole.only(fields)]; len(list) > 0 && i.At.Before(list[0].before) {
			return true
		}
	}
	return false
}

func selectorOf(r store.Revocation) selector {
	return selector{r.TokenID, r.SessionID, r.ClientID, r.Subject, r.User}
}

// fields is the set of fields that s sets, one bit for each.
func (s selector) fields() int {
	set := 0
	for i, value := range []string{s.tokenID, s.sessionID, s.clientID, s.subject} {
		if value != "" {
			set |= 1 << i
		}
	}
	if s.user != (store.User{}) {
		set |= userField
	}
	return set
}

// only is s with nothing but these fields.
func (s selector) only(fields int) selector {
	for i, value := range []*string{&s.tokenID, &s.sessionID, &s.clientID, &s.subject} {
		if fields&(1<<i) == 0 {
			*value = ""
		}
	}
	if fields&userField == 0 {
		s.user = store.User{}
	}
	return s
}

func latestFirst(a, b cutoff) int {
	return cmp.Or(b.before.Compare(a.before), cmp.Compare(a.name, b.name))
}
