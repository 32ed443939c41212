package snapshot

import (
	"testing"
	"time"

	"tokenwright.dev/issuer/issuertest"
)

func TestPace(t *testing.T) {
	const s = time.Second
	at := func(after time.Duration) time.Time { return issuertest.Start.Add(after) }
	// A file of the time 0, which took so long to write.
	took := func(d time.Duration) pace {
		var p pace
		p.wrote(at(0), at(d), at(0))
		return p
	}
	changed := func(p pace, when time.Duration) pace {
		p.changed = at(when)
		return p
	}
	failed := changed(took(0), 10*s)
	failed.failed(at(11 * s))
	for _, tc := range []struct {
		name    string
		p       pace
		now, of time.Duration
		todo    action
		again   time.Duration
	}{
		{"nothing new", took(0), 60 * s, 0, wait, 0},
		{"the first change waits for more", changed(pace{}, 0), 0, 0, wait, s},
		{"the first file", changed(pace{}, 0), s, s, write, 0},
		{"a change soon after a file", changed(took(0), 2*s), 3 * s, 3 * s, wait, 2 * s},
		{"the next file", changed(took(0), 2*s), 5 * s, 5 * s, write, 0},
		{"a change long after a file", changed(took(0), 60*s), 60 * s, 60 * s, wait, s},
		{"a file that took long", changed(took(2*s), 3*s), 41 * s, 41 * s, wait, s},
		{"the file after it", changed(took(2*s), 3*s), 42 * s, 42 * s, write, 0},
		{"a bookmark soon after a file", took(0), 4 * s, 4 * s, wait, 6 * s},
		{"a bookmark", took(0), 10 * s, 9 * s, touch, 0},
		{"after a failure", failed, 12 * s, 12 * s, wait, 29 * s},
		{"another attempt", failed, 41 * s, 12 * s, write, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if todo, again := tc.p.next(at(tc.now), at(tc.of)); todo != tc.todo || again != tc.again {
				t.Errorf("%v in %v, want %v in %v", todo, again, tc.todo, tc.again)
			}
		})
	}
}
