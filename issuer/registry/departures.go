package registry

import (
	"maps"
	"time"

	"tokenwright.dev/issuer/login"
)

// Departure is a login.Departure, and when: what the person began at or before At is over.
type Departure struct {
	login.Departure

	At time.Time
}

const (
	// promptly is how late a version of a file may be heard of and be of this moment: so much may clocks differ.
	promptly = 5 * time.Second
	// keptFiles bounds the providers that are gone, of which the last users are known.
	keptFiles = 16
)

// departures notes who leaves the users files. It changes with the registry's lock.
type departures struct {
	tell func([]Departure)       // nil where nobody is to know
	last map[string]*login.Users // by identity provider: the last version that had any users
	new  []Departure
}

// OnDepartures has tell called with whoever left a users file, is disabled there, or has another password hash. It is
// called by whoever changes the registry, so it must not wait. It is set once, before the registry is fed.
func (r *Registry) OnDepartures(tell func([]Departure)) { r.departures.tell = tell }

// gather reads the users of next, a version that was written at that time, and notes who has left. A file without users,
// or none at all, shuts people out and ends nothing: a Secret that is made anew would log everybody out for good. Who has
// left tells the next file that has users.
func (r *Registry) gather(next *Snapshot, written time.Time) {
	next.gather()
	d, at := &r.departures, momentOf(written, r.now())
	for provider, users := range next.people.users {
		last := d.last[provider]
		users = users.After(last)
		next.people.users[provider] = users
		if users.Len() == 0 {
			continue
		}
		if last != nil {
			for _, gone := range last.Departures(users) {
				d.new = append(d.new, Departure{gone, at})
			}
		}
		if d.last == nil {
			d.last = map[string]*login.Users{}
		}
		d.last[provider] = users
	}
	if len(d.last) > keptFiles {
		maps.DeleteFunc(d.last, func(provider string, _ *login.Users) bool { return next.people.users[provider] == nil })
	}
}

// momentOf is when a version took effect. A replica that hears of it late, after a start or without an API server for a
// while, takes the time at which it was written: what people began since, by the new password, is to stay.
func momentOf(written, now time.Time) time.Time {
	if written.IsZero() || now.Sub(written) <= promptly {
		return now
	}
	return written
}

// take gives away what was noted.
func (d *departures) take() []Departure {
	taken := d.new
	d.new = nil
	return taken
}
