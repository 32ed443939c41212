package forwardauth

import (
	"sync"
	"time"
)

// misconfigured is a fault of the proxy's configuration, for the log. Whoever asks learns nothing but a 500: no request
// passes on a guess at what was meant.
type misconfigured string

// Error is for the log.
func (m misconfigured) Error() string { return string(m) }

// complaintEvery is how often the same thing is complained of.
const complaintEvery = 10 * time.Second

// complaints keeps a fault that every request meets from filling the log. Its keys are few: they come from the code and
// the configuration, never from a request. The zero value is ready. It is safe for concurrent use.
type complaints struct {
	mu   sync.Mutex
	last map[string]time.Time
}

// due tells whether to complain of this at now, and remembers that.
func (c *complaints) due(what string, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if last, made := c.last[what]; made && now.Sub(last) < complaintEvery {
		return false
	}
	if c.last == nil {
		c.last = map[string]time.Time{}
	}
	c.last[what] = now
	return true
}
