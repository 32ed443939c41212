package grant

import (
	"context"
	"sync"
)

// oneByOne lets those who do something to the same thing do it one after another. It knows only what somebody is at or waits
// for. Its zero value is ready, and it is safe for concurrent use.
type oneByOne struct {
	mu sync.Mutex
	of map[string]*door
}

type door struct {
	taken chan struct{} // full while somebody is at it
	users int
}

// take waits for a turn at the thing that is called key. It fails when ctx ends first; else done ends the turn.
func (t *oneByOne) take(ctx context.Context, key string) (done func(), err error) {
	mine := t.join(key)
	select {
	case mine.taken <- struct{}{}:
		return func() { <-mine.taken; t.leave(key, mine) }, nil
	case <-ctx.Done():
		t.leave(key, mine)
		return nil, ctx.Err()
	}
}

func (t *oneByOne) join(key string) *door {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[string]*door{}
	}
	if t.of[key] == nil {
		t.of[key] = &door{taken: make(chan struct{}, 1)}
	}
	t.of[key].users++
	return t.of[key]
}

func (t *oneByOne) leave(key string, mine *door) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mine.users--; mine.users == 0 {
		delete(t.of, key)
	}
}
