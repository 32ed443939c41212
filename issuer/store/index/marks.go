package index

import (
	"time"

	"tokenwright.dev/issuer/store"
)

// Marks counts marks by client, by source and by person, and finds what makes way for another. Where there is no room it looks
// at the marks of one client, of which there are store.MaxMarksOfClient at most; in a full store at the number of each
// client's, or of each person's, too.
// The zero value is empty. It is not safe for concurrent use.
type Marks struct {
	byName             map[string]MarkCount
	byClient, bySource Groups
	yielding           map[string]int // how many of each client may make way
	byPerson           Groups
	ofPersons          int // how many marks are of persons
	live               Expiry
}

// MarkCount is what must be known of a mark to count it.
type MarkCount struct {
	ClientID, Source, Subject string
	MayMakeWay                bool
	Expires                   time.Time
}

// CountOf is what must be known of m.
func CountOf(m *store.Mark) MarkCount {
	return MarkCount{
		ClientID: m.ClientID, Source: m.Source, Subject: m.Subject, MayMakeWay: m.MayMakeWay(), Expires: m.Expires,
	}
}

// Set notes a mark, or a change of it.
func (m *Marks) Set(name string, c MarkCount) {
	m.Remove(name)
	if m.byName == nil {
		m.byName, m.yielding = map[string]MarkCount{}, map[string]int{}
	}
	m.byName[name] = c
	m.live.Set(name, c.Expires)
	if c.Subject != "" {
		m.byPerson.Add(c.Subject, name)
		m.ofPersons++
		return
	}
	m.byClient.Add(c.ClientID, name)
	if c.MayMakeWay {
		m.bySource.Add(c.Source, name)
		m.yielding[c.ClientID]++
	}
}

// Remove forgets a mark.
func (m *Marks) Remove(name string) {
	c, ok := m.byName[name]
	if !ok {
		return
	}
	delete(m.byName, name)
	m.live.Remove(name)
	if c.Subject != "" {
		m.byPerson.Remove(c.Subject, name)
		m.ofPersons--
		return
	}
	m.byClient.Remove(c.ClientID, name)
	if !c.MayMakeWay {
		return
	}
	m.bySource.Remove(c.Source, name)
	if m.yielding[c.ClientID]--; m.yielding[c.ClientID] == 0 {
		delete(m.yielding, c.ClientID)
	}
}

// Expire counts what has expired no more.
func (m *Marks) Expire(now time.Time) {
	for m.live.IsDue(now) {
		m.Remove(m.live.queue[0].name)
	}
}

// Room tells whether another mark of a client and a source, or of a person, may be kept, or else which one makes way first;
// whoever took that away asks again. With neither there is no room. What has expired counts until Expire.
func (m *Marks) Room(clientID, source, subject string) (free bool, makesWay string) {
	ofClient := m.byClient.Of(clientID)
	switch {
	case subject != "":
		return m.roomOfPerson(subject)
	case source != "" && len(m.bySource.Of(source)) >= store.MaxMarksOfSource:
		return false, m.oldest(m.bySource.Of(source))
	case clientID != "" && len(ofClient) >= store.MaxMarksOfClient:
		return false, m.oldestOfLargest(ofClient)
	case m.live.Len()-m.ofPersons >= store.MaxMarks:
		return false, m.oldestOfLargest(m.byClient.Of(m.largestClient()))
	default:
		return true, ""
	}
}

// roomOfPerson is Room for a person's mark.
func (m *Marks) roomOfPerson(subject string) (free bool, makesWay string) {
	switch {
	case len(m.byPerson.Of(subject)) >= store.MaxMarksOfPerson:
		return false, m.oldest(m.byPerson.Of(subject))
	case m.ofPersons >= store.MaxMarksOfPersons:
		return false, m.oldest(m.byPerson.Largest())
	default:
		return true, ""
	}
}

// oldest is the mark in a group that may make way and expires first: those of strangers all live equally long, so it was made
// first. Empty if there is none.
func (m *Marks) oldest(group map[string]struct{}) string {
	found := ""
	for name := range group {
		if m.byName[name].MayMakeWay && (found == "" || m.older(name, found)) {
			found = name
		}
	}
	return found
}

// oldestOfLargest is the oldest mark of the source that has most of those in a group that may make way; of several such
// sources, the one whose is the oldest.
func (m *Marks) oldestOfLargest(group map[string]struct{}) string {
	type share struct {
		count  int
		oldest string
	}
	shares := map[string]share{}
	for name := range group {
		c := m.byName[name]
		if !c.MayMakeWay {
			continue
		}
		s := shares[c.Source]
		if s.count++; s.oldest == "" || m.older(name, s.oldest) {
			s.oldest = name
		}
		shares[c.Source] = s
	}
	var largest share
	for _, s := range shares {
		if s.count > largest.count || s.count == largest.count && m.older(s.oldest, largest.oldest) {
			largest = s
		}
	}
	return largest.oldest
}

// largestClient is the client that has most marks which may make way.
func (m *Marks) largestClient() string {
	largest := ""
	for client, count := range m.yielding {
		if most := m.yielding[largest]; count > most || count == most && client < largest {
			largest = client
		}
	}
	return largest
}

// older tells whether a expires before b; of two at once, the lesser name.
func (m *Marks) older(a, b string) bool {
	at, bt := m.byName[a].Expires, m.byName[b].Expires
	return at.Before(bt) || at.Equal(bt) && a < b
}
