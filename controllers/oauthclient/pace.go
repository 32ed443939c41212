package oauthclient

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// How passes over one client are spaced that come to nothing. What wakes a client is often our own doing: its first write
// wakes it again, while the second one fails.
const (
	firstPause      = 100 * time.Millisecond
	pauseMultiplier = 4
	longestPause    = time.Minute
	// quickRepairs is how often a Secret is put right at once. Whoever undoes that each time would have us write without end.
	quickRepairs    = 2
	firstTruce      = time.Minute
	truceMultiplier = 2
	longestTruce    = 10 * time.Minute
	// forgivenAfter is how long nothing must have been put right, for it to be done at once again.
	forgivenAfter = 15 * time.Minute
)

// pauseAfter is how long to wait after so many passes in a row, at least one, whose writes failed. Where only a user can
// help it is the longest at once.
func pauseAfter(failures int, forGood bool) time.Duration {
	pause := firstPause
	for range failures - 1 {
		pause = min(pause*pauseMultiplier, longestPause)
	}
	if forGood {
		return longestPause
	}
	return pause
}

// truceAfter is how long a Secret is left as it is after so many repairs of the same.
func truceAfter(repairs int) time.Duration {
	if repairs < quickRepairs {
		return 0
	}
	truce := firstTruce
	for range repairs - quickRepairs {
		truce = min(truce*truceMultiplier, longestTruce)
	}
	return truce
}

// versions are the resourceVersions of a client's registration and credentials Secret; empty for what is not there.
type versions struct{ registration, credentials string }

// setback is a pass whose writes failed.
type setback struct {
	about intent
	// before and after are what it saw and what it left: both are no news to the next pass.
	before, after versions
	// spare is the credential that it made; the next pass takes it up, so that the registration need not change again.
	spare fresh
	// of is the UID of the client that it was made for: nothing of it passes to another of that name.
	of types.UID
	// registered says that the registration is as it should be.
	registered bool
	forGood    bool
}

// pace is what is remembered of one client.
type pace struct {
	failed    *setback
	failures  int
	notBefore time.Time

	// repaired is what the Secret was last put right for, so many times, and when.
	repaired   intent
	repairs    int
	repairedAt time.Time
}

// pacer remembers how passes went. It decides nothing but when: whatever it forgets, as at a restart, is only done once
// more. Its zero value is ready; it is safe for concurrent use.
type pacer struct {
	mu      sync.Mutex
	clients map[types.NamespacedName]*pace
	swept   time.Time
}

// waiting returns the setback after which a client waits, and for how long still; nil if it has no need to.
func (p *pacer) waiting(client types.NamespacedName, now time.Time) (*setback, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.clients[client]
	if known == nil || known.failed == nil || !now.Before(known.notBefore) {
		return nil, 0
	}
	return known.failed, known.notBefore.Sub(now)
}

// spare is the credential that the last pass over this very client made and could not store, if it failed.
func (p *pacer) spare(client types.NamespacedName, of types.UID) (fresh, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.clients[client]
	if known == nil || known.failed == nil || known.failed.of != of {
		return fresh{}, false
	}
	return known.failed.spare, true
}

// fail notes a pass whose writes failed, and returns how long to wait.
func (p *pacer) fail(client types.NamespacedName, what setback, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.known(client)
	if known.failed != nil && known.failed.about != what.about {
		known.failures = 0
	}
	known.failures++
	pause := pauseAfter(known.failures, what.forGood)
	known.failed, known.notBefore = &what, now.Add(pause)
	return pause
}

// succeed notes a pass whose writes did not fail. If it wrote the Secret, for what it was written for before, it repaired it.
func (p *pacer) succeed(client types.NamespacedName, wrote bool, about intent, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(now)
	if p.clients[client] == nil && !wrote {
		return
	}
	known := p.known(client)
	known.failed, known.failures = nil, 0
	switch {
	case !wrote:
	case known.repaired == about && now.Sub(known.repairedAt) < forgivenAfter:
		known.repairs++
		known.repairedAt = now
	default:
		known.repaired, known.repairs, known.repairedAt = about, 0, now
	}
}

// truce is how long the Secret is still to be left as it is.
func (p *pacer) truce(client types.NamespacedName, about intent, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	known := p.clients[client]
	if known == nil || known.repaired != about {
		return 0
	}
	return max(0, known.repairedAt.Add(truceAfter(known.repairs)).Sub(now))
}

// forget is for a client that is gone.
func (p *pacer) forget(client types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.clients, client)
}

func (p *pacer) known(client types.NamespacedName) *pace {
	if p.clients == nil {
		p.clients = map[types.NamespacedName]*pace{}
	}
	if p.clients[client] == nil {
		p.clients[client] = new(pace)
	}
	return p.clients[client]
}

// sweep forgets, now and then, the clients of which nothing matters any more.
func (p *pacer) sweep(now time.Time) {
	if now.Sub(p.swept) < time.Minute {
		return
	}
	p.swept = now
	for client, known := range p.clients {
		if known.failed == nil && now.Sub(known.repairedAt) >= forgivenAfter {
			delete(p.clients, client)
		}
	}
}
