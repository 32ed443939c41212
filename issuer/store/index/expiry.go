package index

import (
	"container/heap"
	"time"
)

// Expiry tells what is due, the earliest first. The zero value is empty. It is not safe for concurrent use.
type Expiry struct {
	byName map[string]*due
	queue  queue
}

// due is a name and when it is due.
type due struct {
	name  string
	at    time.Time
	place int // in the queue
}

// Set notes, or changes, when name is due.
func (e *Expiry) Set(name string, at time.Time) {
	if e.byName == nil {
		e.byName = map[string]*due{}
	}
	d, ok := e.byName[name]
	if !ok {
		d = &due{name: name, at: at}
		e.byName[name] = d
		heap.Push(&e.queue, d)
		return
	}
	if !d.at.Equal(at) {
		d.at = at
		heap.Fix(&e.queue, d.place)
	}
}

// Remove forgets name.
func (e *Expiry) Remove(name string) {
	if d, ok := e.byName[name]; ok {
		heap.Remove(&e.queue, d.place)
		delete(e.byName, name)
	}
}

// IsDue tells whether any name is due at now.
func (e *Expiry) IsDue(now time.Time) bool { return len(e.queue) > 0 && !now.Before(e.queue[0].at) }

// Next takes out a name that is due at now, if there is one.
func (e *Expiry) Next(now time.Time) (string, bool) {
	if !e.IsDue(now) {
		return "", false
	}
	name := e.queue[0].name
	e.Remove(name)
	return name, true
}

// Len is the number of names.
func (e *Expiry) Len() int { return len(e.queue) }

// queue is a heap.Interface.
type queue []*due

// Len is the number of entries.
func (q *queue) Len() int { return len(*q) }

// Less puts the earlier first.
func (q *queue) Less(i, j int) bool { return (*q)[i].at.Before((*q)[j].at) }

// Swap exchanges two entries.
func (q *queue) Swap(i, j int) {
	list := *q
	list[i], list[j] = list[j], list[i]
	list[i].place, list[j].place = i, j
}

// Push appends an entry.
func (q *queue) Push(entry any) {
	d := entry.(*due) //nolint:errcheck // only Set pushes
	d.place = len(*q)
	*q = append(*q, d)
}

// Pop takes the last entry away.
func (q *queue) Pop() any {
	last := len(*q) - 1
	d := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return d
}
