package throttle

import (
	"sync"
	"time"
)

// Delay is how long there is to wait after failures in a row: not at all before there are Free of them, then First, twice
// as long after each further one, and Longest at most. Whoever has not tried for Forgotten begins anew.
type Delay struct {
	Free                      int
	First, Longest, Forgotten time.Duration
}

// after is how long there is to wait after so many failures in a row.
func (d Delay) after(failures int) time.Duration {
	if failures < d.Free {
		return 0
	}
	wait := d.First
	for range failures - d.Free {
		if wait *= 2; wait >= d.Longest {
			return d.Longest
		}
	}
	return wait
}

// Delays makes each key wait by its failures in a row, for the keys that were used last. Nobody is kept waiting here: a
// caller is told for how long, and answers. It is safe for concurrent use.
type Delays struct {
	delay Delay

	mu   sync.Mutex
	keys *recent[failures]
}

// failures are those in a row, and the time of the last.
type failures struct {
	count int
	last  time.Time
}

// NewDelays makes a table for at most size keys.
func NewDelays(delay Delay, size int) *Delays {
	return &Delays{delay: delay, keys: newRecent[failures](size)}
}

// Begin counts an attempt as failed from its beginning, so that many at a time are no more than one after the other. It
// returns zero when the attempt may go on, else how long there is to wait: then nothing was counted.
func (d *Delays) Begin(key string, now time.Time) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	of := d.keys.of(key, func() failures { return failures{} })
	if now.Sub(of.last) >= d.delay.Forgotten {
		of.count = 0
	}
	if wait := d.delay.after(of.count) - now.Sub(of.last); of.count > 0 && wait > 0 {
		return wait
	}
	of.count, of.last = of.count+1, now
	return 0
}

// Undo takes back what Begin has counted: nothing was tried after all.
func (d *Delays) Undo(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	of := d.keys.of(key, func() failures { return failures{} })
	if of.count = max(of.count-1, 0); of.count == 0 {
		d.keys.forget(key)
	}
}

// Succeeded ends the row of failures.
func (d *Delays) Succeeded(key string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keys.forget(key)
}

// Len is the number of keys that the table remembers.
func (d *Delays) Len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.keys.places)
}
