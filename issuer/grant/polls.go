package grant

import (
	"sync"
	"time"

	"tokenwright.dev/issuer/store/index"
)

const (
	// rememberedDevices bounds the table of a replica: some 5 MiB when it is full.
	rememberedDevices = 20_000
	// slower is what slow_down adds to the interval (RFC 8628 section 3.5).
	slower = 5 * time.Second
	// leeway is how much sooner than agreed a request may arrive: networks are not that punctual.
	leeway = time.Second
)

// Polls remembers when each device asked for tokens last, how long it has to wait, and when it got them. Every replica counts
// for itself: a device whose requests go to several may ask each of them in its interval, which costs a read more and gives
// nothing away. The zero value is ready to use, and safe for concurrent use.
type Polls struct {
	mu    sync.Mutex
	byID  map[string]poll
	until index.Expiry
}

type poll struct {
	last     time.Time
	interval time.Duration
	hasty    bool      // it came early since it was on time
	got      time.Time // when it got its tokens; zero as long as it waits, as far as this replica knows
	over     bool      // what it got has ended
}

// pollOutcome is what a request of a device is.
type pollOutcome int

const (
	// pollOnTime: the device may be looked up.
	pollOnTime pollOutcome = iota
	// pollEarly: it has to wait longer from now on.
	pollEarly
	// pollHasty: the same, for the first time since it was on time. It may have got its tokens from another replica, so it is
	// worth one look, and no more: whoever hurries must not make the store work.
	pollHasty
	// pollSpent: it got its tokens just now, or they have ended.
	pollSpent
	// pollReused: it got its tokens long ago.
	pollReused
)

// judge notes that the device asks at now, and tells what that is. If it should have waited it waits longer from then on,
// and every request counts, so that whoever never waits is never let through.
func (p *Polls) judge(id string, expires, now time.Time) pollOutcome {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.byID[id]
	switch {
	case !ok:
		p.keep(id, poll{last: now, interval: DeviceInterval}, expires, now)
		return pollOnTime
	case known.over, !known.got.IsZero() && !spentLongAgo(known.got, now):
		return pollSpent
	case !known.got.IsZero():
		return pollReused
	}
	outcome := pollOnTime
	if now.Before(known.last.Add(known.interval - leeway)) {
		known.interval += slower
		if outcome = pollHasty; known.hasty {
			outcome = pollEarly
		}
	}
	known.last, known.hasty = now, outcome != pollOnTime
	p.byID[id] = known
	return outcome
}

// spent notes that the device got its tokens at that time, and whether they have ended since.
func (p *Polls) spent(id string, expires, at time.Time, over bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.byID[id]
	known.got, known.over = at, over
	if !ok { // it made way for others meanwhile
		p.keep(id, known, expires, at)
		return
	}
	p.byID[id] = known
}

// keep takes a device into the table. The caller holds the lock.
func (p *Polls) keep(id string, known poll, expires, now time.Time) {
	p.makeRoom(now)
	p.byID[id] = known
	p.until.Set(id, expires)
}

// makeRoom forgets the devices that have expired and, in a full table, the one that expires first.
func (p *Polls) makeRoom(now time.Time) {
	if p.byID == nil {
		p.byID = map[string]poll{}
	}
	for id, ok := p.until.Next(now); ok; id, ok = p.until.Next(now) {
		delete(p.byID, id)
	}
	if len(p.byID) < rememberedDevices {
		return
	}
	if id, ok := p.until.Next(now.Add(2 * DeviceLifetime)); ok {
		delete(p.byID, id)
	}
}
