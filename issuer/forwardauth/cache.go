package forwardauth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxCached bounds how many tokens are remembered: some 10 MiB.
const maxCached = 10_000

type tokenHash [sha256.Size]byte

// cache remembers for a while which tokens were active, by their hashes. The oldest makes way for the newest. The zero
// value remembers nothing. It is safe for concurrent use.
type cache struct {
	lifetime time.Duration

	mu      sync.Mutex
	entries map[tokenHash]cached
	ring    []tokenHash // the keys of entries, in the order in which they came
	next    int         // where the oldest is, once the ring is full
}

type cached struct {
	found *introspection
	until time.Time
}

// get finds what is still good at now; nil where nothing is.
func (c *cache) get(token string, now time.Time) *introspection {
	if c.lifetime == 0 {
		return nil
	}
	key := tokenHash(sha256.Sum256([]byte(token)))
	c.mu.Lock()
	defer c.mu.Unlock()
	if entry, ok := c.entries[key]; ok && now.Before(entry.until) {
		return entry.found
	}
	return nil
}

// put remembers found for the lifetime, and never beyond the end of the token. One whose end is not known is not
// remembered.
func (c *cache) put(token string, found *introspection, now time.Time) {
	until := now.Add(c.lifetime)
	if found.Expires.Before(until) {
		until = found.Expires
	}
	if c.lifetime == 0 || !now.Before(until) {
		return
	}
	key := tokenHash(sha256.Sum256([]byte(token)))
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.entries[key]; !known {
		c.line(key)
	}
	c.entries[key] = cached{found, until}
}

// line gives key the last place, if need be that of the oldest.
func (c *cache) line(key tokenHash) {
	if c.entries == nil {
		c.entries = map[tokenHash]cached{}
	}
	if len(c.ring) < maxCached {
		c.ring = append(c.ring, key)
		return
	}
	delete(c.entries, c.ring[c.next])
	c.ring[c.next] = key
	c.next = (c.next + 1) % maxCached
}
