package snapshot

import "time"

const (
	// settle is how long a change waits for those that come with it.
	settle = time.Second
	// rest is the least time between two files, and share how many times as long as writing one took: so that writing takes
	// little of a processor, however much there is to write.
	rest  = 5 * time.Second
	share = 20
	// penance is how long to wait after a failure.
	penance = 30 * time.Second
	// breath is the least time between two touches.
	breath = 10 * time.Second
)

// pace says when a file is due. The zero value has none yet.
type pace struct {
	changed time.Time // since when the file is not what is known; zero while it is
	due     time.Time // when the next file may be written
	touched time.Time // when the file was written or touched last
	of      time.Time // the time that it is true of
}

// action is what to do with the file.
type action int

const (
	wait action = iota
	write
	touch
)

// next says what is to be done at now, where all that is known is true of the time of; or, if that is nothing, after how
// long there may be something: zero where there must be another word first.
func (p *pace) next(now, of time.Time) (action, time.Duration) {
	var (
		todo action
		at   time.Time
	)
	switch {
	case !p.changed.IsZero():
		todo, at = write, latest(p.changed.Add(settle), p.due)
	case of.After(p.of):
		todo, at = touch, p.touched.Add(breath)
	default:
		return wait, 0
	}
	if at.After(now) {
		return wait, at.Sub(now)
	}
	return todo, 0
}

// wrote notes a new file of the time of, which took from began to now.
func (p *pace) wrote(began, now, of time.Time) {
	p.changed, p.touched, p.of = time.Time{}, now, of
	p.due = now.Add(max(rest, share*now.Sub(began)))
}

// failed notes that a file could not be written.
func (p *pace) failed(now time.Time) { p.due = now.Add(penance) }

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
