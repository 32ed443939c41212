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

// Polls remembers when each device asked for tokens last, and how long it has to wait. Every replica counts for itself: a
// device whose requests go to several may ask each of them in its interval, which costs a read more and gives nothing away.
// The zero value is ready to use, and safe for concurrent use.
type Polls struct {
	mu    sync.Mutex
	byID  map[string]poll
	until index.Expiry
}

type poll struct {
	last     time.Time
	interval time.Duration
}

// early notes that the device asks at now, and tells whether it should have waited. If so it waits longer from then on, and
// every request counts, so that whoever never waits is never let through.
func (p *Polls) early(id string, expires, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	known, ok := p.byID[id]
	if !ok {
		p.makeRoom(now)
		p.byID[id] = poll{last: now, interval: DeviceInterval}
		p.until.Set(id, expires)
		return false
	}
	early := now.Before(known.last.Add(known.interval - leeway))
	if early {
		known.interval += slower
	}
	known.last = now
	p.byID[id] = known
	return early
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
