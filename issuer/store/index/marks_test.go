package index_test

import (
	"fmt"
	"testing"
	"time"

	"tokenwright.dev/issuer/store"
	"tokenwright.dev/issuer/store/index"
)

// crowd counts marks by hand.
type crowd struct {
	index.Marks

	t    *testing.T
	last int
}

// put counts so many marks of a client and a source that expire one after the other, and returns the name of the first.
func (c *crowd) put(count int, clientID, source string, change ...func(*index.MarkCount)) string {
	first := fmt.Sprintf("%06d", c.last+1)
	for range count {
		c.last++
		counted := index.MarkCount{
			ClientID: clientID, Source: source, MayMakeWay: source != "", Expires: start.Add(time.Duration(c.last) * time.Second),
		}
		for _, apply := range change {
			apply(&counted)
		}
		c.Set(fmt.Sprintf("%06d", c.last), counted)
	}
	return first
}

func opened(c *index.MarkCount) { c.MayMakeWay = false }

// want asks for room for a mark: "" where it is free, "none" where nothing may make way.
func (c *crowd) want(when, clientID, source, want string) {
	c.t.Helper()
	free, oldest := c.Room(clientID, source, "")
	switch {
	case free:
		oldest = ""
	case oldest == "":
		oldest = "none"
	}
	if oldest != want {
		c.t.Errorf("%s: %q makes way for %s from %q, want %q", when, oldest, clientID, source, want)
	}
}

// A full source gives of its own, whatever client it fills.
func TestRoomOfSource(t *testing.T) {
	c := &crowd{t: t}
	first := c.put(store.MaxMarksOfSource-1, "a", "x")
	c.want("one below", "b", "x", "")
	c.put(1, "b", "x")
	c.want("full", "b", "x", first)
	c.want("another source", "b", "y", "")
	c.want("somebody with a secret", "b", "", "")
	c.Remove(first)
	c.want("one is gone", "a", "x", "")
	c.put(store.MaxMarksOfSource, "a", "x", opened)
	c.want("those that somebody has opened do not count", "a", "x", "")
}

// Of a full client the source that has most gives its oldest; what somebody has opened, or proved who they are for, stays.
func TestRoomOfClient(t *testing.T) {
	c := &crowd{t: t}
	c.put(1, "a", "early")
	c.put(30, "a", "seen", opened)
	c.put(100, "a", "")
	var flood string
	for i := range 17 {
		first := c.put(50, "a", fmt.Sprint("flood-", i))
		if i == 0 {
			flood = first
		}
	}
	c.put(store.MaxMarksOfClient-1-30-100-17*50, "a", "late")
	c.want("a stranger", "a", "new", flood)
	c.want("one of those who flood", "a", "flood-5", flood)
	c.want("somebody with a secret", "a", "", flood)
	c.want("another client", "b", "new", "")
	c.Remove(flood)
	c.put(1, "a", "new")
	c.want("the next", "a", "newer", "000182")
	for i := range 17 {
		for name := range 50 {
			c.Remove(fmt.Sprintf("%06d", 132+50*i+name))
		}
	}
	c.put(store.MaxMarksOfClient-c.of("a"), "a", "", opened)
	c.want("the flood is gone", "a", "new", "000982")
}

// of counts the marks of a client.
func (c *crowd) of(clientID string) int {
	count := 0
	for free, _ := c.Room(clientID, "", ""); free; free, _ = c.Room(clientID, "", "") {
		count++
		c.Set(fmt.Sprint("probe-", count), index.MarkCount{ClientID: clientID, Expires: start.Add(time.Hour)})
	}
	for i := range count {
		c.Remove(fmt.Sprint("probe-", i+1))
	}
	return store.MaxMarksOfClient - count
}

func TestNoRoom(t *testing.T) {
	c := &crowd{t: t}
	c.put(store.MaxMarksOfClient, "a", "x", opened)
	c.want("all are opened", "a", "y", "none")
	c.put(store.MaxMarksOfClient, "b", "")
	c.want("none is a stranger's", "b", "y", "none")
}

// Of a full store the client that has most which may make way gives.
func TestRoomOfAll(t *testing.T) {
	c := &crowd{t: t}
	c.put(10, "small", "x")
	largest := c.put(30, "large", "y")
	c.put(20, "large", "z")
	for i := range store.MaxMarks/store.MaxMarksOfClient - 1 {
		c.put(store.MaxMarksOfClient, fmt.Sprint("proved-", i), "")
	}
	c.put(store.MaxMarksOfClient-60, "opened", "w", opened)
	c.want("full", "new", "new", largest)
	c.want("full", "", "", largest)
	c.Remove(largest)
	c.want("one is gone", "new", "new", "")
}

// Marks of persons are counted apart: what expires first of a person makes way, and where all have too many, of whoever has
// most. They take no room from others, and others take none from them.
func TestRoomOfPersons(t *testing.T) {
	c := &crowd{t: t}
	of := func(subject string) func(*index.MarkCount) {
		return func(counted *index.MarkCount) { counted.Subject, counted.MayMakeWay = subject, true }
	}
	wantOf := func(when, subject, want string) {
		t.Helper()
		if free, oldest := c.Room("", "", subject); free != (want == "") || oldest != want {
			t.Errorf("%s: %q makes way for %s, want %q", when, oldest, subject, want)
		}
	}
	c.put(store.MaxMarksOfClient, "a", "x", opened)
	first := c.put(store.MaxMarksOfPerson, "", "", of("alice"))
	wantOf("a full person", "alice", first)
	wantOf("another one", "bob", "")
	c.want("a full client", "a", "", "none")
	c.want("another client", "b", "", "")
	c.put(1, "", "", of("alice"), opened) // one that is not stored yet
	c.Remove(first)
	wantOf("one is gone, and one takes its place", "alice", "001002")
	for i := range store.MaxMarksOfPersons - store.MaxMarksOfPerson {
		c.put(1, "", "", of(fmt.Sprint("one of many ", i)))
	}
	wantOf("all are full", "bob", "001002")
	c.want("no client notices", "b", "", "")
	c.Expire(start.Add(time.Hour * 24 * 365))
	wantOf("all have expired", "alice", "")
}

// What has expired is counted until Expire, and makes way for nothing twice.
func TestExpireMarks(t *testing.T) {
	c := &crowd{t: t}
	first := c.put(store.MaxMarksOfSource, "a", "x")
	c.Expire(start)
	c.want("none has expired", "a", "x", first)
	c.Expire(start.Add(time.Second))
	c.want("one has", "a", "x", "")
	c.Remove(first)
	c.Expire(start.Add(time.Hour))
	c.put(store.MaxMarksOfSource-1, "a", "x")
	c.want("all have", "a", "x", "")
}
