package traffic

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// remembered is how many failures are told with their text; all are counted.
const remembered = 1000

// Stats is what became of all calls so far.
type Stats struct {
	// Succeeded and Failed count calls. One failure is a failure: nothing is tried again.
	Succeeded, Failed int
	// Targets counts the calls that succeeded by what was called, Keys by the kid that signed the token, and Credentials by
	// a name for the client secret that was used.
	Targets, Keys, Credentials map[string]int
	// Failures are the first ones, in full.
	Failures []Failure
	// Slowest is how long the slowest call took.
	Slowest time.Duration
}

// Failure is a call that failed.
type Failure struct {
	At   time.Time
	Text string
}

// Call is what became of one call.
type Call struct {
	Target, Key, Credential string
	Began                   time.Time
	Err                     error
}

// Record adds up calls. Its zero value is ready, and safe for concurrent use.
type Record struct {
	mu    sync.Mutex
	stats Stats
}

// Add counts a call that has ended now.
func (r *Record) Add(call Call, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.stats
	s.Slowest = max(s.Slowest, now.Sub(call.Began))
	if call.Err != nil {
		s.Failed++
		if len(s.Failures) < remembered {
			s.Failures = append(s.Failures, Failure{At: now, Text: call.Target + ": " + call.Err.Error()})
		}
		return
	}
	s.Succeeded++
	count(&s.Targets, call.Target)
	count(&s.Keys, call.Key)
	count(&s.Credentials, call.Credential)
}

func count(in *map[string]int, name string) {
	if *in == nil {
		*in = map[string]int{}
	}
	(*in)[name]++
}

// Stats is a copy of what there is.
func (r *Record) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := r.stats
	out.Targets, out.Keys, out.Credentials = maps.Clone(out.Targets), maps.Clone(out.Keys), maps.Clone(out.Credentials)
	out.Failures = slices.Clone(out.Failures)
	return out
}
